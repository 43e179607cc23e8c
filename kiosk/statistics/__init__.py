"""The administrator's reports R1 to R8, from the ledger's records."""
