"""The database itself: opening, transactions, errors."""
