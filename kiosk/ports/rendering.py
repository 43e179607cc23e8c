"""Work on foreign pixels and documents, done in a worker process with limits and without network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.domain.exam import Exam
from kiosk.words import SOURCE


@dataclass(frozen=True)
class PageStamp:
    """What is added to a report when it is printed. No QR with an empty `qr_url`, nor where `qr_corner` is "none".

    `verify_url`: where whoever holds a page learns whether it is genuine; empty for no such code.
    """

    serial: str
    qr_url: str = ""
    qr_corner: str = "bottom-right"
    qr_mm: float = 20.0
    language: str = SOURCE
    verify_url: str = ""


@dataclass(frozen=True)
class FilmOrder:
    """How a film is to be made. `mask_name` is the hospital's policy for names on film.

    `densities`: what a printer makes of the test page's patches, dark to bright (PS3.14); empty for one that is true.
    """

    serial: str
    hospital: str
    media: str = ""
    protocol: str = ""
    dpi: int = 320
    qr_url: str = ""
    mask_name: bool = False
    language: str = SOURCE
    densities: tuple[float, ...] = ()
    verify_url: str = ""


@dataclass(frozen=True)
class FilmOutcome:
    """What became of the images; every image given is counted once, also the empty one in place of one withheld."""

    sheets: int
    placed: int
    left_out: int
    skipped: tuple[tuple[str, str], ...] = ()
    true_size: bool = False
    warnings: tuple[tuple[str, str], ...] = ()  # what is wrong with images that count as placed


@dataclass(frozen=True)
class PreviewPage:
    """A page's picture for a public screen, and how far down its conclusion stands (0 to 1), where it has one."""

    path: Path
    conclusion: float | None = None


Progress = Callable[[int, int], None]


class Renderer(Protocol):
    """Called from io lanes; the work itself is done in processes of its own.

    Raises KioskError: OBJECT_UNREADABLE, REPORT_UNREADABLE, NOTHING_TO_SHOW, TOO_LARGE, CANCELLED.
    """

    def report(self, untrusted: bytes, exam: Exam, stamp: PageStamp, out: Path) -> int:
        """A DICOM report object (encapsulated PDF or SR) to a printable, stamped PDF; returns its pages.

        Refuses (WRONG_PATIENT) an object whose identifiers are not the exam's.
        """
        ...

    def pages(self, document: Path, width_px: int, out: Path, hide: tuple[str, ...] = ()) -> list[PreviewPage]:
        """Pictures (PNG) of the pages of a PDF, `width_px` wide, into the private folder `out`.

        They are seen in a lobby: wherever the page says one of the facts to `hide` (name, numbers), it is covered;
        where a page's text does not tell whose it is, its head is blurred.
        """
        ...

    def film(
        self,
        untrusted: Iterable[tuple[int, bytes]],
        exam: Exam,
        order: FilmOrder,
        out: Path,
        progress: Progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> FilmOutcome:
        """DICOM objects, perhaps still arriving, to a film PDF, which appears when it is whole.

        `untrusted` gives each with its place, in any order, on another thread: first places for the companions, then
        for the series in the exam's order, each in display order. What has no place among them never comes.
        `progress` counts images: (ready, of the exam).
        """
        ...

    def wipe(self) -> None:
        """A visit is over: what its documents were made of is in no worker's memory any more (R17).

        Returns at once, from any thread. Work under way goes on; what it used is wiped when it ends.
        """
        ...

    def close(self) -> None:
        """End the workers."""
        ...
