"""Reading symbols from camera frames."""

from kiosk.adapters.symbols.reader import CascadeReader

__all__ = ["CascadeReader"]
