"""The figures in browsers: a page with its picture, what is behind a figure, the calculator, files, the check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from kiosk.domain.trail import AuditRecord, EventKind
from tests.support.desk import Clerk, DeskServer


@pytest.fixture(scope="module")
def admin(desk: DeskServer) -> Iterator[Clerk]:
    for who, modality in (("ann", "CT"), ("bob", "CT"), ("cat", "MR")):
        details: dict[str, str | int] = {"modalities": modality, "how": "screen", "studies": 1}
        made = AuditRecord(EventKind.LINK_MADE, kiosk="kiosk-1", visit=f"v-{who}", subject=who, details=details)
        desk.ledger.append(made)
    with desk.clerk("admin") as clerk:
        clerk.see("/language", params={"tag": "en"})
        yield clerk


def test_a_figure_stands_beside_its_picture_and_opens_its_records(admin: Clerk) -> None:
    page = admin.see("/figures/R1").text
    assert 'data-view="figures"' in page and '<svg class="chart"' in page
    assert not re.search(r"\sstyle=|<style", page), "the page's policy would not let it be seen"
    row = re.search(r"<td[^>]*>CT</td>.*?</tr>", page, re.DOTALL)
    assert row is not None
    href, figure = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', row[0])[1]
    assert figure == "2"
    opened = admin.see(unescape(href)).text
    assert opened.count("<tr data-row") == 2 and 'href="/log?visit=v-ann"' in opened
    assert admin.see("/figures/R9").status_code == 404
    assert 'role="alert"' in admin.see("/figures/R1", params={"first": "2026-13-01"}).text
    assert 'role="alert"' in admin.see("/figures/R1", params={"first": "1026-01-01"}).text
    beside = admin.see("/figures/R1", params={"against": "year"}).text
    assert 'class="was"' in beside and "compared with" in beside


def test_the_calculator_reproduces_the_published_years(admin: Clerk) -> None:
    typed = {"before_exams": "184,612", "before_films_per_exam": "3", "before_film_price": "18",
             "before_uncollected": "8863", "before_cloud_visits": "0", "after_films_printed": "4625",
             "after_film_price": "18", "after_cloud_visits": "197112", "after_cloud_fee": "20"}  # fmt: skip
    page = admin.see("/figures/R2", params=typed).text
    assert all(figure in page for figure in ("9,969,048", "159,534", "4,025,490", "5,943,558", "59.13"))
    example = re.search(r'href="(/figures/R2\?given=[^"]+)"', page)
    assert example is not None and "4,025,490" in admin.see(unescape(example[1])).text
    assert 'role="alert"' in admin.see("/figures/R2", params={"before_exams": "many"}).text


def test_files_are_taken_away_and_noted(desk: DeskServer, admin: Clerk) -> None:
    starts = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}
    for kind, start in starts.items():
        taken = admin.submit("/figures/take", number="R1", kind=kind)
        assert taken.content.startswith(start) and "attachment" in taken.headers["content-disposition"]
        assert desk.audited("log-exported")[0].details["what"] == f"figures R1 {kind}"
    assert admin.submit("/figures/take", number="R1", kind="exe").status_code == 403


def test_the_check_says_that_figures_follow_from_events(admin: Clerk) -> None:
    assert "alert good" in admin.submit("/figures/check", number="R1").text
