"""From images to film sheets."""
