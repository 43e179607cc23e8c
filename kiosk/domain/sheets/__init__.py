"""What is printed: orders, sheets, evidence, media, film geometry."""
