"""What is held there instead of a slip: an ID card on a reader (a module on a pseudo terminal), an e-voucher or health
card on a phone (a hospital's service over HTTP). They select; what they hold is never asked for."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import segno

from kiosk.adapters.readers import card_watch, id_card
from kiosk.adapters.readers.card_watch import CardWatch
from kiosk.adapters.readers.id_card import IdCardLink
from kiosk.bootstrap import build, code_rules
from kiosk.bootstrap.codes import card_event, code_event, reading_probes, vouchers_of
from kiosk.config import load
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.health import Health
from kiosk.domain.person.codes import Claim, ClaimKind, ClaimSource
from kiosk.domain.person.identity import Question
from kiosk.services.identity.vouchers import Vouchers
from kiosk.session import states as at
from kiosk.session.events import CodePresented
from kiosk.session.facts import Facts, Policy, Signs
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import all_texts
from kiosk.session.screens.view import Surroundings
from kiosk.words import tags
from tests.support.documents import pdf
from tests.support.hospital import ROOT, journey
from tests.support.id_card import CardModule, card_module
from tests.support.ris import NATIONAL
from tests.support.servers import wait_until
from tests.support.studies import pdf_report
from tests.support.web_service import Sent, late, serving

HELD = frozenset((Question.ID_LAST_SIX, Question.BIRTH_DATE))


@pytest.fixture
def module() -> Iterator[CardModule]:
    with card_module() as running:
        yield running


@pytest.fixture
def link(module: CardModule, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdCardLink]:
    made = IdCardLink(module.device, 115200)
    yield made
    made.close()


class TestReader:
    """The reader of ID cards."""

    def test_a_card_is_told_once_and_the_next_one_again(self, module: CardModule, link: IdCardLink) -> None:
        assert "reader" in link.probe()
        assert link.number() is None
        module.lay(NATIONAL)
        assert link.number() == NATIONAL
        assert link.number() is None, "it still lies there"
        module.take()
        assert link.number() is None
        module.lay("110101198001010010")
        assert link.number() in ("110101198001010010", "")
        module.lay(NATIONAL)
        assert link.number() == NATIONAL

    def test_a_number_that_is_none_is_an_unknown_code(self, module: CardModule, link: IdCardLink) -> None:
        for number in ("11010519491231002Y", "", "一二三四五六七八九十一二三四五六七八"):
            module.lay(number)
            assert link.number() == ""
        assert card_event("") == CodePresented(None)

    def test_a_card_that_is_taken_away_while_it_is_read(self, module: CardModule, link: IdCardLink) -> None:
        module.lay(NATIONAL)
        module.fault = "unread"
        assert link.number() == ""

    @pytest.mark.parametrize("fault", ["silent", "noise", "cut", "checksum", "length"])
    def test_a_line_that_misbehaves_is_a_missing_reader_and_heals(
        self, module: CardModule, link: IdCardLink, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(id_card, "ANSWER_S", 0.2)
        module.fault = fault
        with pytest.raises(KioskError, match="reader-missing") as caught:
            link.number()
        assert module.device in caught.value.detail
        monkeypatch.setattr(id_card, "ANSWER_S", 2.0)
        module.fault = "some noise"
        module.lay(NATIONAL)
        assert link.number() == NATIONAL

    def test_no_such_device(self) -> None:
        with pytest.raises(KioskError, match="reader-missing"):
            IdCardLink("/dev/none", 115200).number()

    def test_what_a_card_holds_is_not_asked_for(self) -> None:
        event = card_event(NATIONAL)
        assert isinstance(event, CodePresented) and event.claim is not None
        assert (event.claim.kind, event.claim.source) == (ClaimKind.NATIONAL_ID, ClaimSource.CARD)
        assert event.claim.contains == HELD

    def test_the_watch_tells_and_goes_on_after_a_broken_line(
        self, module: CardModule, link: IdCardLink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(card_watch, "LOOK_EVERY_S", 0.01)
        monkeypatch.setattr(card_watch, "AWAY_S", 0.01)
        told: list[str] = []
        watch = CardWatch(link, told.append)
        watch.open()
        try:
            module.lay(NATIONAL)
            wait_until(lambda: told == [NATIONAL], "the card")
            module.fault = "checksum"
            seen = len(module.asked)
            wait_until(lambda: len(module.asked) > seen + 3, "more questions")
            module.fault = ""
            module.lay(NATIONAL)
            wait_until(lambda: told == [NATIONAL] * 2, "the card again")
            assert "reader" in watch.ask()
        finally:
            watch.close()


# --- vouchers ------------------------------------------------------------------------------------------------------
CODE = "5A1C0FFEE:330100/7+Q==:1"


def documented(url: str) -> str:
    """The configuration of the page, without its reader, at this address."""
    page = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("\nCards and codes:\n```toml\n")
    text = rest.partition("```")[0].replace("http://his.hospital/health-card", url)
    assert url in text and 'device = "/dev/ttyUSB0"\n' in text
    without = text.replace('device = "/dev/ttyUSB0"\n', "")
    return without.replace(f'"{url}"\n', f'"{url}"\nquery_s = 1\nconnect_s = 1\n')


@dataclass
class DecodeService:
    """Knows one code."""

    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    known: dict[str, dict[str, Any]] = field(default_factory=lambda: {CODE: {"idNo": NATIONAL}})
    lying: Any = None

    def lie(self, sent: Sent) -> Sent | None:
        return self.lying(sent) if self.lying else sent  # type: ignore[no-any-return]

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Sent:
        if method == "GET":
            return 404, "text/plain", b""
        self.asked.append(body)
        (code,) = parse_qs(body.decode())["ehealthCode"]
        told = {"code": 0, "data": self.known[code]} if code in self.known else {"code": 4011, "msg": "二维码已失效"}
        return 200, "application/json", json.dumps(told).encode()


@dataclass
class Voucher:
    """A service, and what the kiosk makes of a code."""

    service: DecodeService
    config: Path

    def claim(self, payload: str) -> Claim:
        event = code_event(payload, "QRCode", code_rules(load(self.config).codes))
        assert isinstance(event, CodePresented) and event.claim is not None
        return event.claim

    def resolved(self, payload: str = CODE) -> Claim:
        decoder = vouchers_of(load(self.config).voucher)
        assert decoder is not None
        try:
            return Vouchers(decoder).resolved(self.claim(payload))
        finally:
            decoder.close()

    def finding(self) -> Any:
        decoder = vouchers_of(load(self.config).voucher)
        assert decoder is not None
        (probe,) = reading_probes(None, decoder)
        found = probe.check()
        decoder.close()
        return found


@pytest.fixture
def voucher(tmp_path: Path) -> Iterator[Voucher]:
    with serving(DecodeService()) as service:
        config = tmp_path / "kiosk.toml"
        config.write_text(documented(service.url), encoding="utf-8")
        yield Voucher(service, config)


class TestVoucher:
    """The decoding of health cards and e-vouchers."""

    def test_a_code_becomes_a_number_and_is_sent_once(self, voucher: Voucher) -> None:
        assert voucher.claim(CODE).kind is ClaimKind.VOUCHER
        claim = voucher.resolved()
        assert (claim.kind, claim.value, claim.source) == (ClaimKind.NATIONAL_ID, NATIONAL, ClaimSource.QR)
        assert claim.contains == HELD and len(voucher.service.asked) == 1

    def test_other_codes_are_not_sent(self, voucher: Voucher) -> None:
        assert voucher.resolved("ACC1") == Claim(ClaimKind.ACCESSION, "ACC1") and voucher.service.asked == []

    @pytest.mark.parametrize(
        ("lie", "fault"),
        [
            (lambda sent: (200, sent[1], b'{"code": 4011}'), FaultCode.VOUCHER_REFUSED),
            (lambda sent: (200, sent[1], b'{"code": 0, "data": {}}'), FaultCode.VOUCHER_REFUSED),
            (lambda sent: (200, sent[1], b'{"code": 0, "data": {"patientId": "*"}}'), FaultCode.ARCHIVE_ERROR),
            (lambda sent: (200, sent[1], b'{"code": 0, "data": {"idNo": "123"}}'), FaultCode.VOUCHER_REFUSED),
            (lambda sent: (200, "text/html", b"<!DOCTYPE html>"), FaultCode.ARCHIVE_ERROR),
            (lambda sent: None, FaultCode.ARCHIVE_UNREACHABLE),
            (late, FaultCode.ARCHIVE_TIMEOUT),
            (lambda sent: (403, sent[1], b""), FaultCode.ARCHIVE_DENIED),
            (lambda sent: (200, sent[1], b" " * (64 << 20)), FaultCode.TOO_LARGE),
        ],
    )
    def test_what_is_no_number_is_a_fault_and_asked_once(self, voucher: Voucher, lie: Any, fault: FaultCode) -> None:
        voucher.service.lying = lie
        with pytest.raises(KioskError) as caught:
            voucher.resolved()
        assert caught.value.code is fault and len(voucher.service.asked) == 1
        assert CODE not in str(caught.value)

    def test_the_code_is_in_no_log(self, voucher: Voucher, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        voucher.resolved()
        voucher.service.lying = lambda sent: None
        with pytest.raises(KioskError):
            voucher.resolved()
        assert "5A1C0FFEE" not in caplog.text and NATIONAL not in caplog.text

    def test_the_doctor_tries_no_codes(self, voucher: Voucher) -> None:
        assert voucher.finding().ok and voucher.service.asked == []
        voucher.service.lying = lambda sent: None
        finding = voucher.finding()
        assert not finding.ok and "voucher.url" in finding.advice


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[card]\ndevice = "/dev/ttyUSB0"\n', "machine.id_card"),
        ('[voucher]\nurl = "http://his.hospital"\n', "belong together"),
        ('[[codes.patterns]]\npattern = "(?P<voucher>.+)"\n', "belong together"),
    ],
)
def test_half_a_reader_is_refused(text: str, said: str, tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(text)
    with pytest.raises(KioskError, match="config-invalid") as caught:
        load(config)
    assert said in caught.value.detail


def test_a_card_begins_a_visit_at_a_running_kiosk(module: CardModule, tmp_path: Path) -> None:
    """Wired as it ships: what is laid on the reader is posted."""
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f'[machine]\nid_card = "right"\n[card]\ndevice = "{module.device}"\n'
        f'[kiosk]\nstate_dir = "{tmp_path}/state"\nprivate_dir = "{tmp_path}/private"\n'
    )
    from kiosk.bootstrap import Outlets

    came, told = threading.Event(), []

    def post(event: Any) -> None:
        if isinstance(event, CodePresented):
            told.append(event.claim)
            came.set()

    application = build(load(config), Outlets(post))
    try:
        application.watch()
        module.lay(NATIONAL)
        assert came.wait(30) and told == [Claim(ClaimKind.NATIONAL_ID, NATIONAL)]
    finally:
        application.close()


@pytest.mark.parametrize(
    ("signs", "camera", "key"),
    [
        (Signs(), None, ""),
        (Signs(id_card="right"), None, "attract.card"),
        (Signs(voucher=True), None, "attract.voucher"),
        (Signs(id_card="right", voucher=True), None, "attract.card-voucher"),
        (Signs(id_card="right", voucher=True), FaultCode.CAMERA_MISSING, "attract.card"),
        (Signs(voucher=True), FaultCode.CAMERA_MISSING, ""),
    ],
)
@pytest.mark.parametrize("language", tags())
def test_the_first_screen_names_what_else_can_be_held(
    signs: Signs, camera: FaultCode | None, key: str, language: str
) -> None:
    texts = all_texts(lambda _: "3")[language]
    facts = Facts(Health(camera=camera), Policy(signs=signs))
    said = present(at.Idle(), Surroundings(facts, texts, datetime(2026, 11, 25, tzinfo=UTC))).body["card"]
    assert said == (texts(key, place=texts("place.right")) if key else "")


def test_a_whole_visit_with_a_health_card(voucher: Voucher, tmp_path: Path) -> None:
    """The code is decoded, what the number behind it holds is not asked for, and the report comes out."""
    who = {"PatientID": "P1", "PatientName": "王秀英", "PatientBirthDate": "19491231", "OtherPatientIDs": NATIONAL,
           "PatientTelephoneNumbers": "13800135678", "AccessionNumber": "ACC1"}  # fmt: skip
    report = pdf_report("1.2.3", "1.2.3.1", "1.2.3.1.1", pdf(tmp_path / "r.pdf", 1).read_bytes(), **who)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "r.dcm").write_bytes(report)
    place = '\n[archive]\nkind = "folder"\npath = "archive"\n[printers.report]\nkind = "folder"\npath = "printed"\n'
    place += "seconds_per_sheet = 0.1\n"
    config = voucher.config
    config.write_text(config.read_text(encoding="utf-8") + place, encoding="utf-8")
    slip = tmp_path / "phone.png"
    segno.make(CODE, error="m").save(str(slip), scale=8, border=4)
    code, told = journey(config, "--scan", str(slip), "--answer", "5678", "--reports")
    assert (code, told["outcome"], len(told["tasks"])) == (0, "delivered", 1), told
    assert len(list((tmp_path / "printed").glob("*.pdf"))) == 1 and len(voucher.service.asked) == 1
    kept = [file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert kept and not [data for data in kept if b"5A1C0FFEE" in data or NATIONAL.encode() in data]
