"""Cameras, and what can stand in for one: videos, pictures, a held slip."""
