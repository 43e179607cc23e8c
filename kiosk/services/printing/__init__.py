"""Handing out: documents made, printed once, settled."""
