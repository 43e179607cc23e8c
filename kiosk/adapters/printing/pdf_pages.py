"""Page ranges of PDF files that the kiosk itself has made."""

from __future__ import annotations

import threading
from pathlib import Path

import pypdfium2

from kiosk.domain.faults import FaultCode, KioskError

ONE_AT_A_TIME = threading.RLock()  # PDFium is no library for several threads of one process


def extract_pages(source: Path, target: Path, first: int, count: int) -> Path:
    """Write pages `first` (from 1) to `first + count - 1`; the source itself where that is all of it.

    A last sheet may have one page less than two sides. Raises KioskError REPORT_UNREADABLE.
    """
    try:
        with ONE_AT_A_TIME, pypdfium2.PdfDocument(source) as document:
            total = len(document)
            if first == 1 and count >= total:
                return source
            wanted = list(range(first - 1, min(total, first - 1 + count)))
            if not wanted:
                raise KioskError(FaultCode.REPORT_UNREADABLE, f"{total} pages, page {first} wanted")
            with pypdfium2.PdfDocument.new() as part:
                part.import_pages(document, wanted)
                part.save(target)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise KioskError(FaultCode.REPORT_UNREADABLE, type(error).__name__) from error
    return target
