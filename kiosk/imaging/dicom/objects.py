"""What kinds of objects are no films: one list by SOP class, one by modality for archives that tell only that."""

from __future__ import annotations

NOT_FILMS = {
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation",
    "1.2.840.10008.5.1.4.1.1.66.7": "a label map segmentation",
    "1.2.840.10008.5.1.4.1.1.481.1": "a radiotherapy image",
    "1.2.840.10008.5.1.4.1.1.481.2": "a radiotherapy dose",
}
"""SOP classes with pixel data that are not printed as films, and what to call them."""

NO_IMAGE_MODALITIES = frozenset(
    ("SR", "DOC", "PR", "KO", "SEG", "REG", "FID", "RTSTRUCT", "RTPLAN", "RTRECORD", "RTDOSE", "RTIMAGE", "ECG", "HD",
     "EPS", "PLAN", "AU")
)  # fmt: skip
"""Modalities of series of documents, annotations, plans and computed objects."""

FOR_PROCESSING = "FOR PROCESSING"
_FOR_PROCESSING_CLASSES = frozenset(f"1.2.840.10008.5.1.4.1.1.1.{number}" for number in ("1.1", "2.1", "3.1"))


def is_raw(sop_class: str, intent: str) -> bool:
    """Whether an image is data for an algorithm and not for eyes (Presentation Intent Type, PS3.3 C.8.11.1)."""
    return intent == FOR_PROCESSING or sop_class in _FOR_PROCESSING_CLASSES
