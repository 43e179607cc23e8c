"""The desk in browsers."""
