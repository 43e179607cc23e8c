"""Link, question, film: what a patient does, in a real browser of a phone's size."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import requests
from playwright.sync_api import Page, expect

from kiosk.cloud.portal.pages import HERE
from kiosk.domain.person.identity import Question
from tests.support.cloud import ANSWER, FACTS, PortalServer, SealedExam, exam_of

Phone = Callable[..., AbstractContextManager[Page]]


def opened(page: Page, server: PortalServer, secret: str, answer: str = ANSWER) -> None:
    page.goto(f"{server.origin}/l#{secret}")
    page.fill("input[name=answer]", answer)
    page.click("#question [type=submit]")


def test_a_link_and_the_right_answer_show_the_film(server: PortalServer, sealed: SealedExam, phone: Phone) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as page:
        page.goto(f"{server.origin}/l#{link.text}")
        expect(page.locator("#question [type=submit]")).to_have_count(1)
        assert page.url == f"{server.origin}/l", "the secret has left the address bar"
        assert page.evaluate("history.length") <= 2
        page.fill("input[name=answer]", ANSWER.replace("X", "*"))
        page.click("#question [type=submit]")
        expect(page.locator("[data-layer=film] img")).to_be_visible()
        page.wait_for_function("document.querySelector('.stage img').naturalWidth === 512")
        assert page.url == f"{server.origin}/film"
        assert link.text not in page.content()
        for hook in ("[data-layer=report]", "[data-layer=images]", "[data-action=viewer]", "[data-action=share]",
                     "[data-action=download]", "[data-action=help]"):  # fmt: skip
            expect(page.locator(hook)).to_have_count(1)
        page.reload()
        expect(page.locator("[data-layer=film] img")).to_be_visible()


def test_next_previous_and_windows_are_links_that_need_no_script(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as page:
        opened(page, server, link.text)
        cookies = page.context.cookies()
        with phone(java_script_enabled=False) as plain:
            plain.context.add_cookies(cookies)  # type: ignore[arg-type]
            plain.goto(f"{server.origin}/film")
            first = plain.get_attribute(".stage img", "src")
            plain.click("[rel=next]")
            assert plain.get_attribute(".stage img", "src") != first
            expect(plain.locator(".count")).to_have_text("2 / 4")
            plain.click("[rel=prev]")
            plain.click(".chips a:nth-child(2)")
            expect(plain.locator(".chips [aria-current]")).to_have_text("肺窗")
            assert plain.get_attribute(".stage img", "src") != first


def test_a_wrong_answer_says_what_to_do_and_another_try_needs_no_new_scan(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as page:
        opened(page, server, link.text, "310021")
        expect(page.locator("[role=alert]")).to_contain_text("不相符")
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        expect(page.locator("[data-layer=film] img")).to_be_visible()


@pytest.mark.parametrize(
    ("question", "on_file", "typed"),
    [
        (Question.BIRTH_DATE, "19530214", "1953-02-14"),
        (Question.PHONE_LAST_FOUR, "4711", "４７１１"),
        (Question.ID_LAST_SIX, "31002X", "31002x"),
    ],
)
def test_any_of_the_hospitals_questions_is_answered_in_one_field(
    server: PortalServer, question: Question, on_file: str, typed: str
) -> None:
    link = server.link({question: on_file})
    form = {"secret": link.text, "answer": typed}
    answer = requests.post(f"{server.origin}/open", data=form, headers={"origin": server.origin}, timeout=30)
    assert answer.status_code == 200


def test_a_link_without_its_secret_says_so(server: PortalServer, phone: Phone) -> None:
    with phone() as page:
        page.goto(f"{server.origin}/l")
        expect(page.locator("#no-link")).to_be_visible()
        expect(page.locator("#question")).to_be_hidden()


def test_language_and_size_keep_the_link_and_the_page(server: PortalServer, sealed: SealedExam, phone: Phone) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as page:
        page.goto(f"{server.origin}/l#{link.text}")
        page.click("[data-action=large]")
        expect(page.locator("html.large")).to_have_count(1)
        page.click("nav.look summary")
        page.get_by_text("English").click()
        expect(page.locator("h1")).to_have_text("Open your imaging exam")
        assert page.url == f"{server.origin}/l"
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        page.click("[rel=next]")
        page.click("[data-action=large]")
        expect(page.locator(".count")).to_have_text("2 / 4")
        expect(page.locator("html.large")).to_have_count(0)


def test_opened_before_the_exam_is_there_the_page_goes_on_by_itself(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link = server.link()
    with phone() as page:
        opened(page, server, link.text)
        expect(page.locator("progress")).to_be_visible()
        server.bring(exam_of(), link)
        expect(page.locator("[data-layer=film] img")).to_be_visible(timeout=60_000)


def test_a_session_that_was_closed_shows_nothing_more(server: PortalServer, sealed: SealedExam, phone: Phone) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone() as page:
        opened(page, server, link.text)
        picture = f"/exams/{sealed.exam}/pictures/{sealed.manifest.keys[0].pictures[0][1].picture}"
        assert page.request.get(f"{server.origin}{picture}").ok
        page.click(".foot button")
        expect(page.locator("h1")).to_contain_text("已关闭")
        assert page.request.get(f"{server.origin}{picture}").status == 404
        assert page.goto(f"{server.origin}/film").status == 404  # type: ignore[union-attr]


def test_the_script_of_the_door_is_small_and_old() -> None:
    script = (HERE / "static" / "door.js").read_text(encoding="utf-8")
    assert len(script.encode()) <= 2048
    assert not {"=>", "let ", "const ", "`"} & set(script.replace("(", " (").split())


def test_html_and_first_picture_are_small(server: PortalServer, sealed: SealedExam) -> None:
    link = server.link()
    server.bring(sealed, link)
    browser = requests.Session()
    form = {"secret": link.text, "answer": ANSWER}
    page = browser.post(f"{server.origin}/open", data=form, headers={"origin": server.origin}, timeout=30)
    first = sealed.manifest.keys[0].pictures[0][1].picture
    picture = browser.get(f"{server.origin}/exams/{sealed.exam}/pictures/{first}", timeout=30)
    assert picture.headers["content-type"] == "image/webp"
    assert len(page.content) <= 35_000
    assert f"data:image/webp;base64,{b64encode(picture.content).decode()}" in page.text, "spares a journey"
    assert "data:" not in browser.get(f"{server.origin}/film", timeout=30).headers["content-security-policy"]


@pytest.mark.parametrize(("asked", "name"), [("en-GB,en", "City People&#39;s Hospital"), ("zh-CN", "市人民医院")])
def test_the_hospital_has_its_name_in_the_phones_language(server: PortalServer, asked: str, name: str) -> None:
    facts = FACTS.model_copy(update={"hospitals": {"en": "City People's Hospital"}})
    link = server.link()
    server.bring(exam_of(facts=facts), link)
    headers = {"origin": server.origin, "accept-language": asked}
    form = {"secret": link.text, "answer": ANSWER}
    assert name in requests.post(f"{server.origin}/open", data=form, headers=headers, timeout=30).text
