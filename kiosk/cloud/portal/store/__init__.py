"""What the portal keeps: no name, number, UID or description, and no key that opens anything by itself."""
