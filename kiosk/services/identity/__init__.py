"""Who a person is, and the proof of it."""
