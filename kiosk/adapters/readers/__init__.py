"""Scanners that type."""
