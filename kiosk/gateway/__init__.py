"""One process a hospital: everything that must listen or poll, and a film imager to rehearse with."""
