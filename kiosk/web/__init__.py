"""What the programs for browsers share: cookies, forged requests, headers, counters, static bundles, templates."""
