"""Both sides of the object store: a folder, and a bucket of a real S3 server (moto)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cloud.portal.store.bucket import BucketObjects
from kiosk.cloud.portal.store.disk import DiskObjects
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.cloud.object_store import ObjectStore
from tests.support.bucket import Bucket

DATA = bytes(range(256)) * 40
NAME = hashlib.sha256(DATA).hexdigest()
ABSENT = "0" * 64


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        yield server


@pytest.fixture(params=["disk", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "disk":
        return DiskObjects(tmp_path / "objects")
    server: Bucket = request.getfixturevalue("bucket")
    return BucketObjects(server.fresh(), **server.options)


def test_what_was_put_is_there_whole_and_in_parts(objects: ObjectStore) -> None:
    objects.put(NAME, DATA)
    objects.put(NAME, DATA)
    assert objects.get(NAME) == DATA
    assert objects.get(NAME, 100, 50) == DATA[100:150]
    assert objects.get(NAME, 10_000) == DATA[10_000:]
    assert list(objects.names()) == [(NAME, len(DATA))]
    assert objects.probe()


def test_what_was_deleted_is_gone_and_the_list_proves_it(objects: ObjectStore) -> None:
    objects.put(NAME, DATA)
    objects.delete(NAME)
    objects.delete(NAME)
    assert list(objects.names()) == []
    for part in ({}, {"offset": 1, "size": 2}, {"offset": 5}):
        with pytest.raises(KioskError) as caught:
            objects.get(NAME, **part)
        assert caught.value.code is FaultCode.NOTHING_FOUND


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/x", "..%2f" + "0" * 59])
def test_nothing_but_a_digest_becomes_a_path(tmp_path: Path, name: str) -> None:
    objects = DiskObjects(tmp_path / "objects")
    for work in (lambda: objects.put(name, DATA), lambda: objects.get(name), lambda: objects.delete(name)):
        with pytest.raises(KioskError):
            work()
    assert not (tmp_path / "objects").exists()


def test_a_half_written_object_is_written_again(tmp_path: Path) -> None:
    objects = DiskObjects(tmp_path)
    objects.put(NAME, DATA)
    (tmp_path / NAME[:2] / NAME).write_bytes(DATA[:100])
    objects.put(NAME, DATA)
    assert objects.get(NAME) == DATA


def test_a_bucket_that_does_not_answer_may_be_tried_again(bucket: Bucket) -> None:
    objects = BucketObjects("nowhere", **{**bucket.options, "endpoint": "http://127.0.0.1:9"})
    with pytest.raises(KioskError) as caught:
        objects.get(ABSENT)
    assert caught.value.code is FaultCode.STORE_UNAVAILABLE


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KioskError) as caught:
        DiskObjects(tmp_path / "file" / "objects").put(NAME, DATA)
    assert caught.value.code is FaultCode.STORE_UNAVAILABLE
