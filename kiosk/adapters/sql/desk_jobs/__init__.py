"""The desk's jobs in the ledger."""
