"""How a machine takes what its hospital wants it to run."""
