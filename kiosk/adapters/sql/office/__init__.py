"""What the desk keeps beside the visits: the days of the figures, and hand-over notes."""
