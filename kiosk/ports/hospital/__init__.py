"""What the hospital's services do for a visit: take money, tell whose code it is."""
