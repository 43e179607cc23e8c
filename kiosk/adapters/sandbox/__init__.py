"""A sandbox for code that reads what strangers wrote: limited processes without network, replaced when they die."""

from kiosk.adapters.sandbox.pool import Workers

__all__ = ["Workers"]
