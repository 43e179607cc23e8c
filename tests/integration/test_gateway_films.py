"""Films that modalities print to the gateway: dcmtk's print client as the modality, its worklist server, our imager."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE
from pynetdicom.association import Association

from kiosk.adapters.archive.dimse.link import DimseAddress, DimseLink, DimsePatience
from kiosk.adapters.archive.dimse.worklist import DimseWorklist
from kiosk.adapters.inbox.decisions import InboxDecisions
from kiosk.adapters.inbox.films import InboxFilms
from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.printing.dicom_print import (
    FILM_BOX,
    IMAGE_BOX,
    META,
    PRESENTATION_LUT,
    SESSION,
    DicomPrint,
    ImagerAddress,
    SheetFate,
)
from kiosk.adapters.printing.dicom_profiles import imager_profile
from kiosk.adapters.printing.dicom_sheet import imager_sheet
from kiosk.config.ris import InboxSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.sheets.film import MEDIA
from kiosk.domain.waiting.inbox import Decision, InboxItem, ItemState, ItemWhy, SettleReason
from kiosk.gateway.films.matching import FilmTaker
from kiosk.gateway.films.print_scp import FilmServer
from kiosk.gateway.films.sheet import FilmBox
from kiosk.gateway.imager import RehearsalImager
from kiosk.gateway.matching import Inbox
from tests.support.modality import TITLE, Modality, worklist
from tests.support.paper import PaperArchive
from tests.support.paper import exam as paper_exam
from tests.support.servers import wait_until
from tests.unit.test_hl7_messages import KEY, PLACES

WANG = IdentityFacts("P1", "王秀英")
LABELS = (r"(?P<accession>ACC\d+)",)
LIMIT = 1 << 20


@dataclass
class Rooms:
    """A gateway's film server in this process, its inbox and an archive in memory."""

    server: FilmServer
    inbox: Inbox
    store: InboxStore
    archive: PaperArchive
    home: Path
    broken: list[KioskError]

    def states(self) -> list[tuple[ItemState, ItemWhy | None, str]]:
        return [(item.state, item.why, item.sender) for item in InboxDecisions(self.store).waiting()]


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    store = InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", KEY)
    archive = PaperArchive([paper_exam(WANG, "ACC1")])
    inbox = Inbox(store, archive, PLACES, 90)
    broken: list[KioskError] = []

    def keep(item: InboxItem) -> bool:
        if broken:
            raise broken[0]
        return inbox.keep(item)

    taker = FilmTaker(keep, LABELS, UTC)
    server = FilmServer("127.0.0.1", 0, "KIOSKFILM", taker.take, 8 * LIMIT)
    yield Rooms(server, inbox, store, archive, tmp_path, broken)
    server.close()
    store.close()


def test_a_film_with_a_label_is_the_exams_and_comes_out_pixel_for_pixel(rooms: Rooms) -> None:
    modality = Modality(rooms.home / "ct", rooms.server.port)
    assert modality.print("CT ACC1 routine") == ""
    assert modality.print("CT ACC1 routine") == "", "sent again because an answer was lost: the same pixels"
    assert rooms.inbox.round() == 1 and rooms.store.counts() == {"matched": 1}
    exam, out = rooms.archive.held[0], rooms.home / "film.pdf"
    films = InboxFilms(rooms.store)
    assert films.film(exam, "14INX17IN", out) == 1
    assert films.film(replace(exam, study_uid="2.25.9"), "14INX17IN", rooms.home / "none.pdf") == 0

    imager = RehearsalImager(rooms.home / "imager", print_job=False)
    profile = imager_profile("generic-320")
    sheet = imager_sheet(out.read_bytes(), 0, profile, MEDIA["14INX17IN"])
    fates: list[SheetFate] = []
    link = DicomPrint(ImagerAddress("127.0.0.1", imager.port, "IMAGER", "KIOSK"), profile)
    link.sheet(sheet, MEDIA["14INX17IN"], "S1", fates.append)
    imager.close()
    assert fates[-1] is SheetFate.ACCEPTED
    stored = cv2.imread(str(rooms.home / "imager/sheets/1.png"), cv2.IMREAD_UNCHANGED)
    first, second = modality.sent[:2]
    assert np.array_equal(stored, np.hstack([first, second])), "what the modality sent, in 12 bits, bit for bit"
    assert '"MagnificationType": "CUBIC"' in (rooms.home / "imager/sheets/1.json").read_text()


def test_a_film_that_names_nothing_is_of_the_one_exam_that_was_scheduled(rooms: Rooms) -> None:
    now = datetime.now(UTC)
    minutes = [f"{now - timedelta(minutes=ago):%Y%m%d%H%M%S}" for ago in (10, 600, 20)]
    scheduled = [("ACC1", "P1", "2.25.1", minutes[0]), ("ACC7", "P7", "2.25.7", minutes[1])]
    modality = Modality(rooms.home / "ct", rooms.server.port)
    assert modality.print() == ""
    for exams, matched in ((scheduled, 1), ([*scheduled, ("ACC8", "P8", "2.25.8", minutes[2])], 0)):
        with worklist(rooms.home / f"wl{len(exams)}", exams) as port:
            link = DimseLink(DimseAddress("127.0.0.1", port, "WORKLIST", "KIOSKFILM"), DimsePatience(), "GB18030")
            asked = DimseWorklist(link, UTC)
            inbox = Inbox(rooms.store, rooms.archive, PLACES, 90, scheduled=partial(asked.scheduled, hours=4.0))
            assert inbox.round() == matched
        if matched:
            assert InboxFilms(rooms.store).film(rooms.archive.held[0], "14INX17IN", rooms.home / "film.pdf") == 1
            assert modality.print(images=1) == ""
    assert rooms.states() == [(ItemState.UNMATCHED, ItemWhy.NO_NUMBER, TITLE)], "two were scheduled: staff decide"
    (waiting,) = InboxDecisions(rooms.store).waiting()
    said = Decision(waiting.ident, "n", SettleReason.REQUEST_FORM, ItemState.MATCHED, 1.0)
    assert InboxDecisions(rooms.store).decide(said, rooms.archive.held[0])
    assert InboxFilms(rooms.store).film(rooms.archive.held[0], "14INX17IN", rooms.home / "film.pdf") == 2
    shutil.rmtree(rooms.home / "ct")


def test_what_cannot_be_kept_is_not_acknowledged(rooms: Rooms) -> None:
    rooms.broken.append(KioskError(FaultCode.ARCHIVE_UNREACHABLE, "hospital database"))
    modality = Modality(rooms.home / "ct", rooms.server.port)
    assert "unable to print" in modality.print("ACC1") and rooms.store.counts() == {}
    rooms.broken.clear()
    assert modality.print("ACC1") == "" and rooms.store.counts() == {"new": 1}


# --- modalities that lie or hang up ---------------------------------------------------------------------------------
def asked(port: int) -> Association:
    ae = AE(TITLE)
    ae.add_requested_context(META)
    association = ae.associate("127.0.0.1", port, ae_title="KIOSKFILM")
    assert association.is_established
    return association


def image(rows: int = 4, columns: int = 4, stored: int = 12, size: int | None = None, top: int = 0) -> Dataset:
    """`rows` -1: a box without an image."""
    box, pixels = Dataset(), Dataset()
    pixels.SamplesPerPixel, pixels.PhotometricInterpretation, pixels.PixelRepresentation = 1, "MONOCHROME2", 0
    pixels.Rows, pixels.Columns, pixels.BitsAllocated = max(rows, 0), columns, 16
    pixels.BitsStored, pixels.HighBit = stored, stored - 1
    pixels.PixelData = (top.to_bytes(2, "little") * max(0, rows * columns))[: size if size is not None else None]
    pixels["PixelData"].VR = "OW"
    box.ImageBoxPosition, box.BasicGrayscaleImageSequence = 1, [pixels] if rows >= 0 else []
    return box


def steps(association: Association, box: Dataset, until: str) -> int:
    """Session, film box, image box, action; hangs up after the step. The last step's status."""
    session, film = generate_uid(), generate_uid()
    wanted = Dataset()
    wanted.NumberOfCopies = 1
    status, _ = association.send_n_create(wanted, SESSION, session, meta_uid=META)
    if until != "session":
        wanted.ImageDisplayFormat, wanted.FilmOrientation = "STANDARD\\1,1", "PORTRAIT"
        status, answer = association.send_n_create(wanted, FILM_BOX, film, meta_uid=META)
        if until != "film-box":
            uid = answer.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
            status, _ = association.send_n_set(box, IMAGE_BOX, uid, meta_uid=META)
        if until == "action":
            status, _ = association.send_n_action(None, 1, FILM_BOX, film, meta_uid=META)
    association.abort()
    return int(status.Status) if status else -1


@pytest.mark.parametrize("until", ["session", "film-box", "image-box"])
def test_a_modality_that_hangs_up_before_it_asks_to_print_leaves_nothing(rooms: Rooms, until: str) -> None:
    assert steps(asked(rooms.server.port), image(), until) == 0
    assert rooms.store.counts() == {}
    assert steps(asked(rooms.server.port), image(), "action") == 0, "and the next one is served"
    assert rooms.store.counts() == {"new": 1}


@pytest.mark.parametrize(
    ("box", "status"),
    [
        (image(size=3), 0x0106),  # fewer pixels than its matrix says
        (image(stored=10), 0x0106),
        (image(top=0x1000), 0x0106),  # a value of thirteen bits
        (image(rows=-1), 0xC600),  # no image at all
    ],
)
def test_a_film_that_is_none_is_refused_with_a_status(rooms: Rooms, box: Dataset, status: int) -> None:
    until = "action" if status == 0xC600 else "image-box"
    assert steps(asked(rooms.server.port), box, until) == status
    assert rooms.store.counts() == {}


def test_a_film_without_end_is_cut_off(rooms: Rooms) -> None:
    assert steps(asked(rooms.server.port), image(3000, 3000), "image-box") == -1
    wait_until(lambda: rooms.store.counts() == {}, "nothing kept")
    assert steps(asked(rooms.server.port), image(), "action") == 0


def test_only_known_callers_and_only_identity_tables(rooms: Rooms) -> None:
    kept: list[str] = []

    def keep(sender: str, film: FilmBox) -> bool:
        kept.append(sender)
        return True

    server = FilmServer("127.0.0.1", 0, "KIOSKFILM", keep, LIMIT, ("OTHER",))
    ae = AE(TITLE)
    ae.add_requested_context(META)
    assert not ae.associate("127.0.0.1", server.port, ae_title="KIOSKFILM").is_established
    server.close()
    ae.add_requested_context(PRESENTATION_LUT)
    association = ae.associate("127.0.0.1", rooms.server.port, ae_title="KIOSKFILM")
    for shape, status in (("IDENTITY", 0x0000), ("LIN OD", 0x0106)):
        lut = Dataset()
        lut.PresentationLUTShape = shape
        answer, _ = association.send_n_create(lut, PRESENTATION_LUT, generate_uid())
        assert answer.Status == status
    association.release()
    assert kept == []
