"""What is in a study, learnt with as few questions as may be: its series, its documents, one of its images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record, first
from kiosk.adapters.archive.dicomweb_query import INSTANCE_PAGE, MOST_SERIES, Questions, checked_uid, is_uid, tags
from kiosk.imaging.dicom import attributes as known
from kiosk.imaging.dicom.objects import NO_IMAGE_MODALITIES

MOST_REPORTS = 50
FEW = 16  # objects of a study or series that is read whole: one answer is sooner there than several questions
MANY = 200
MOST_TASTED = 3  # images looked at until one is the patient's own
IsOwn = Callable[[Record], bool]


def object_count(series: Record) -> int:
    """How many objects the series has, 0 where that is not told."""
    return dicom_records.number(series, dicom_records.IMAGES_IN_SERIES)


class StudyContents:
    """Asks one archive for what its studies hold. Raises KioskError ARCHIVE_*, TOO_LARGE."""

    def __init__(self, questions: Questions) -> None:
        self._ask = questions

    def of(self, study: Record, is_own: IsOwn) -> tuple[list[Record], list[Record]]:
        """The series of a study, and the metadata of its documents and of one image at least.

        Of series that are somebody else's (`is_own` tells) nothing more is asked.
        """
        uid = first(study, known.STUDY_UID)
        if 0 < dicom_records.number(study, dicom_records.OBJECTS_IN_STUDY) <= FEW:
            objects = {first(r, known.SOP_INSTANCE): r for r in self._ask.unless_refused(f"/studies/{uid}/metadata")}
            if objects:
                return _series_of(list(objects.values())), list(objects.values())
        series = self._series(uid)
        known_ones = [s for s in series if is_own(s) and is_uid(first(s, known.SERIES_UID))]
        return series, self._objects(uid, known_ones, is_own)

    def _series(self, uid: str) -> list[Record]:
        """All series with their sizes, counted here where the archive does not tell them."""
        asked = {"includefield": tags(dicom_records.IMAGES_IN_SERIES)}
        return [self._counted(uid, s) for s in self._ask.query(f"/studies/{uid}/series", asked, MOST_SERIES, 0)]

    def _counted(self, uid: str, series: Record) -> Record:
        series_uid = first(series, known.SERIES_UID)
        if object_count(series) or not is_uid(series_uid):
            return series
        found = self._ask.query(f"/studies/{uid}/series/{series_uid}/instances", {}, INSTANCE_PAGE, 0)
        return {**series, dicom_records.key(dicom_records.IMAGES_IN_SERIES): (str(len(found)),)}

    def _objects(self, uid: str, series: Sequence[Record], is_own: IsOwn) -> list[Record]:
        """The metadata of all documents, and of at least one image where there is one.

        A series of few objects is read whole: reports may carry any modality. Of the others only one image is read,
        and only where no small series has told whose images these are.
        """
        small = [s for s in series if object_count(s) <= (MANY if first(s, known.MODALITY) in ("SR", "DOC") else FEW)]
        paths = [f"/studies/{uid}/series/{first(s, known.SERIES_UID)}" for s in small[:MOST_REPORTS]]
        objects = {first(r, known.SOP_INSTANCE): r for path in paths for r in self._of_series(path, is_own)}
        if all(first(r, known.MODALITY) in NO_IMAGE_MODALITIES for r in objects.values()):
            large = [s for s in series if s not in small and dicom_records.has_images(s)]
            objects.update({first(r, known.SOP_INSTANCE): r for r in self._one_image(uid, large, is_own)})
        return list(objects.values())

    def _of_series(self, path: str, is_own: IsOwn) -> list[Record]:
        """The metadata of a series; one by one where two patients share it, which Orthanc refuses as a whole."""
        found = self._ask.unless_refused(f"{path}/metadata")
        return found or self._one_by_one(f"{path}/instances", MANY, is_own)

    def _one_by_one(self, path: str, limit: int, is_own: IsOwn) -> list[Record]:
        """Objects that are refused even alone are left out: there are two of them under one UID."""
        found = self._ask.query(path, {}, limit, 0)
        uids = [uid for r in found if is_own(r) and is_uid(uid := first(r, known.SOP_INSTANCE))]
        return [record for uid in uids for record in self._ask.unless_refused(f"{path}/{uid}/metadata")]

    def _one_image(self, uid: str, series: Sequence[Record], is_own: IsOwn) -> list[Record]:
        """An image of the first series, and with it those of somebody else that were met on the way to it."""
        met: list[Record] = []
        for one in series[:1]:
            path = f"/studies/{uid}/series/{first(one, known.SERIES_UID)}/instances"
            for found in self._ask.query(path, {}, MOST_TASTED, 0):
                met += self._ask.unless_refused(f"{path}/{checked_uid(first(found, known.SOP_INSTANCE))}/metadata")
                if any(map(is_own, met)):
                    break
        return met


def _series_of(objects: Sequence[Record]) -> list[Record]:
    """The series that these objects make up."""
    sizes = Counter(first(r, known.SERIES_UID) for r in objects)
    one = {first(r, known.SERIES_UID): r for r in sorted(objects, key=dicom_records.is_report, reverse=True)}
    count = dicom_records.key(dicom_records.IMAGES_IN_SERIES)
    return [{**record, count: (str(sizes[series_uid]),)} for series_uid, record in one.items()]
