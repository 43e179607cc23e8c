"""What the product needs from the outside, as protocols with their contract in the docstring."""
