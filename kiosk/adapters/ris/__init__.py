"""The hospital's information systems."""
