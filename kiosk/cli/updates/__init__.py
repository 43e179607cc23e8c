"""Parts of `kiosk fleet`: releases, settings for all machines, and a machine's own updates."""
