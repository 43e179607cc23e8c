"""What is told of an exam and its series, in the manifest's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.cloud.publisher.images import Images, ShownFrame
from kiosk.cloud.wire.manifest import ExamFacts, PictureRef, SeriesFacts, StoredFrame, WindowFacts
from kiosk.domain.exam import Exam, SeriesInfo
from kiosk.imaging.dicom.order import SeriesFrame, order


@dataclass(frozen=True)
class OrderedSeries:
    """A series whose frames stand as they are looked at; localizers last."""

    info: SeriesInfo
    shown: tuple[ShownFrame, ...]


def ordered(exam: Exam, images: Images) -> list[OrderedSeries]:
    """The series that have something to show, in the exam's order."""
    found = []
    for info in exam.series:
        mine = [one for one in images.shown if one.series == info.series_uid]
        placed = order([SeriesFrame(one.facts, one.made.geometry, one.made.number, one.made.contrast) for one in mine])
        if mine:
            found.append(OrderedSeries(info, tuple(mine[at] for at in (*placed.images, *placed.scouts))))
    return found


def series_facts(series: OrderedSeries, thumbnail: PictureRef | None) -> SeriesFacts:
    """As the manifest has it."""
    info = series.info
    return SeriesFacts(
        number=str(info.number or ""),
        description=(info.description or info.body_part)[:400],
        modality=info.modality,
        thumbnail=thumbnail,
        frames=tuple(_frame(one) for one in series.shown),
    )


def _frame(one: ShownFrame) -> StoredFrame:
    made, stored, spacing = one.made, one.made.stored, one.made.spacing
    sides = made.sides
    geometry = made.geometry
    letters = (sides.left, sides.right, sides.top, sides.bottom)
    return StoredFrame(
        frame=one.frame,
        instance=one.instance,
        number=made.number + 1,
        rows=made.rows,
        columns=made.columns,
        bits=stored.bits_stored,
        signed=stored.signed,
        samples=3 if stored.samples == 3 else 1,
        photometric=stored.photometric,
        slope=made.slope,
        intercept=made.intercept,
        unit=made.unit,
        windows=tuple(
            WindowFacts(center=one.center, width=one.width, function=one.function, name=one.name)
            for one in made.windows
        ),
        spacing=spacing[0] if spacing else None,
        spacing_at=spacing[1] if spacing else "patient",
        letters=letters if any(letters) else None,
        position=geometry.position,
        orientation=geometry.orientation,
        prefixes=made.prefixes,
        digest=made.digest,
        pictures=(one.picture,) if one.picture is not None else (),
    )


def exam_facts(exam: Exam, images: Images, hospital: str, hospitals: Mapping[str, str]) -> ExamFacts:
    """Whose exam it is, and of what; `hospitals`: other names of the hospital, by language."""
    facts = images.shown[0].facts if images.shown else None
    return ExamFacts(
        patient=exam.identity.name or (facts.patient_name.text if facts else ""),
        sex=facts.sex if facts else "",
        age=facts.age if facts else "",
        description=exam.description or exam.body_part,
        modality=exam.modality,
        performed=exam.taken.isoformat() if exam.taken else "",
        hospital=hospital,
        hospitals=dict(hospitals),
        accession=exam.accession,
    )
