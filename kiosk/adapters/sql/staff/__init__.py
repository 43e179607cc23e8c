"""What staff and the machines they look after leave in the ledger."""
