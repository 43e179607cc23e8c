"""Film that is paid for: before a sheet is reserved, given back where it does not come out, never for reports."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.machine.cashier_folder import FolderCashier
from kiosk.config import load
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.payments import Charge, ChargeState
from kiosk.domain.visit import Advance, HandOut, Override, Receipt
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing import payments as paying
from kiosk.services.printing.payments import Payments
from tests.unit.test_without_a_visit import SESSION, Counter
from tests.unit.test_without_a_visit import counter as counter


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying, "LOOK_EVERY_S", 0.01)


class Shop:
    """A counter with a cashier, and the film that is wanted."""

    def __init__(self, counter: Counter, wait_s: float = 60.0) -> None:
        self.counter, self.folder = counter, counter.home / "cashier"
        self.cashier = FolderCashier(self.folder)
        self.payments = Payments(self.cashier, counter.audit, 1800, wait_s)
        counter.delivery._payments = self.payments
        proven = counter.proven()
        self.order = HandOut(SESSION, proven.candidate, films=proven.reports, reason=FilmReason.SURGERY)
        self.waits: list[Advance] = []

    def words(self) -> dict[str, dict[str, int]]:
        return {file.suffix[1:]: json.loads(file.read_text() or "{}") for file in self.folder.glob("*")}

    def pays(self) -> None:
        """The patient pays what is asked for."""
        for file in self.folder.glob("*.charge"):
            file.with_suffix(".paid").touch()

    def deliver(
        self, when_asked: Callable[[], None], order: HandOut | None = None, by: Override | None = None,
        cancelled: Cancelled | None = None,
    ) -> Receipt:  # fmt: skip
        def told(advance: Advance) -> None:
            if advance.waiting is FaultCode.PAYMENT_WAITING:
                self.waits.append(advance)
                when_asked()

        given = {"on_progress": told, "by": by}
        stop = cancelled or Cancelled()
        return self.counter.delivery.deliver(order or self.order, self.counter.home, stop, **given)  # type: ignore[arg-type]


def test_paid_film_is_printed(counter: Counter) -> None:
    shop = Shop(counter)
    receipt = shop.deliver(shop.pays)
    assert receipt.fault is None and receipt.sheets("film") == 1 and shop.waits
    assert shop.words() == {"charge": {"sheets": 1, "cents": 1800}, "paid": {}, "settled": {}}
    assert "film-paid" in counter.trail() and "film-refunded" not in counter.trail()
    assert shop.payments.ask() == "all payments settled"


def test_film_that_nobody_pays_is_not_printed_and_reports_are(counter: Counter) -> None:
    shop = Shop(counter, 0.05)
    both = replace(shop.order, reports=shop.order.films)
    receipt = shop.deliver(lambda: None, both)
    assert receipt.fault is FaultCode.PAYMENT_MISSING
    assert (receipt.sheets("report"), receipt.sheets("film")) == (2, 0)
    assert set(shop.words()) == {"charge", "cancelled"} and not list((counter.home / "film").glob("*.pdf"))
    again = Shop(counter)
    assert again.deliver(again.pays).sheets("film") == 1, "it may be asked for again"


def test_a_printer_that_fails_gives_the_money_back(counter: Counter) -> None:
    shop = Shop(counter)
    (counter.home / "film").mkdir()
    (counter.home / "film" / "jobs").write_text("no folder: nothing can be printed")
    receipt = shop.deliver(shop.pays)
    assert receipt.fault is not None and receipt.sheets("film") == 0, receipt
    assert receipt.fault is not FaultCode.PRINT_UNCERTAIN
    assert shop.words()["refund"] == {"cents": 1800} and "settled" in shop.words()
    assert "film-refunded" in counter.trail()


def test_staff_hand_film_out_without_the_cashier(counter: Counter) -> None:
    shop = Shop(counter)
    receipt = shop.deliver(shop.pays, by=Override("li.mei", OverrideReason.OTHER))
    assert receipt.sheets("film") == 1 and not shop.folder.exists()


def test_a_visit_that_ends_while_it_is_paid_gives_the_money_back(counter: Counter) -> None:
    shop, stop = Shop(counter), Cancelled()

    def leaves() -> None:
        stop.set()
        shop.pays()

    receipt = shop.deliver(leaves, cancelled=stop)
    assert receipt.fault is FaultCode.CANCELLED and receipt.sheets("film") == 0
    assert shop.words()["refund"] == {"cents": 1800}


def test_what_is_uncertain_stays_open_for_staff(counter: Counter) -> None:
    shop = Shop(counter)
    till = shop.payments.till(shop.order, 2, Cancelled())
    till.pay(shop.pays)
    till.settle(1, uncertain=True)
    (paid,) = shop.folder.glob("*.paid")
    assert "refund" not in shop.words() and shop.payments.ask()
    os.utime(paid, (1_790_000_000, 1_790_000_000))
    with pytest.raises(KioskError, match="payment-open") as caught:
        shop.payments.ask()
    assert paid.stem in caught.value.detail
    till.settle(1, uncertain=False)
    assert shop.words()["refund"] == {"cents": 1800} and shop.payments.ask() == "all payments settled"


def test_the_folder_keeps_its_contract(tmp_path: Path) -> None:
    cashier = FolderCashier(tmp_path / "cashier")
    charge = Charge("A1", 2, 1800)
    assert cashier.open_charges(0) == []
    cashier.create(charge)
    assert cashier.status("A1") is ChargeState.WAITING and cashier.cancel("A1") is ChargeState.CANCELLED
    (tmp_path / "cashier" / "A1.paid").touch()
    assert cashier.status("A1") is ChargeState.PAID and cashier.cancel("A1") is ChargeState.PAID
    cashier.refund("A1", 3600)
    cashier.refund("A1", 1)
    assert json.loads((tmp_path / "cashier" / "A1.refund").read_text()) == {"cents": 3600}
    assert cashier.open_charges(0) == ["A1"]
    cashier.settled("A1")
    assert cashier.open_charges(0) == []
    blocked = FolderCashier(tmp_path / "cashier" / "A1.paid")
    with pytest.raises(KioskError, match="store-unavailable"):
        blocked.create(charge)


def test_a_price_is_told_before_the_tap_or_the_file_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text('[cashier]\nkind = "folder"\ncents_per_sheet = 1800\n')
    with pytest.raises(KioskError, match="config-invalid") as caught:
        load(config)
    assert "film.price" in caught.value.detail
