"""Whose a study is, remembered between finding and fetching it without keeping anybody's number."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict

_REMEMBERED = 4096


class Owners:
    """Which patient a study belongs to (as a keyed digest: no number is kept after the visit), and series sizes."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def digest(self, patient_id: str) -> str:
        """What stands for a patient here."""
        return hashlib.blake2b(patient_id.encode(), key=self._key, digest_size=16).hexdigest()

    def of(self, study_uid: str) -> str | None:
        """The owner's digest, if it was ever told."""
        with self._lock:
            return self._owners.get(study_uid)

    def remember(self, study_uid: str, patient_id: str) -> str:
        """Note whose study it is; returns the digest."""
        owner = self.digest(patient_id)
        with self._lock:
            self._owners[study_uid] = owner
            self._trim(self._owners)
        return owner

    def counted(self, series_uid: str, objects: int) -> None:
        """Note how many objects a series has."""
        with self._lock:
            self._counts[series_uid] = objects
            self._trim(self._counts)

    def size_of(self, series_uid: str) -> int:
        """How many objects the series has; 0 where nobody asked yet."""
        with self._lock:
            return self._counts.get(series_uid, 0)

    @staticmethod
    def _trim(kept: OrderedDict[str, str] | OrderedDict[str, int]) -> None:
        while len(kept) > _REMEMBERED:
            kept.popitem(last=False)
