"""The portal's store as it opens: fresh, of the first version, of a later one; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, make_url, text

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PortalBase
from kiosk.cloud.portal.store.opening import VERSION, prepare
from kiosk.cloud.portal.store.papers import IssuedPaper, PaperShelf
from kiosk.domain.faults import FaultCode, KioskError

DIGEST = "d" * 64


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(make_url(database_url))
    yield made
    made.close()


def of_version_one(store: Store) -> None:
    """As 0.1.0 left it, with a paper."""
    prepare(store)
    with store.engine.execution_options(kiosk_write=True).begin() as connection:
        for column in ("kind", "serial"):
            connection.execute(text(f"ALTER TABLE portal_papers DROP COLUMN {column}"))
        connection.execute(text("UPDATE portal_version SET number = 1"))
        connection.execute(text("INSERT INTO portal_papers VALUES (:digest, 'h', 'e', 1, 5.0, false)"),
                           {"digest": DIGEST})  # fmt: skip


def test_a_store_of_the_first_version_is_brought_along_with_what_it_holds(store: Store) -> None:
    of_version_one(store)
    prepare(store)
    assert PaperShelf(store).of(DIGEST) == IssuedPaper("h", "e", 1, 5.0, False)
    assert PaperShelf(store).put("f" * 64, IssuedPaper("h", "e", 2, 6.0, False, "report", "ABCD-EFGH-JKLM"))
    assert PaperShelf(store).of(DIGEST) == IssuedPaper("h", "e", 1, 5.0, True)


def test_steps_and_tables_say_the_same(store: Store) -> None:
    of_version_one(store)
    prepare(store)
    for table in PortalBase.metadata.sorted_tables:
        columns = {str(one["name"]) for one in inspect(store.engine).get_columns(table.name)}
        assert columns == {column.name for column in table.columns}, table.name


def test_processes_that_start_together_take_each_step_once(store: Store) -> None:
    of_version_one(store)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: prepare(store), range(4)))


def test_a_store_of_a_newer_program_is_refused(store: Store) -> None:
    prepare(store)
    with store.engine.execution_options(kiosk_write=True).begin() as connection:
        connection.execute(text("UPDATE portal_version SET number = :number"), {"number": VERSION + 1})
    with pytest.raises(KioskError) as caught:
        prepare(store)
    assert caught.value.code is FaultCode.CONFIG_INVALID
