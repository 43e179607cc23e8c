"""Reading symbols from camera frames."""

from kiosk.adapters.symbols.reader import SymbolReader

__all__ = ["SymbolReader"]
