"""Writing PDF: pages, fonts."""
