"""The sealed manifest: goes and comes back, and refuses what is not whole."""

from __future__ import annotations

import zlib

import pytest

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.manifest import (
    ExamFacts,
    ExamManifest,
    InstanceFacts,
    KeyPicture,
    PictureRef,
    SeriesFacts,
    StoredFrame,
    unpacked,
)
from kiosk.cloud.wire.objects import Kind, Spot

FRAME = StoredFrame(
    frame=0,
    instance=0,
    rows=4,
    columns=6,
    bits=12,
    signed=True,
    photometric="MONOCHROME2",
    spacing=(0.5, 0.7),
    digest="00",
)
SERIES = SeriesFacts(number="2", description="肺窗", modality="CT", thumbnail=None, frames=(FRAME,))
EXAM = ExamFacts(patient="赵六", description="胸部 CT", modality="CT", performed="2026-11-24", hospital="示范医院")
PICTURE = PictureRef(picture=0, width=6, height=4)


def manifest(**changes: object) -> ExamManifest:
    """A small whole one."""
    members: dict[str, object] = {
        "exam": EXAM,
        "report": None,
        "keys": (KeyPicture(series=0, frame=0, label="1/1", pictures=(("肺窗", PICTURE),)),),
        "films": (),
        "series": (SERIES,),
        "instances": (InstanceFacts(header=0, sop_class="1.2", transfer_syntax="1.2.3", pixel_digest="", frames=(0,)),),
        "objects": {Kind.FRAME: ((0, 0, 40),), Kind.PICTURE: ((0, 40, 40),), Kind.HEADER: ((0, 80, 40),)},
    }
    return ExamManifest.model_validate(members | changes)


def test_it_comes_back_as_it_went() -> None:
    assert unpacked(manifest().packed()) == manifest()
    assert manifest().packed() == manifest().packed()
    assert manifest().spot(Kind.PICTURE, 0) == Spot(0, 40, 40)


DAMAGED = [b"", b"no manifest", manifest().packed()[:-9], *map(zlib.compress, (b"{}", b'{"format":2}', b"[" * 9999))]


@pytest.mark.parametrize("damaged", DAMAGED)
def test_what_is_no_manifest_is_refused(damaged: bytes) -> None:
    with pytest.raises(WireError) as caught:
        unpacked(damaged)
    assert caught.value.fault is WireFault.ENVELOPE_INVALID


def test_an_object_that_is_not_there_is_refused() -> None:
    with pytest.raises(WireError):
        manifest().spot(Kind.REPORT, 0)


@pytest.mark.parametrize("changes", [{"objects": {}}, {"instances": ()}, {"series": ()}])
def test_a_frame_that_is_not_there_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a frame that|a key picture"):
        manifest(**changes)
