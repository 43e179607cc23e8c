"""What is not ready yet: items that belong to no exam so far, and how long reports take here."""
