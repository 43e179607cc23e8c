"""Pictures of every screen, for people and tests."""
