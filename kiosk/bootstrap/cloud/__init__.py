"""The composition roots of the cloud side: publisher, relay, portal, and the kiosk's links."""
