"""What a machine may be changed to, and in which order the machines are."""
