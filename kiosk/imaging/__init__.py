"""Pure pixel functions: arrays in, arrays out."""
