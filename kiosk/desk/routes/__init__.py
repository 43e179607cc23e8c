"""The desk's addresses."""
