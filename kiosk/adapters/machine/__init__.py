"""This machine: its clock, its lock, its probes."""
