"""The reader of a film whose decoding happens in the sandbox: the sheet is composed here, from pixels only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.adapters.sandbox import Workers
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film import readjobs
from kiosk.imaging.film.gather import Picture, Source, of_series, source_name
from kiosk.imaging.pixels import jobs
from kiosk.imaging.pixels.companions import Companion
from kiosk.imaging.pixels.frame import Frame


class SandboxReader:
    """Asks workers; a file that kills or stalls one costs that file only. Safe to use from several threads."""

    def __init__(
        self,
        workers: Workers,
        sources: Sequence[Source],
        limits: Limits,
        *,
        deadline_s: float = 10.0,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._workers, self._sources, self._limits = workers, sources, limits
        self._deadline, self._cancelled = deadline_s, cancelled

    def name(self, place: int) -> str:
        """Path, or number of the object."""
        return source_name(self._sources[place], place)

    def pictures(self, place: int, state: int | None = None) -> Sequence[Picture]:
        """Read the header."""
        found = self._workers.call(
            readjobs.pictures, self._sources[place], self._state(state), self._limits,
            deadline_s=self._deadline, cancelled=self._cancelled,
        )  # fmt: skip
        return [replace(picture, source=place, state=None if picture.state is None else state) for picture in found]

    def companion(self, place: int) -> Companion:
        """Read an object without an image."""
        return self._workers.call(readjobs.companion, self._sources[place], self._limits,
                                  deadline_s=self._deadline, cancelled=self._cancelled)  # fmt: skip

    def frame(self, picture: Picture) -> Frame:
        """Decode one frame."""
        frame = self._workers.call(
            jobs.frame, self._sources[picture.source], picture.frame, picture.window, self._state(picture.state),
            self._limits, picture.choice, deadline_s=self._deadline, cancelled=self._cancelled,
        )  # fmt: skip
        return of_series(frame, picture)

    def _state(self, place: int | None) -> Source | None:
        return None if place is None else self._sources[place]
