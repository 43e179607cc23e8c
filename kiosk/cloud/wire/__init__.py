"""What publisher, relay and portal share: keys, sealed objects, the manifest, signed requests. No I/O."""
