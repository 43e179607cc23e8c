"""The staff's desk in browsers: pages on the same services, rights and words as the panel at a kiosk."""
