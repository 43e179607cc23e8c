"""Settings of the programs beside the kiosk, and of what watches them."""
