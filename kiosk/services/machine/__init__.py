"""Lanes, private folders, and the watch over the surroundings."""
