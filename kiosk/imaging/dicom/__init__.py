"""From bytes nobody vouches for to facts and frames (PS3.5, PS3.10)."""
