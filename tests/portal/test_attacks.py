"""Who steals, guesses, forges or asks for what is another's gets nothing, and is told nothing. Numbers: faults.md."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlencode

import anyio
import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from starlette.routing import Route

from kiosk.cloud.portal.gate import Gate
from kiosk.cloud.portal.pages import HERE
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.models import PortalLinkRow, SessionRow
from kiosk.cloud.portal.wrapping import RawKey
from kiosk.cloud.wire.keys import LinkSecret
from tests.support.cloud import ANSWER, FACTS, PortalServer, SealedExam, exam_of, packaged
from tests.support.person import Person
from tests.support.phone import PHONE
from tests.support.servers import program

Phone = Callable[..., AbstractContextManager[Page]]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"
INLINE = r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\bsrc=)|\|\s*safe\b"
CANARY = "金丝雀王五"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PortalServer]:
    """A portal whose store may be stolen."""
    with PortalServer(tmp_path) as running:
        yield running


@pytest.fixture
def patient(server: PortalServer, sealed: SealedExam) -> Person:
    link = server.link()
    server.bring(sealed, link)
    person = Person(server)
    assert person.answers(link.text).ok
    return person


# --- stolen stores -------------------------------------------------------------------------------------------------
def test_a_stolen_store_with_the_link_and_the_answer_but_not_the_key_opens_nothing(
    own: PortalServer, sealed: SealedExam
) -> None:
    link = own.link()
    own.bring(sealed, link)
    thief = Gate(LinkShelf(own.portal.store), RawKey(b"x" * 32))
    for answer in (ANSWER, "000000"):
        with pytest.raises(Exception, match="seal-broken"):
            thief.answer(link.text, None, answer, "x")


def test_canaries_are_in_no_database_object_or_name(own: PortalServer, tmp_path: Path) -> None:
    facts = FACTS.model_copy(update={"patient": CANARY, "accession": "ACC-CANARY-77"})
    sealed, link = exam_of([packaged()[2]], facts, text=f"{CANARY} 报告"), own.link()
    own.bring(sealed, link)
    person = Person(own)
    person.answers(link.text)
    share = person.shares(question="one-time-code")
    family = person.shared(person.post("/family", name=f"{CANARY}之女"))
    cookie = person.browser.cookies["film"]
    uid = b"1.3.6.1.4.1.5962.1.1.1"  # of the packaged CT
    assert any(uid in header for header in sealed.plain.found["header"])  # type: ignore[index]
    canaries = [CANARY.encode(), b"ACC-CANARY-77", ANSWER.encode(), link.text.encode(), link.raw, cookie.encode(), uid,
                share.secret.encode(), share.code.encode(), family.secret.encode(), sealed.content.raw]  # fmt: skip
    with sqlite3.connect(tmp_path / "portal.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        found = [one for one in canaries if one in file.read_bytes() or one in file.name.encode()]
        assert found == [], file


# --- guessing ------------------------------------------------------------------------------------------------------
def test_case_81_a_hundred_thousand_random_secrets_hit_no_link(server: PortalServer, patient: Person) -> None:
    with server.portal.store.read() as session:
        known = set(session.scalars(select(PortalLinkRow.locator)))
    assert known
    assert not any(LinkSecret.new().locator in known for _ in range(100_000))


def test_case_81_the_limiter_trips_for_one_address_and_right_answers_do_not_count(
    own: PortalServer, sealed: SealedExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.cloud.portal.routes.door.MOST_ADDRESS", 12)
    link, guesser = own.link(), Person(own)
    own.bring(sealed, link)
    for _ in range(20):
        assert Person(own).answers(link.text).ok
    answers = [guesser.answers(LinkSecret.new().text).status_code for _ in range(14)]
    assert answers == [403] * 12 + [429] * 2


def answered_from(server: PortalServer, address: str, secret: str, answer: str) -> int:
    """The status of an answer that comes from this address, as the server knows it."""
    body = urlencode({"secret": secret, "answer": answer}).encode()
    headers = {"host": "x", "origin": server.origin, "sec-fetch-site": "same-origin",
               "content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}  # fmt: skip
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/open",
             "raw_path": b"/open", "query_string": b"", "client": (address, 1), "server": ("x", 80), "scheme": "http",
             "root_path": "", "headers": [(a.encode(), b.encode()) for a, b in headers.items()]}  # fmt: skip
    told: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, object]) -> None:
        if message["type"] == "http.response.start":
            told.append(int(str(message["status"])))

    anyio.run(server.portal.app, scope, receive, send)
    return told[0]


def test_case_83_one_guess_each_on_many_links_from_many_addresses_is_dammed_and_told(
    own: PortalServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kiosk.cloud.portal.routes.door.MOST_ALL", 30)
    links = [own.link() for _ in range(40)]
    answers = [answered_from(own, f"198.51.100.{n}", one.text, "000000") for n, one in enumerate(links)]
    assert answers == [403] * 30 + [429] * 10
    assert answered_from(own, "203.0.113.9", links[0].text, ANSWER) == 429, "nobody is heard now"
    assert "30 wrong ones in an hour of all addresses together" in caplog.text and "198.51" not in caplog.text


def test_case_89_unknown_wrong_over_and_used_up_look_alike(own: PortalServer, sealed: SealedExam) -> None:
    over, used, good = own.link(expires=1.0), own.link(), own.link()
    own.bring(sealed, used, good)
    for _ in range(5):
        Person(own).answers(used.text, "999999")
    tried = ((LinkSecret.new(), ANSWER), (over, ANSWER), (used, ANSWER), (good, "999999"))
    pages = [Person(own).answers(secret.text, answer) for secret, answer in tried]
    shapes = {(one.status_code, re.sub(r"[\w-]{43}", "SECRET", one.text)) for one in pages}
    assert len(shapes) == 1


# --- what is another's ---------------------------------------------------------------------------------------------
MUTATIONS: tuple[Callable[[str], str], ...] = (
    lambda path: path,
    lambda path: path + "/",
    lambda path: path + "..",
    lambda path: path.replace("/exams/", "/exams/%2e%2e/exams/"),
    lambda path: re.sub(r"/exams/([^/])", lambda m: f"/exams/%{ord(m[1]):02x}", path),
    lambda path: path + "%00",
    lambda path: path.replace("/exams/", "/EXAMS/"),
)
VERBS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")


def test_case_88_every_route_with_anothers_ids_is_refused_alike(server: PortalServer, patient: Person) -> None:
    theirs, link = exam_of([packaged()[2]]), server.link()
    server.bring(theirs, link)
    ids = {"{exam}": theirs.exam, "{index:int}": "0", "{media}": "plain"}
    paths = {route.path for route in server.portal.routes if isinstance(route, Route) and "{exam}" in route.path}
    paths = {path for path in paths if not path.startswith("/v1")}
    assert len(paths) >= 5
    named = ("/report", "/images", "/stack", "/viewer", "/help", "/share", "/download")
    paths |= {f"{page}?exam={{exam}}" for page in named}
    plain = patient.get("/nothing-here")
    for path in sorted(paths):
        for name, value in ids.items():
            path = path.replace(name, value)
        for mutation in MUTATIONS:
            answer = patient.get(mutation(path), allow_redirects=False)
            assert (answer.status_code, _shape(answer)) == (404, _shape(plain)), mutation(path)
    for verb in VERBS[2:]:
        answer = patient.browser.request(verb, f"{server.origin}/exams/{theirs.exam}/pictures/0", timeout=30)
        assert answer.status_code == 404, verb


def _shape(answer: requests.Response) -> str:
    """The page without the address it names."""
    return re.sub(r'(data-here="|to=)[^"]*', r"\1", answer.text)


@pytest.mark.parametrize("kind", ["pictures", "frames", "reports"])
def test_case_88_indexes_beyond_the_end_are_not_there(patient: Person, sealed: SealedExam, kind: str) -> None:
    for index in ("9999", "-1", "1e3", "99999999999999999999", "0x0", "٣"):
        assert patient.get(f"/exams/{sealed.exam}/{kind}/{index}").status_code == 404


# --- forged requests -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    ],
)
def test_case_91_forms_of_other_pages_do_nothing(
    server: PortalServer, patient: Person, sealed: SealedExam, headers: dict[str, str]
) -> None:
    link, token = server.link(), patient.token
    opening = {"secret": link.text, "answer": ANSWER}
    for path, fields in (("/open", opening), ("/share", {}), ("/share/stop", {}), ("/leave", {}),
                         ("/family", {"name": "x"}), ("/c", {"code": "A"}), ("/measure", {})):  # fmt: skip
        sent = {"origin": None, **headers} if "origin" not in headers else headers
        data = {"form": token, **fields}
        answer = patient.browser.post(server.origin + path, data=data, headers=sent, timeout=30)  # type: ignore[arg-type]
        assert answer.status_code == 403, path
    assert patient.sees("/film")


@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
def test_case_91_forms_without_the_sessions_token_do_nothing(
    server: PortalServer, patient: Person, token: str
) -> None:
    for path in ("/share", "/share/end", "/share/renew", "/share/stop", "/leave", "/family", "/help"):
        answer = patient.browser.post(server.origin + path, data={"form": token}, timeout=30)
        assert answer.status_code == 403, path
    assert patient.sees("/film")


def test_link_scanners_redeem_nothing(own: PortalServer, sealed: SealedExam) -> None:
    link = own.link()
    own.bring(sealed, link)
    for path in ("/l", "/s", "/open", "/c", f"/l?x={link.text}", f"/open?secret={link.text}&answer={ANSWER}"):
        for method in ("GET", "HEAD"):
            requests.request(method, own.origin + path, timeout=30)
    with own.portal.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SessionRow)) == 0
        row = session.get(PortalLinkRow, link.locator)
        assert row is not None and row.answers == 0


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/%2fevil", "javascript:x", "/a\r\nx:y"]
)
def test_case_91_no_open_redirect(server: PortalServer, to: str) -> None:
    answer = requests.get(f"{server.origin}/look", params={"to": to}, allow_redirects=False, timeout=30)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("body", [b"\xff" * 40, b"a=" + b"x" * 20_000, b"&".join(b"a=b" for _ in range(90))])
def test_forms_of_nonsense_are_refused(server: PortalServer, body: bytes) -> None:
    headers = {"origin": server.origin, "content-type": "application/x-www-form-urlencoded"}
    assert requests.post(f"{server.origin}/open", data=body, headers=headers, timeout=30).status_code in (400, 403)
    headers["content-type"] = "text/plain"
    assert requests.post(f"{server.origin}/open", data=b"a=b", headers=headers, timeout=30).status_code == 400


# --- what browsers are told and shown ------------------------------------------------------------------------------
def test_every_answer_has_the_safe_headers(server: PortalServer, patient: Person, sealed: SealedExam) -> None:
    place = f"/exams/{sealed.exam}"
    for path in ("/l", "/film", "/report", "/images", "/viewer", "/help", "/share", "/access", "/download", "/nothing",
                 f"{place}/pictures/0", f"{place}/reports/0", f"{place}/frames/0", f"{place}/viewer.json",
                 f"{place}/archive/small", "/v/" + "0" * 64, "/privacy"):  # fmt: skip
        headers = patient.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe-inline" not in policy and "unsafe-eval'" not in (
            policy.replace("'wasm-unsafe-eval'", "")
        )
        assert "frame-ancestors 'none'" in policy and headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers


def test_no_template_holds_inline_script_or_style() -> None:
    for file in sorted((HERE / "templates").glob("*.html")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(INLINE, text), file.name


def test_over_tls_the_cookie_is_bound_to_the_host(tmp_path: Path, sealed: SealedExam) -> None:
    with PortalServer(tmp_path, origin="https://film.example.org") as server:
        link = server.link()
        server.bring(sealed, link)
        form = {"secret": link.text, "answer": ANSWER}
        at = f"http://127.0.0.1:{server.port}/open"
        answer = requests.post(at, data=form, headers={"origin": "https://film.example.org"}, timeout=30)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-film=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
        assert "domain" not in cookie.lower()
        assert answer.headers["strict-transport-security"]


def test_case_91_script_in_names_is_text(server: PortalServer, phone: Phone) -> None:
    facts = FACTS.model_copy(update={"patient": SCRIPT, "description": SCRIPT, "hospital": SCRIPT, "accession": SCRIPT})
    sealed = exam_of([packaged()[2]], facts, text=SCRIPT)
    series = tuple(one.model_copy(update={"description": SCRIPT}) for one in sealed.manifest.series)
    keys = tuple(one.model_copy(update={"label": SCRIPT}) for one in sealed.manifest.keys)
    sealed = sealed.with_manifest(sealed.manifest.model_copy(update={"series": series, "keys": keys}))
    link, shown = server.link(), list[str]()
    server.bring(sealed, link)
    with phone() as page:
        page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
        page.goto(f"{server.origin}/l#{link.text}")
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        expect(page.locator("h1")).to_have_text(SCRIPT)
        for path in ("/report", "/images", "/stack", "/help", "/share", "/access", "/download"):
            page.goto(f"{server.origin}{path}?exam={sealed.exam}")
            assert page.locator("body script:not([src])").count() == 0
        page.fill("#name", SCRIPT) if page.locator("#name").count() else None
    assert shown == []


def test_case_76_what_is_no_picture_is_never_shown_as_one(server: PortalServer) -> None:
    sealed = exam_of([packaged()[2]], pdf=b"<html><script>alert(1)</script>")
    link, person = server.link(), Person(server)
    server.bring(sealed, link)
    person.answers(link.text)
    assert person.get(f"/exams/{sealed.exam}/reports/0").status_code == 404
    frame = person.get(f"/exams/{sealed.exam}/frames/0")
    assert frame.headers["content-type"] == "image/jphc"


def test_cases_86_87_nothing_stays_in_the_browser(
    browser: Browser, server: PortalServer, sealed: SealedExam, tmp_path: Path
) -> None:
    """The disk of a whole browser profile is searched after the visit: no name, no picture, and the secret only where
    the browser itself lists the addresses it was given, which no page can prevent (docs/threat-model.md)."""
    link = server.link()
    server.bring(sealed, link)
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=program("chromium", "chromium"), args=["--no-sandbox"], **PHONE
    )
    page = context.new_page()
    page.goto(f"{server.origin}/l#{link.text}")
    page.fill("input[name=answer]", ANSWER)
    page.click("#question [type=submit]")
    expect(page.locator("[data-layer=film] img")).to_be_visible()
    first = sealed.manifest.keys[0].pictures[0][1].picture
    picture = page.request.get(f"{server.origin}/exams/{sealed.exam}/pictures/{first}").body()
    page.click("[data-layer=report]")
    page.click(".foot button")
    page.go_back()
    assert page.locator("[data-layer=report] img").count() == 0, "the back button shows nothing any more"
    context.close()
    secret, canaries = link.text.encode(), (FACTS.patient.encode(), picture[40:120])
    files = [one for one in (tmp_path / "profile").rglob("*") if one.is_file()]
    assert not [file for file in files for one in canaries if one in file.read_bytes()]
    listed = {file.name.partition("_")[0] for file in files if secret in file.read_bytes()}
    own = {"History", "History-journal", "Session", "Tabs", "ukm"}  # what the browser itself keeps of addresses
    assert listed <= own


def test_case_87_the_secret_is_in_no_title_no_referrer_and_no_history(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link, seen = server.link(), list[str]()
    server.bring(sealed, link)
    with phone() as page:
        page.on("request", lambda one: seen.append(f"{one.url} {one.headers.get('referer', '')}"))
        page.goto(f"{server.origin}/l#{link.text}")
        assert link.text not in page.title()
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        page.click("[data-layer=images]")
        page.go_back()
        page.go_back()
        assert link.text not in page.url
    assert seen and not [one for one in seen if link.text in one], "the fragment is never sent"


def test_a_fault_of_ours_tells_nothing(own: PortalServer, sealed: SealedExam, monkeypatch: pytest.MonkeyPatch) -> None:
    link, person = own.link(), Person(own)
    own.bring(sealed, link)
    person.answers(link.text)
    own.portal.store.engine.dispose()
    monkeypatch.setattr(LinkShelf, "session", lambda *_: 1 / 0)
    answer = person.get("/film")
    assert answer.status_code == 500 and "Traceback" not in answer.text and "ZeroDivision" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_browsers_of_one_context_do_not_share_a_film(browser: Browser, server: PortalServer, patient: Person) -> None:
    context = browser.new_context()
    assert context.request.get(f"{server.origin}/film").status == 404
    context.close()
