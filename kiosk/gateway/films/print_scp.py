"""The print server for modalities: Basic Grayscale Print Management (PS3.4 H) as a service, kept instead of printed.

A film is acknowledged (N-ACTION) when it is committed, never before; what cannot be kept is a failure, which the
modality shows and repeats. Only P-values are taken: a presentation LUT of another shape than IDENTITY is refused.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid
from pynetdicom import AE, evt

from kiosk.adapters.archive.dimse.link import no_messages_in_logs
from kiosk.adapters.printing.dicom_print import (
    FILM_BOX,
    IMAGE_BOX,
    META,
    PRESENTATION_LUT,
    PRINT_JOB,
    PRINTER,
    SESSION,
    SUCCESS,
)
from kiosk.domain.faults import KioskError
from kiosk.gateway.films.sheet import BadFilmError, FilmBox, grid_of, values_of, words_of

log = logging.getLogger(__name__)
ANNOTATION_BOX = UID("1.2.840.10008.5.1.1.15")
_FAILURE, _NO_SUCH = 0x0110, 0x0112
_SYNTAXES = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
_IDLE_S = 120.0

Keep = Callable[[str, FilmBox], bool]
"""Commits a film from this AE title; False where it was kept before. Raises KioskError, BadFilmError."""


@dataclass
class _Session:
    """What one association has asked for."""

    films: dict[str, FilmBox] = field(default_factory=dict)
    boxes: dict[str, tuple[str, int]] = field(default_factory=dict)  # image box: its film box and position
    annotations: dict[str, str] = field(default_factory=dict)  # annotation box: its film box
    words: list[tuple[str, str]] = field(default_factory=list)
    received: int = 0


class FilmServer:
    """Listens; `close` ends it. `limit`: most bytes of one message. `allowed`: calling AE titles; empty: all."""

    what = "films"

    def __init__(
        self, bind: str, port: int, title: str, keep: Keep, limit: int, allowed: tuple[str, ...] = ()
    ) -> None:  # fmt: skip
        """Raises OSError where nothing can listen there."""
        no_messages_in_logs()
        self._keep, self._limit, self._lock = keep, limit, threading.Lock()
        self._sessions: dict[int, _Session] = {}
        ae = AE(title)
        for uid in (META, PRESENTATION_LUT, ANNOTATION_BOX, PRINT_JOB):
            ae.add_supported_context(uid, _SYNTAXES)
        ae.maximum_pdu_size = 0
        ae.require_calling_aet = list(allowed)
        ae.network_timeout = ae.dimse_timeout = _IDLE_S
        handlers: list[Any] = [
            (evt.EVT_N_GET, self._get),
            (evt.EVT_N_CREATE, self._guarded(self._create)),
            (evt.EVT_N_SET, self._guarded(self._set)),
            (evt.EVT_N_ACTION, self._guarded(self._action)),
            (evt.EVT_N_DELETE, self._delete),
            (evt.EVT_DATA_RECV, self._count),
            (evt.EVT_CONN_CLOSE, lambda event: self._sessions.pop(id(event.assoc), None)),
        ]
        self._server = cast(Any, ae.start_server((bind, port), block=False, evt_handlers=handlers))
        self.port = int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Stop listening. A film that was not acknowledged is sent again by its modality."""
        self._server.shutdown()

    def _session(self, event: Any) -> _Session:
        return self._sessions.setdefault(id(event.assoc), _Session())

    def _count(self, event: Any) -> None:
        """A message without end is cut off before it fills the memory."""
        session = self._session(event)
        session.received += len(event.data)
        if session.received > self._limit:
            log.warning("a film of more than %d bytes was cut off", self._limit)
            event.assoc.abort()

    def _guarded(
        self, step: Callable[[_Session, Any], tuple[int, Dataset | None]]
    ) -> Callable[[Any], tuple[int, Dataset | None]]:
        """The step's answer; what it cannot do is a failure the modality is told."""

        def answer(event: Any) -> tuple[int, Dataset | None]:
            session = self._session(event)
            session.received = 0
            try:
                return step(session, event)
            except BadFilmError as error:
                log.warning("film refused: %s", error)
                return error.status, None
            except KioskError as fault:
                log.error("film not kept: %s", fault)
                return _FAILURE, None
            except Exception as error:  # noqa: BLE001 - whatever strange requests raise, the modality gets a word
                log.warning("film refused: %s", type(error).__name__)
                return _FAILURE, None

        return answer

    # --- the steps --------------------------------------------------------------------------------------------------
    def _get(self, event: Any) -> tuple[int, Dataset]:
        answer = Dataset()
        if event.request.RequestedSOPClassUID == PRINTER:
            answer.PrinterStatus = answer.PrinterStatusInfo = "NORMAL"
        else:
            answer.ExecutionStatus = "DONE"  # a job exists once its film is kept
        return SUCCESS, answer

    def _create(self, session: _Session, event: Any) -> tuple[int, Dataset | None]:
        sop_class, wanted = UID(event.request.AffectedSOPClassUID), event.attribute_list
        uid = str(event.request.AffectedSOPInstanceUID or "") or str(generate_uid())
        answer = Dataset()
        answer.update(wanted)
        if not event.request.AffectedSOPInstanceUID:
            answer.AffectedSOPInstanceUID = uid
        if sop_class == PRESENTATION_LUT:
            if str(wanted.get("PresentationLUTShape", "")) != "IDENTITY":
                raise BadFilmError("presentation LUT")
        elif sop_class == SESSION:
            session.words += words_of(wanted)
        elif sop_class == FILM_BOX:
            self._film_box(session, uid, wanted, answer)
        return SUCCESS, answer

    def _film_box(self, session: _Session, uid: str, wanted: Dataset, answer: Dataset) -> None:
        grid = grid_of("\\".join(_strings(wanted.get("ImageDisplayFormat", ""))))
        landscape = str(wanted.get("FilmOrientation", "") or "PORTRAIT") == "LANDSCAPE"
        film = FilmBox(grid, landscape, str(wanted.get("FilmSizeID", "") or ""), words=list(words_of(wanted)))
        session.films[uid] = film
        answer.ReferencedImageBoxSequence = [_reference(IMAGE_BOX) for _ in range(grid.boxes)]
        for position, item in enumerate(answer.ReferencedImageBoxSequence, start=1):
            session.boxes[str(item.ReferencedSOPInstanceUID)] = uid, position
        if wanted.get("AnnotationDisplayFormatID"):
            note = _reference(ANNOTATION_BOX)
            answer.ReferencedBasicAnnotationBoxSequence = [note]
            session.annotations[str(note.ReferencedSOPInstanceUID)] = uid

    def _set(self, session: _Session, event: Any) -> tuple[int, Dataset | None]:
        uid, wanted = str(event.request.RequestedSOPInstanceUID), event.modification_list
        if uid in session.annotations:
            session.films[session.annotations[uid]].words += words_of(wanted)
            return SUCCESS, None
        if uid not in session.boxes:
            if event.request.RequestedSOPClassUID == IMAGE_BOX:
                raise BadFilmError("no such image box", _NO_SUCH)
            session.words += words_of(wanted)
            return SUCCESS, None
        of_film, position = session.boxes[uid]
        film = session.films[of_film]
        if "BasicGrayscaleImageSequence" not in wanted or not wanted.BasicGrayscaleImageSequence:
            film.images.pop(position, None)  # an empty sequence takes the image back (PS3.4 H.4.3.1.2.2)
            return SUCCESS, None
        image = wanted.BasicGrayscaleImageSequence[0]
        film.images[position] = values_of(image, str(wanted.get("Polarity", "NORMAL") or "NORMAL"))
        film.words += [*words_of(wanted), *words_of(image)]
        return SUCCESS, None

    def _action(self, session: _Session, event: Any) -> tuple[int, Dataset | None]:
        """Print: keep one film box, or all of a session."""
        uid = str(event.request.RequestedSOPInstanceUID)
        films = [session.films[uid]] if uid in session.films else list(session.films.values())
        if event.request.RequestedSOPClassUID == FILM_BOX and uid not in session.films:
            raise BadFilmError("no such film box", _NO_SUCH)
        if not films:
            raise BadFilmError("no films", 0xC600)
        sender = str(event.assoc.requestor.ae_title).strip()
        with self._lock:  # one film at a time: each may take a hundred megabytes while it is sealed
            for film in films:
                film.words += [word for word in session.words if word not in film.words]
                fresh = self._keep(sender, film)
                log.info("film of %s %s", sender, "kept" if fresh else "kept before")
        answer = Dataset()
        if any(context.abstract_syntax == PRINT_JOB for context in event.assoc.accepted_contexts):
            answer.ReferencedPrintJobSequence = [_reference(PRINT_JOB)]
        return SUCCESS, answer

    def _delete(self, event: Any) -> int:
        session, uid = self._session(event), str(event.request.RequestedSOPInstanceUID)
        session.films.pop(uid, None)
        return SUCCESS


def _reference(sop_class: UID) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, generate_uid()
    return item


def _strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
