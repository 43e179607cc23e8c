"""One sheet on one association: Basic Grayscale Print Management (PS3.4 H.4), with the printing itself asked for last.

Until N-ACTION is sent nothing can come out, so whatever goes wrong before means: surely not printed. From then on only
an answer tells; without one nobody knows. Warnings of N-SET say that the imager would change the picture (PS3.4
H.4.3.1.2.2): they are refusals, and the session is deleted before N-ACTION.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, generate_uid
from pynetdicom import AE
from pynetdicom.association import Association

from kiosk.adapters.archive.dimse.link import no_messages_in_logs
from kiosk.adapters.printing.dicom_profiles import ImagerProfile
from kiosk.adapters.printing.dicom_sheet import ImagerSheet
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmSize

META = UID("1.2.840.10008.5.1.1.9")
SESSION, FILM_BOX, IMAGE_BOX = (UID(f"1.2.840.10008.5.1.1.{end}") for end in ("1", "2", "4"))
PRINTER, PRINTER_INSTANCE = UID("1.2.840.10008.5.1.1.16"), UID("1.2.840.10008.5.1.1.17")
PRINT_JOB, PRESENTATION_LUT = UID("1.2.840.10008.5.1.1.14"), UID("1.2.840.10008.5.1.1.23")
SUCCESS = 0x0000
CHANGED_PICTURE = (0xB604, 0xB605, 0xB609, 0xB60A)
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_JOB_POLL_S = 1.0
# Printer Status Info (PS3.3 C.13.9.1), as the keywords of IPP that staff and patients have words for.
_INFO = (
    (("SUPPLY EMPTY", "NO SUPPLY MGZ", "FILM EMPTY"), "media-empty-error"),
    (("JAM", "FILM TRANSP ERR"), "media-jam-error"),
    (("COVER OPEN", "DOOR OPEN"), "door-open-error"),
    (("RECEIVER FULL", "NO RECEIVE MGZ"), "output-area-full-error"),
    (("OFFLINE", "PRINTER DOWN", "INTERNAL PRINTER ERR"), "shutdown-error"),
    (("SUPPLY LOW",), "media-low-report"),
    (("CALIBRATING", "WARMING UP", "PRINTER INIT"), "printer-manual-reset-error"),
)


class SheetFate(StrEnum):
    """What is known of a sheet."""

    WAITING = "waiting"  # nothing was asked of the imager yet
    ASKED = "asked"  # N-ACTION is on its way or got no answer
    ACCEPTED = "accepted"  # the imager took it
    PRINTED = "printed"  # its Print Job says done
    REFUSED = "refused"  # surely not printed


@dataclass(frozen=True)
class ImagerAddress:
    """Where the imager listens, and the names both sides use."""

    host: str
    port: int
    called: str
    calling: str
    wait_s: float = 30.0


class PrintRefusedError(Exception):
    """The imager will surely not print the sheet. `reasons`: what it says of itself, as IPP keywords."""

    def __init__(self, why: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.reasons = why, reasons


class DicomPrint:
    """Prints sheets on an imager. One thread at a time."""

    def __init__(self, address: ImagerAddress, profile: ImagerProfile) -> None:
        self._to, self._profile = address, profile
        no_messages_in_logs()

    def reasons(self) -> tuple[str, ...]:
        """What the imager says of itself (N-GET of Printer). Raises KioskError PRINTER_OFFLINE."""
        with self._association() as association:
            return self._asked(association)

    def sheet(self, sheet: ImagerSheet, film: FilmSize, label: str, note: Callable[[SheetFate], None]) -> None:
        """Print one; `note` is told ASKED before N-ACTION goes out, and then what is known.

        Raises PrintRefusedError or KioskError where nothing was asked of the imager; nothing else.
        """
        with self._association() as association:
            reasons = self._asked(association)
            if any(reason.endswith("-error") for reason in reasons):
                raise PrintRefusedError("the imager is not ready", reasons)
            try:
                session = self._session(association, label)
                box = self._film_box(association, session, sheet, film)
            except _NoAnswerError as error:
                raise PrintRefusedError(f"no answer to {error.step}") from error
            self._ask(association, box, note)
            with contextlib.suppress(Exception):  # it is printed, whatever becomes of the session
                association.send_n_delete(SESSION, session, meta_uid=META)

    # --- the steps --------------------------------------------------------------------------------------------------
    def _asked(self, association: Association) -> tuple[str, ...]:
        """Two attributes and no more: one too many, and imagers answer 0105 and nothing."""
        wanted = [BaseTag(0x21100010), BaseTag(0x21100020)]
        status, answer = association.send_n_get(wanted, PRINTER, PRINTER_INSTANCE, meta_uid=META)
        if not status:
            raise KioskError(FaultCode.PRINTER_OFFLINE, "no answer to N-GET")
        said = str(getattr(answer, "PrinterStatus", "") or "NORMAL").upper()
        info = str(getattr(answer, "PrinterStatusInfo", "") or "").upper()
        found = tuple(keyword for words, keyword in _INFO if any(word in info for word in words))
        if said == "FAILURE" and not any(one.endswith("-error") for one in found):
            return (*found, "other-error")
        return found if said != "NORMAL" else ()

    def _session(self, association: Association, label: str) -> UID:
        session = Dataset()
        session.NumberOfCopies, session.PrintPriority, session.FilmSessionLabel = 1, "MED", label
        session.MediumType, session.FilmDestination = self._profile.medium, self._profile.destination
        if self._profile.presentation_lut == "session":
            session.ReferencedPresentationLUTSequence = [self._identity(association)]
        uid = UID(generate_uid())
        self._create(association, self._only_wanted(session), SESSION, uid, "film session")
        return uid

    def _identity(self, association: Association) -> Dataset:
        """A presentation LUT that leaves P-values as they are (PS3.3 C.11.4)."""
        lut = Dataset()
        lut.PresentationLUTShape = "IDENTITY"
        uid = UID(generate_uid())
        status, _ = association.send_n_create(lut, PRESENTATION_LUT, uid)
        _check(status, "presentation LUT")
        return _reference(PRESENTATION_LUT, uid)

    def _film_box(self, association: Association, session: UID, sheet: ImagerSheet, film: FilmSize) -> UID:
        box = Dataset()
        box.ImageDisplayFormat, box.FilmSizeID = "STANDARD\\1,1", film.name
        box.FilmOrientation = "LANDSCAPE" if sheet.landscape else "PORTRAIT"
        box.MagnificationType = "CUBIC" if sheet.received else self._profile.magnification
        box.BorderDensity, box.EmptyImageDensity, box.Trim = "BLACK", "BLACK", "NO"
        box.ReferencedFilmSessionSequence = [_reference(SESSION, session)]
        if self._profile.presentation_lut == "box":
            box.ReferencedPresentationLUTSequence = [self._identity(association)]
        uid = UID(generate_uid())
        answer = self._create(association, self._only_wanted(box), FILM_BOX, uid, "film box")
        try:
            image_box = UID(answer.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID)
        except (AttributeError, IndexError) as error:
            raise PrintRefusedError("the imager made no image box") from error
        status, _ = association.send_n_set(self._image(sheet), IMAGE_BOX, image_box, meta_uid=META)
        if status and status.Status in CHANGED_PICTURE:
            association.send_n_delete(SESSION, session, meta_uid=META)
            raise PrintRefusedError(f"the imager would change the picture ({status.Status:04X})")
        _check(status, "image box")
        return uid

    def _create(self, association: Association, wanted: Dataset, sop_class: UID, uid: UID, step: str) -> Any:
        status, answer = association.send_n_create(wanted, sop_class, uid, meta_uid=META)
        _check(status, step)
        return answer

    def _image(self, sheet: ImagerSheet) -> Dataset:
        rows, columns = sheet.pixels.shape
        image, box = Dataset(), Dataset()
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.Rows, image.Columns, image.PixelAspectRatio = rows, columns, [1, 1]
        image.BitsAllocated = 8 if self._profile.bits == 8 else 16
        image.BitsStored, image.HighBit, image.PixelRepresentation = self._profile.bits, self._profile.bits - 1, 0
        image.PixelData = sheet.pixels.astype("<u2" if self._profile.bits > 8 else "u1").tobytes()
        image["PixelData"].VR = "OW"
        box.ImageBoxPosition, box.Polarity = 1, "NORMAL"
        if not sheet.received:
            box.RequestedImageSize = f"{sheet.width_mm:.4f}".rstrip("0")
            box.RequestedDecimateCropBehavior = "CROP"
        box.BasicGrayscaleImageSequence = [image]
        return self._only_wanted(box)

    def _only_wanted(self, wanted: Dataset) -> Dataset:
        for keyword in self._profile.omit:
            if keyword in wanted:
                delattr(wanted, keyword)
        for keyword in ("MediumType", "FilmDestination"):
            if keyword in wanted and not wanted[keyword].value:
                delattr(wanted, keyword)
        return wanted

    def _ask(self, association: Association, box: UID, note: Callable[[SheetFate], None]) -> None:
        note(SheetFate.ASKED)
        try:
            status, answer = association.send_n_action(None, 1, FILM_BOX, box, meta_uid=META)
        except Exception:  # noqa: BLE001 - it may have gone out: nobody knows
            return
        if not status:
            return
        code = status.Status
        if code != SUCCESS and not 0xB600 <= code <= 0xB6FF:
            note(SheetFate.REFUSED)
            return
        note(SheetFate.ACCEPTED)
        if self._profile.print_job:
            self._follow(association, answer, note)

    def _follow(self, association: Association, answer: Any, note: Callable[[SheetFate], None]) -> None:
        """Ask the print job until it has ended (PS3.3 C.13.8). A failed one may have come out in part."""
        try:
            job = UID(answer.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID)
        except (AttributeError, IndexError):
            return
        end = time.monotonic() + 10 * self._to.wait_s
        while time.monotonic() < end:
            status, told = association.send_n_get([BaseTag(0x21000020)], PRINT_JOB, job)
            if not status or status.Status != SUCCESS:
                return
            execution = str(getattr(told, "ExecutionStatus", ""))
            if execution == "DONE":
                note(SheetFate.PRINTED)
            if execution in ("DONE", "FAILURE"):
                if execution == "FAILURE":
                    note(SheetFate.ASKED)
                return
            time.sleep(_JOB_POLL_S)

    @contextlib.contextmanager
    def _association(self) -> Iterator[Association]:
        ae = AE(self._to.calling)
        ae.connection_timeout = ae.acse_timeout = min(10.0, self._to.wait_s)
        ae.dimse_timeout = ae.network_timeout = self._to.wait_s
        syntaxes = [_IMPLICIT] if self._profile.implicit_only else [_EXPLICIT, _IMPLICIT]
        ae.add_requested_context(META, syntaxes)
        if self._profile.presentation_lut != "none":
            ae.add_requested_context(PRESENTATION_LUT, syntaxes)
        if self._profile.print_job:
            ae.add_requested_context(PRINT_JOB, syntaxes)
        association = ae.associate(self._to.host, self._to.port, ae_title=self._to.called, max_pdu=0)
        if not association.is_established:
            raise KioskError(FaultCode.PRINTER_OFFLINE, "the imager rejects this AE title" if association.is_rejected
                             else "no association with the imager")  # fmt: skip
        accepted = {str(context.abstract_syntax) for context in association.accepted_contexts}
        try:
            if META not in accepted or (self._profile.presentation_lut != "none" and PRESENTATION_LUT not in accepted):
                raise KioskError(FaultCode.PRINT_REFUSED, "the imager does not offer what its profile says")
            yield association
        finally:
            if association.is_established:
                association.release()
            association.join(5)


class _NoAnswerError(Exception):
    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def _check(status: Dataset, step: str) -> None:
    """Raise where the imager did not do it. Other warnings (an attribute it ignores) are none of the picture."""
    if not status or "Status" not in status:
        raise _NoAnswerError(step)
    code = status.Status
    if code != SUCCESS and not (code in (0x0107, 0x0116) or 0xB600 <= code <= 0xB6FF):
        raise PrintRefusedError(f"{step}: status {code:04X}")
    if code in (0x0107, 0x0116):
        raise PrintRefusedError(f"{step}: an attribute or value is refused ({code:04X}); see the profile's omit")


def _reference(sop_class: UID, instance: UID) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
    return item
