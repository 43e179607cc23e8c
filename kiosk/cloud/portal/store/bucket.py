"""Objects in a bucket that speaks S3, by obstore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from kiosk.domain.faults import FaultCode, KioskError

T = TypeVar("T")


class BucketObjects:
    """kiosk.ports.cloud.object_store.ObjectStore on S3; `prefix` keeps hospitals or cells apart."""

    def __init__(self, bucket: str, prefix: str = "", **options: Any) -> None:
        self._bucket = bucket
        self._store = S3Store(bucket, prefix=prefix or None, **options)

    def put(self, name: str, data: bytes) -> None:
        """See the port."""
        _asked(lambda: self._store.put(name, data))

    def get(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """See the port."""
        if offset == 0 and size is None:
            return bytes(_asked(lambda: self._store.get(name).bytes()))
        length = size if size is not None else self._size(name) - offset
        return bytes(_asked(lambda: self._store.get_range(name, start=offset, length=length)))

    def _size(self, name: str) -> int:
        return int(_asked(lambda: self._store.head(name))["size"])

    def delete(self, name: str) -> None:
        """See the port."""
        _asked(lambda: self._store.delete(name))

    def names(self) -> Iterator[tuple[str, int]]:
        """See the port."""
        for page in _asked(lambda: iter(self._store.list())):
            for one in page:
                yield one["path"], one["size"]

    def probe(self) -> str:
        """See the port."""
        _asked(lambda: next(iter(self._store.list(chunk_size=1)), None))
        return f"bucket {self._bucket}"


def _asked(work: Callable[[], T]) -> T:
    try:
        return work()
    except (NotFoundError, FileNotFoundError) as error:
        raise KioskError(FaultCode.NOTHING_FOUND, "no such object") from error
    except (BaseError, OSError) as error:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, f"object store: {type(error).__name__}") from error
