"""Reading symbols from camera frames."""

from kiosk.adapters.symbols.live import Acceptance, LiveReader, LiveResult
from kiosk.adapters.symbols.reader import SymbolReader, grey_of

__all__ = ["Acceptance", "LiveReader", "LiveResult", "SymbolReader", "grey_of"]
