"""What is not ready yet: items that belong to no exam so far."""
