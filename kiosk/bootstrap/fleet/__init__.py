"""The composition roots of what watches all machines and keeps them up to date."""
