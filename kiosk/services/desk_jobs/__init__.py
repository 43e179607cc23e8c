"""Films at the desk and batches: what is ordered once, and what prints it."""
