"""The inbox between gateway and kiosks: sealed items, and what kiosks ask of them."""
