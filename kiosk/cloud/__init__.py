"""Cloud film: publisher (hospital), relay (DMZ) and portal (internet), and what the three share on the wire."""
