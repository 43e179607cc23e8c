"""What the cloud side needs: a link maker, the queue of publications, a store for objects."""
