"""Use cases behind the effects of the visit."""
