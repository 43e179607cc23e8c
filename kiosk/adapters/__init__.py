"""The real world, one third-party library each. Foreign errors stop here."""
