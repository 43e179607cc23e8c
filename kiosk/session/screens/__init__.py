"""What the screens show, already masked and translated."""
