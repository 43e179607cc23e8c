"""Reading symbols from camera frames."""

from kiosk.adapters.symbols.live import Acceptance, LiveReader, LiveResult
from kiosk.adapters.symbols.reader import CascadeReader, grey_of

__all__ = ["Acceptance", "CascadeReader", "LiveReader", "LiveResult", "grey_of"]
