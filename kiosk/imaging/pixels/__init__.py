"""From stored values to what is seen: grey, colour, presentation (PS3.3 C.11, PS3.4 N)."""
