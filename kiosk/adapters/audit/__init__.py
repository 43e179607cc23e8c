"""The trail on its way to the hospital's own audit repository."""
