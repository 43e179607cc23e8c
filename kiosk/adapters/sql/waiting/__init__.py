"""What the ledger keeps of how long patients wait."""
