"""A film imager to rehearse with: takes DICOM Print (PS3.4 H), puts each sheet into a folder, plays faults.

FOLDER/sheets/N.png, N.json   what would have come out: stored pixels (16 bits), and what was asked of it
FOLDER/faults/NAME            a file here plays a fault at its step:
    abort-get abort-session abort-film-box abort-image-box abort-action   hangs up before it has done the step
    mute-action       prints, and hangs up without an answer
    refuse-session refuse-film-box refuse-image-box refuse-action         answers with a failure
    change-picture    warns that it would scale (B60A)
    job-failure       takes the job, which then fails
    anything else     is its Printer Status Info, with status FAILURE: "SUPPLY EMPTY", "FILM JAM" ...
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
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

STEPS = {SESSION: "session", FILM_BOX: "film-box", IMAGE_BOX: "image-box"}
_FAILED, _CHANGED, _FULL = 0x0110, 0xB60A, 0xC602
_PLAYED = ("abort-", "refuse-", "mute-", "change-picture", "job-failure")
_SHOWN = ("FilmSizeID", "FilmOrientation", "MagnificationType", "BorderDensity", "Trim", "ImageDisplayFormat")


@dataclass
class _Job:
    """What one association has asked for so far."""

    session: Dataset = field(default_factory=Dataset)
    box: Dataset = field(default_factory=Dataset)
    image: Dataset = field(default_factory=Dataset)


class RehearsalImager:
    """Listens on a port of this machine; `close` ends it."""

    def __init__(self, folder: Path, port: int = 0, title: str = "IMAGER", *, print_job: bool = True) -> None:
        self._folder, self._lock = folder, threading.Lock()
        no_messages_in_logs()
        self._jobs: dict[int, _Job] = {}
        self._ended: dict[str, bool] = {}
        (folder / "sheets").mkdir(parents=True, exist_ok=True)
        (folder / "faults").mkdir(exist_ok=True)
        ae = AE(title)
        for uid in (META, PRESENTATION_LUT, *((PRINT_JOB,) if print_job else ())):
            ae.add_supported_context(uid, ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])
        ae.maximum_pdu_size = 0
        handlers: list[Any] = [
            (evt.EVT_N_GET, self._get),
            (evt.EVT_N_CREATE, self._create),
            (evt.EVT_N_SET, self._set),
            (evt.EVT_N_ACTION, self._action),
            (evt.EVT_N_DELETE, lambda event: SUCCESS),
            (evt.EVT_CONN_CLOSE, lambda event: self._jobs.pop(id(event.assoc), None)),
        ]
        self._server = cast(Any, ae.start_server(("", port), block=False, evt_handlers=handlers))
        self.port = int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()

    def _job(self, event: Any) -> _Job:
        return self._jobs.setdefault(id(event.assoc), _Job())

    def _played(self, fault: str) -> bool:
        return (self._folder / "faults" / fault).exists()

    def _step(self, event: Any, name: str) -> int:
        """The status of a step, after whatever is played at it."""
        if self._played(f"abort-{name}"):
            event.assoc.abort()
        return _FAILED if self._played(f"refuse-{name}") else SUCCESS

    def _get(self, event: Any) -> tuple[int, Dataset]:
        answer = Dataset()
        if event.request.RequestedSOPClassUID == PRINTER:
            self._step(event, "get")
            names = (file.name for file in (self._folder / "faults").iterdir())
            troubles = sorted(name for name in names if not name.startswith(_PLAYED))
            answer.PrinterStatus = "FAILURE" if troubles else "NORMAL"
            answer.PrinterStatusInfo = troubles[0] if troubles else "NORMAL"
        else:
            failed = self._ended.get(str(event.request.RequestedSOPInstanceUID), True)
            answer.ExecutionStatus = "FAILURE" if failed else "DONE"
        return SUCCESS, answer

    def _create(self, event: Any) -> tuple[int, Dataset | None]:
        sop_class, wanted, job = UID(event.request.AffectedSOPClassUID), event.attribute_list, self._job(event)
        answer = Dataset()
        answer.update(wanted)
        status = self._step(event, STEPS[sop_class]) if sop_class in STEPS else SUCCESS
        if sop_class == SESSION:
            job.session = wanted
        elif sop_class == FILM_BOX:
            job.box, item = wanted, Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = IMAGE_BOX, generate_uid()
            answer.ReferencedImageBoxSequence = [item]
        return status, answer

    def _set(self, event: Any) -> tuple[int, Dataset | None]:
        status = self._step(event, "image-box")
        if status == SUCCESS and self._played("change-picture"):
            status = _CHANGED
        self._job(event).image = event.modification_list
        return status, None

    def _action(self, event: Any) -> tuple[int, Dataset | None]:
        self._step(event, "action")
        if self._played("refuse-action"):
            return _FULL, None
        job, uid, answer = self._job(event), generate_uid(), Dataset()
        failed = self._played("job-failure")
        if not failed and event.assoc.is_established:
            self._print(job)
        self._ended[uid] = failed
        if self._played("mute-action"):
            event.assoc.abort()
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = PRINT_JOB, uid
        answer.ReferencedPrintJobSequence = [item]
        return SUCCESS, answer

    def _print(self, job: _Job) -> None:
        """A sheet comes out."""
        image = job.image.BasicGrayscaleImageSequence[0]
        deep = image.BitsAllocated == 16
        stored = np.frombuffer(image.PixelData, "<u2" if deep else "u1")[: image.Rows * image.Columns]
        told: dict[str, str | int] = {name: str(job.box.get(name, "")) for name in _SHOWN}
        told |= {"label": str(job.session.get("FilmSessionLabel", "")), "bits": int(image.BitsStored)}
        told["RequestedImageSize"] = str(job.image.get("RequestedImageSize", ""))
        with self._lock:
            number = 1 + len(list((self._folder / "sheets").glob("*.json")))
            base = self._folder / "sheets" / str(number)
            cv2.imwrite(f"{base}.png", stored.reshape(image.Rows, image.Columns), [cv2.IMWRITE_PNG_COMPRESSION, 1])
            base.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
