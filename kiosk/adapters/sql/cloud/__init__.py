"""What the ledger keeps of cloud film: links, the queue of publications, what phones did."""
