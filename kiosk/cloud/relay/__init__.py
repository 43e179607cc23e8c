"""A stateless pass-through for the hospital's DMZ: it lets signed requests out, and keeps nothing of them."""
