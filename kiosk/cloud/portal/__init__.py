"""The cloud film service for phones: what it stores opens nothing without the link's secret *and* the right answer."""
