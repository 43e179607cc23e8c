"""Everything of an image that a film sheet writes or sorts by."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.sheets.film import Scale, Spacing, spacing_rule
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.charset import PersonNameText, person_name, text
from kiosk.imaging.dicom.elements import Header
from kiosk.imaging.dicom.objects import is_raw
from kiosk.imaging.dicom.views import view_of

_ULTRASOUND = ("US", "IVUS")
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Geometry:
    """Where a frame lies in the patient (PS3.3 C.7.6.2); lengths in millimetres."""

    position: Vector | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    spacing: Spacing | None = None
    thickness: float | None = None
    location: float | None = None

    @property
    def normal(self) -> Vector | None:
        """Unit vector across the image, None without a valid orientation."""
        if self.orientation is None:
            return None
        rx, ry, rz, cx, cy, cz = self.orientation
        cross = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
        length = sum(value * value for value in cross) ** 0.5
        return (cross[0] / length, cross[1] / length, cross[2] / length) if length > 1e-3 else None

    @property
    def depth(self) -> float | None:
        """Position along the normal, the slice location of a stack."""
        if self.position is None or self.normal is None:
            return None
        return sum(p * n for p, n in zip(self.position, self.normal, strict=True))


@dataclass(frozen=True)
class ImageFacts:
    """Header of one instance in plain values; absent text is "", absent numbers None. All text is safe to show."""

    patient_name: PersonNameText
    patient_id: str
    sex: str
    birth_date: str
    age: str
    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    frame_of_reference: str
    modality: str
    body_part: str
    laterality: str
    view: str
    study_date: str
    study_time: str
    acquired: str
    accession: str
    institution: str
    study_description: str
    series_description: str
    series_number: int | None
    instance_number: int | None
    patient_orientation: tuple[str, ...]
    is_scout: bool
    pixel_aspect: float
    spacing: Spacing | None
    kvp: float | None
    lossy: bool
    lossy_ratio: float | None
    burned_in: bool
    raw: bool = False


def facts(header: Header) -> ImageFacts:
    """Read them all; nothing raises, what is malformed counts as absent."""
    spacing = pixel_spacing(header, None)
    image_type = header.strings(a.IMAGE_TYPE)
    modality = header.string(a.MODALITY)

    def words(attribute: Attribute) -> str:
        return text(header, attribute)

    return ImageFacts(
        patient_name=person_name(header),
        patient_id=words(a.PATIENT_ID),
        sex=words(a.SEX),
        birth_date=_digits(header, a.BIRTH_DATE),
        age=words(a.AGE),
        study_uid=header.string(a.STUDY_UID),
        series_uid=header.string(a.SERIES_UID),
        sop_uid=header.string(a.SOP_INSTANCE),
        sop_class=header.string(a.SOP_CLASS),
        frame_of_reference=header.string(a.FRAME_OF_REFERENCE),
        modality=modality,
        body_part=words(a.BODY_PART),
        laterality=header.string(a.IMAGE_LATERALITY) or header.string(a.LATERALITY),
        view=view_of(header),
        study_date=_digits(header, a.STUDY_DATE),
        study_time=_digits(header, a.STUDY_TIME),
        acquired=_acquired(header),
        accession=words(a.ACCESSION),
        institution=words(a.INSTITUTION),
        study_description=words(a.STUDY_DESCRIPTION),
        series_description=words(a.SERIES_DESCRIPTION),
        series_number=header.integer(a.SERIES_NUMBER),
        instance_number=header.integer(a.INSTANCE_NUMBER),
        patient_orientation=header.strings(a.PATIENT_ORIENTATION),
        is_scout=is_scout(image_type, modality),
        pixel_aspect=_aspect(header, spacing),
        spacing=spacing,
        kvp=header.number(a.KVP),
        lossy=header.string(a.LOSSY) == "01",
        lossy_ratio=header.number(a.LOSSY_RATIO),
        burned_in=_burned_in(header, modality),
        raw=is_raw(header.string(a.SOP_CLASS), header.string(a.PRESENTATION_INTENT)),
    )


def _burned_in(header: Header, modality: str) -> bool:
    """Whether text is part of the pixels: as declared, and as nearly every ultrasound has it."""
    declared = header.string(a.BURNED_IN)
    return declared == "YES" or (modality in _ULTRASOUND and declared != "NO")


def is_scout(image_type: tuple[str, ...], modality: str) -> bool:
    """A localizer by the third value of Image Type; MR calls them otherwise, so any value counts there."""
    values = {value.upper() for value in (image_type[2:] if modality == "CT" else image_type)}
    return bool(values & {"LOCALIZER", "SCOUT", "SURVIEW", "TOPOGRAM"})


def _digits(header: Header, attribute: Attribute) -> str:
    """A date or time without the separators of old writers; "" if it does not start with digits."""
    value = header.string(attribute).replace(".", "").replace("-", "").replace(":", "")[:14]
    return value if value.isdigit() else ""


def _acquired(header: Header) -> str:
    """Date and time of acquisition, or of the content, for ordering."""
    for date, time in ((a.ACQUISITION_DATE, a.ACQUISITION_TIME), (a.CONTENT_DATE, a.CONTENT_TIME)):
        if _digits(header, date):
            return _digits(header, date) + _digits(header, time)
    return ""


def _aspect(header: Header, spacing: Spacing | None) -> float:
    """Height of a pixel divided by its width (PS3.3 C.7.6.3.1.7)."""
    if spacing is not None:
        return spacing.row / spacing.column
    ratio = header.numbers(a.ASPECT_RATIO)
    return ratio[0] / ratio[1] if len(ratio) == 2 and min(ratio) > 0 else 1.0


def pixel_spacing(header: Header, measures: Header | None) -> Spacing | None:
    """Spacing of a frame and what it is worth (`domain.sheets.film.spacing_rule`); `measures`: its functional group.

    An ultrasound has its spacing in the region calibration.
    """
    detector = positive_pair(header.numbers(a.IMAGER_PIXEL_SPACING)) or positive_pair(
        header.numbers(a.NOMINAL_SCANNED_SPACING)
    )
    own = positive_pair((measures or header).numbers(a.PIXEL_SPACING)) or positive_pair(header.numbers(a.PIXEL_SPACING))
    modality = header.string(a.MODALITY)
    if modality in _ULTRASOUND and (measured := own or _ultrasound_spacing(header)):
        return Spacing(*measured, Scale.CALIBRATED)
    return spacing_rule(modality, own, detector, header.string(a.SPACING_CALIBRATION))


def positive_pair(values: tuple[float, ...]) -> tuple[float, float] | None:
    """Two lengths in millimetres, None where they cannot be that."""
    valid = len(values) == 2 and all(1e-4 < value < 1e3 for value in values)
    return (values[0], values[1]) if valid else None


def _ultrasound_spacing(header: Header) -> tuple[float, float] | None:
    """Of the only region in centimetres both ways (PS3.3 C.8.5.5); several regions have no common scale."""
    deltas = {
        (abs(region.number(a.REGION_DELTA_Y) or 0) * 10, abs(region.number(a.REGION_DELTA_X) or 0) * 10)
        for region in header.items(a.ULTRASOUND_REGIONS)
        if region.integer(a.REGION_UNITS_X) == region.integer(a.REGION_UNITS_Y) == 3
    }
    return positive_pair(deltas.pop()) if len(deltas) == 1 else None


def geometry(header: Header, groups: tuple[Header | None, ...]) -> Geometry:
    """Geometry of a frame; `groups` are its functional group items, the most specific first."""

    def part(sequence: Attribute) -> Header:
        return next((found for group in groups if group and (found := group.item(sequence))), header)

    measures = part(a.PIXEL_MEASURES)
    spacing = pixel_spacing(header, measures)
    position = part(a.PLANE_POSITION).numbers(a.IMAGE_POSITION)
    orientation = part(a.PLANE_ORIENTATION).numbers(a.IMAGE_ORIENTATION)
    return Geometry(
        position=(position[0], position[1], position[2]) if len(position) == 3 else None,
        orientation=orientation if len(orientation) == 6 else None,
        spacing=spacing,
        thickness=measures.number(a.SLICE_THICKNESS),
        location=header.number(a.SLICE_LOCATION),
    )
