"""C-MOVE to the gateway: nothing acknowledged that is not kept, nothing handed on that is not the patient's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pynetdicom import AE

from kiosk.adapters.archive.dimse.archive import Moves
from kiosk.adapters.inbox.moved import KEPT_S, MovedShelf
from kiosk.adapters.inbox.store import InboxStore
from kiosk.config.ris import InboxSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.gateway.store_scp import StoreServer, forget_moved
from kiosk.ports.archive import InstanceRef
from tests.contract.test_archive import dimse_archive
from tests.support import orthanc
from tests.support.studies import CT, ct_image

OWN = ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 1, PatientID="T1")
REF = InstanceRef("1.2.1", "1.2.1.1", "1.2.1.1.1", CT, 1)


@dataclass
class Yard:
    """The gateway's server, and what it keeps."""

    server: StoreServer
    shelf: MovedShelf
    store: InboxStore


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    store = InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", "k" * 32)
    server = StoreServer("127.0.0.1", 0, "KIOSKSTORE", MovedShelf(store), 1 << 20)
    yield Yard(server, MovedShelf(store), store)
    server.close()
    store.close()


def sent(port: int, data: bytes, title: str = "PACS") -> int:
    """The status of a C-STORE; -1 where there is none."""
    ae = AE(title)
    ae.add_requested_context(CT)
    association = ae.associate("127.0.0.1", port, ae_title="KIOSKSTORE")
    if not association.is_established:
        return -1
    status = association.send_c_store(dcmread(DicomBytesIO(data)))
    association.release()
    return int(status.Status) if status else -1


def test_what_is_kept_is_sealed_the_newest_counts_and_an_hour_is_enough(yard: Yard, tmp_path: Path) -> None:
    assert sent(yard.server.port, OWN) == 0
    corrected = ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 7, PatientID="T1")
    assert sent(yard.server.port, corrected) == 0
    kept = yard.shelf.taken(["1.2.1.1.1", "1.2.9"])
    assert list(kept) == ["1.2.1.1.1"] and dcmread(DicomBytesIO(kept["1.2.1.1.1"])).InstanceNumber == 7
    assert b"1.2.1.1.1" not in (tmp_path / "inbox.db").read_bytes()
    assert forget_moved(yard.shelf) == 0 and forget_moved(yard.shelf, lambda: 4e9 + KEPT_S) == 1
    assert yard.shelf.taken(["1.2.1.1.1"]) == {}


def test_what_cannot_be_kept_is_not_acknowledged(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(uid: str, data: bytes, now: float) -> None:
        raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, "hospital database")

    monkeypatch.setattr(yard.server._shelf, "put", down)
    assert sent(yard.server.port, OWN) == 0xA700
    monkeypatch.undo()
    assert sent(yard.server.port, OWN) == 0


def test_an_object_without_end_is_cut_off_and_the_next_one_taken(yard: Yard) -> None:
    assert sent(yard.server.port, ct_image("1.2.1", "1.2.1.1", "1.2.1.1.2", 1, side=1600)) == -1
    assert yard.shelf.taken(["1.2.1.1.2"]) == {}
    assert sent(yard.server.port, OWN) == 0


def test_somebody_elses_object_under_the_same_uid_is_not_handed_on(yard: Yard, tmp_path: Path) -> None:
    """A sender that is not the archive may reach the gateway: what it plants is another patient's, and is dropped."""
    with orthanc.dimse(tmp_path / "pacs", yard.server.port) as (server, port):
        server.upload([OWN])
        moves = Moves("KIOSKSTORE", _Planted(yard.shelf), lambda: None)
        with pytest.raises(KioskError) as caught:
            list(dimse_archive(port, moves=moves).fetch([REF]))
        assert caught.value.code is FaultCode.WRONG_PATIENT
        unknown = Moves("NOBODY", yard.shelf, lambda: None)
        with pytest.raises(KioskError) as caught:
            list(dimse_archive(port, moves=unknown).fetch([REF]))
        assert caught.value.code in (FaultCode.ARCHIVE_DENIED, FaultCode.ARCHIVE_ERROR)


class _Planted:
    def __init__(self, shelf: MovedShelf) -> None:
        self._shelf = shelf

    def taken(self, uids: Sequence[str]) -> dict[str, bytes]:
        assert list(self._shelf.taken(uids)) == list(uids), "the archive did send it"
        return {uid: ct_image("1.2.1", "1.2.1.1", uid, 1, PatientID="SOMEBODY") for uid in uids}
