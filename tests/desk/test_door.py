"""In, out, locked, forged: the desk's door."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.config import DeskSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.desk.accounts import hashed
from tests.support.desk import DeskServer


def test_the_way_in_and_out(desk: DeskServer) -> None:
    clerk = desk.clerk()
    first = clerk.see("/calls")
    assert first.url.endswith("/login?to=%2Fcalls")
    assert 'input name="name"' in first.text and 'input name="pin"' in first.text
    assert clerk.log_in("nurse", "9999").status_code == 403
    inside = clerk.log_in("nurse")
    assert inside.ok and 'data-view="today"' in inside.text
    cookie = next(one for one in clerk.cookies if one.name == "desk")
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "strict"
    kept = dict(clerk.cookies)
    assert clerk.submit("/leave").url.endswith("/login")
    clerk.cookies.update(kept)
    assert "/login" in clerk.see("/today").url, "the session is over, whoever has kept its cookie"
    assert [event.outcome for event in desk.audited("staff-login")[:2]] == ["ok", "refused"]


def test_a_session_that_nobody_uses_is_locked_though_its_page_asks(hospital: Path, tmp_path: Path) -> None:
    with DeskServer(hospital, tmp_path) as desk:
        clerk = desk.clerk("nurse")
        assert clerk.see("/calls/live", headers={"x-live": "1"}).ok
        store = desk.ledger.store  # type: ignore[attr-defined]
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE desk_sessions SET seen = seen - 60 * 16")
        assert clerk.see("/calls/live", headers={"x-live": "1"}).status_code == 401
        assert "/login" in clerk.see("/today").url
        clerk.log_in("nurse")
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE desk_sessions SET since = since - 3600 * 13")
        assert "/login" in clerk.see("/today").url, "the longest session is over, used or not"


def test_an_account_that_is_switched_off_is_out_at_once(desk: DeskServer) -> None:
    desk.ledger.add_staff(StaffMember("gone", Role.NURSE), hashed("8642"))
    clerk = desk.clerk()
    assert clerk.log_in("gone", "8642").ok
    desk.ledger.set_staff("gone", enabled=False)
    assert "/login" in clerk.see("/today").url


def test_five_wrong_pins_lock_the_account(desk: DeskServer) -> None:
    desk.ledger.add_staff(StaffMember("locked", Role.NURSE), hashed("8642"))
    clerk = desk.clerk()
    statuses = [clerk.log_in("locked", "1357").status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]
    assert clerk.log_in("locked", "8642").status_code == 429, "the right one too, for five minutes"
    assert desk.clerk("nurse").see("/today").ok


def test_forged_forms_are_refused(desk: DeskServer) -> None:
    clerk, own = desk.clerk("nurse"), {"origin": desk.origin}
    before = len(desk.audited("staff-search"))
    assert clerk.submit("/today", headers={"origin": "https://elsewhere.example"}, query="张").status_code == 403
    assert clerk.submit("/today", headers={"sec-fetch-site": "cross-site"}, query="张").status_code == 403
    assert clerk.submit("/today", form="0" * 64, query="张").status_code == 403
    assert clerk.submit("/today", form=desk.clerk("admin").token, query="张").status_code == 403
    assert clerk.post(f"{desk.origin}/today", json={"query": "张"}, headers=own, timeout=60).status_code == 403
    assert len(desk.audited("staff-search")) == before


def test_pages_run_no_script_of_their_own_and_are_kept_nowhere(desk: DeskServer) -> None:
    answer = desk.clerk("nurse").see("/today")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-frame-options"] == "DENY"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", answer.text)


def test_after_the_log_in_it_goes_on_to_no_other_site(desk: DeskServer) -> None:
    for to in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        clerk = desk.clerk()
        assert clerk.submit("/login", name="nurse", pin="2468", to=to).url == f"{desk.origin}/today"
        assert clerk.see("/language", params={"tag": "en", "to": to}).url.startswith(desk.origin)


def test_pins_cross_the_network_encrypted_or_not_at_all() -> None:
    for wrong in ({"origin": "http://desk.example.org"}, {"certificate": "chain.pem"}):
        with pytest.raises(ValueError, match=r"https|belong together"):
            DeskSettings.model_validate(wrong)


def test_a_ledger_that_is_away_is_said_and_tried_again(desk: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = desk.clerk("nurse")

    def away() -> list[StaffMember]:
        raise KioskError(FaultCode.STORE_UNAVAILABLE)

    with monkeypatch.context() as patch:
        patch.setattr(desk.ledger, "staff", away)
        answer = clerk.see("/calls")
        assert answer.status_code == 503 and "data-again" in answer.text and answer.headers["retry-after"]
        assert clerk.submit("/calls/done", code="4821").status_code == 503
    assert clerk.see("/calls").ok
