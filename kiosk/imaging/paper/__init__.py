"""Reports and figures on paper."""
