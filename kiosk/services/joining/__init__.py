"""One exam out of what several of the hospital's systems say of it."""
