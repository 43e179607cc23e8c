"""The parts of the decoding cascade: table, likelihood, evidence, regions, strips, reader."""

from __future__ import annotations

import itertools
import random
import re
import string
from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from kiosk.adapters.camera.pictures import load_picture
from kiosk.adapters.symbols import CascadeReader, LiveReader, grey_of, likelihood, regions, strips
from kiosk.adapters.symbols.code128 import STOP, WIDTHS, checked, modules, text_of
from kiosk.adapters.symbols.recover import Opinions, code128_views
from kiosk.adapters.symbols.zbar import ZbarDecoder
from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import Hint, Reading
from tests.support.lobby_frames import EASY, HARD, MEDIUM, View, blinds, lobby_frame, photograph, slip, symbol
from tests.support.shared_data import SHARED, photographs

Floats = NDArray[np.float32]
MISSED = SHARED / "barcodes" / "lobby_easy_missed.png"
ANYTHING = re.compile(r"[\x20-\x7e]+")


def encoded(values: list[int]) -> NDArray[np.bool_]:
    """Modules of a whole symbol with check and stop character, True where dark."""
    total = values[0] + sum(place * value for place, value in enumerate(values))
    return np.concatenate([*(modules(WIDTHS[value]) for value in [*values, total % 103]), modules(STOP)])


def in_set_b(text: str) -> list[int]:
    return [104, *(ord(character) - 32 for character in text)]


def seen(dark: NDArray[np.bool_], module: float, blur: float, noise: float, seed: int, bend: float = 0.0) -> Floats:
    """A profile at strips.SCALE columns a pixel of `module` pixels, blurred by `blur` modules."""
    width = round(len(dark) * module * strips.SCALE)
    quiet = round(12 * module * strips.SCALE)
    part = np.linspace(0, 1, width, endpoint=False)
    # the inverse of u + bend u (1 - u), good enough for small bends
    source = part - bend * part * (1 - part)
    levels = np.where(dark[np.clip((source * len(dark)).astype(int), 0, len(dark) - 1)], 40.0, 210.0)
    profile = np.concatenate([np.full(quiet, 210.0), levels, np.full(quiet, 210.0)])[None].astype(np.float32)
    soft = cv2.GaussianBlur(profile, (0, 0), sigmaX=blur * module * strips.SCALE, sigmaY=0.01)[0]
    return np.asarray(soft + np.random.default_rng(seed).normal(0, noise, len(soft)), np.float32)


def test_the_table_is_a_prefix_free_set_of_eleven_modules_with_even_bars() -> None:
    assert len(set(WIDTHS)) == 106
    assert {sum(map(int, widths)) for widths in WIDTHS} == {11}
    assert {sum(map(int, widths[::2])) % 2 for widths in WIDTHS} == {0}
    assert sum(map(int, STOP)) == 13


@pytest.mark.parametrize("text", ["CT20261124001", "12345678", "a-B.c_9", "Z"])
def test_the_table_agrees_with_another_writer(text: str) -> None:
    drawn = np.asarray(
        zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128), scale=1)
    )
    row = drawn[drawn.shape[0] // 2] < 128
    dark = row[row.argmax() : len(row) - row[::-1].argmax()]
    characters = [
        next((value for value, widths in enumerate(WIDTHS) if (modules(widths) == dark[at : at + 11]).all()), -1)
        for at in range(0, len(dark) - 13, 11)
    ]
    assert checked(characters)
    assert text_of(characters[:-1]) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([105, 12, 34, 100, 33], "1234A"),
        ([104, 33, 99, 12, 100, 34], "A12B"),
        ([103, 33, 64, 100, 65], "A\x00a"),
        ([104, 65, 98, 65, 65], "a\x01a"),
        ([104, 102, 33], "A"),
        ([104, 100, 33], None),  # FNC4
        ([105], None),
    ],
)
def test_code_sets_and_shifts(values: list[int], text: str | None) -> None:
    assert text_of(values) == text


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("module", "blur", "bend"), [(1.4, 0.55, 0.0), (2.0, 0.6, 0.05), (3.5, 0.3, -0.04)])
def test_likelihood_reads_blurred_narrow_modules_in_both_directions(
    module: float, blur: float, bend: float, turned: bool
) -> None:
    chance = random.Random(int(module * 10))
    for seed in range(3):
        text = "".join(chance.choices(string.ascii_uppercase + string.digits, k=chance.randrange(8, 16)))
        profile = seen(encoded(in_set_b(text)), module, blur, 3.0, seed, bend)
        match = likelihood.decode(np.ascontiguousarray(profile[::-1]) if turned else profile, strips.SCALE)
        assert match is not None
        assert (match.text, match.turned) == (text, turned)
        assert match.quality > 0.9


@pytest.mark.parametrize(("spoilt", "views"), [((4, 9), 2), ((4, 4), 0)], ids=["different", "the same"])
def test_characters_spoilt_in_one_half_each_are_found_in_the_other(spoilt: tuple[int, int], views: int) -> None:
    """No two bands agree on all; where both halves are spoilt in the same place the check character is wrong."""
    text = "CT20261124XR"
    profile = seen(encoded(in_set_b(text)), 2.5, 0.4, 1.0, 4)
    strip = np.clip(np.repeat(profile[None], 96, 0), 0, 255).astype(np.uint8)
    for rows, place in zip((slice(0, 31), slice(-31, None)), spoilt, strict=True):
        first = round((12 + 11 * place) * 2.5 * strips.SCALE)
        part = strip[rows, first : first + round(11 * 2.5 * strips.SCALE)]
        part[:] = part[:, ::-1]
    match = likelihood.decode(strip.mean(0, dtype=np.float32), strips.SCALE)
    assert match is not None and match.quality > likelihood.SURE
    said, by = code128_views(strip, match)
    assert (said, len(by)) == (text if views else "", views)


def test_a_wrong_check_character_is_no_text() -> None:
    dark = encoded(in_set_b("CT20261124"))
    dark[-24:-13] = modules(WIDTHS[(WIDTHS.index("".join(_widths(dark[-24:-13]))) + 1) % 100])
    match = likelihood.decode(seen(dark, 2.5, 0.4, 2.0, 1), strips.SCALE)
    assert match is not None
    assert match.text is None


def _widths(dark: NDArray[np.bool_]) -> list[str]:
    return [str(len(list(run))) for _, run in itertools.groupby(dark)]


def test_noise_and_stripes_are_no_good_match() -> None:
    chance = np.random.default_rng(5)
    profiles = [chance.normal(128, 30, 1200).astype(np.float32) for _ in range(5)]
    profiles += [(128 + 60 * np.sign(np.sin(np.arange(1500) / period))).astype(np.float32) for period in (2, 3, 5)]
    matches = [likelihood.decode(profile, strips.SCALE) for profile in profiles]
    assert all(match is None or match.quality < 0.9 or match.text is None for match in matches)


@pytest.mark.parametrize("length", [0, 1, 50, 99, 100, 101])
def test_short_and_flat_profiles_are_nothing(length: int) -> None:
    assert likelihood.decode(np.zeros(length, np.float32), strips.SCALE) is None


def test_evidence_needs_two_views_and_no_contradiction() -> None:
    evidence = Opinions(ANYTHING)
    evidence.add("one", [("QRCode", "A")])
    evidence.add("one", [("QRCode", "A")])
    assert evidence.agreed() == []
    assert evidence.single() == [("QRCode", "A")]
    evidence.add("two", [("QRCode", "A")])
    assert evidence.agreed() == [("QRCode", "A")]
    torn = Opinions(ANYTHING)
    for view in ("one", "two"):
        torn.add(view, [("QRCode", "A"), ("QRCode", "B")])
    torn.add("three", [("QRCode", "C")])
    assert torn.agreed() == []


def test_evidence_is_only_what_is_plausible() -> None:
    evidence = Opinions(re.compile(r"CT\d{8}"))
    for view in ("one", "two"):
        evidence.add(view, [("Code128", "garbage")])
    assert evidence.agreed() == []


@pytest.mark.parametrize("turn", [-40.0, -5.0, 0.0, 20.0, 45.0, 80.0])
def test_bar_regions_tell_place_and_direction(turn: float) -> None:
    frame = lobby_frame("Code128", "CT20261124001", View(module=2.4, turn=turn), 3)
    found = regions.bar_regions(regions.texture(frame))
    nearest = min(found, key=lambda region: float(np.hypot(*(region.cells.mean(0) - (640, 330)))))
    away = (np.rad2deg(nearest.angle) - turn + 90) % 180 - 90
    assert abs(away) < 3
    line = strips.line_of(nearest)
    assert line is not None
    straight = strips.straighten(frame, strips.straighten(frame, line))
    upper, lower = strips.bands(strips.strip(frame, straight), 2)
    assert abs(strips._shift(upper, lower)) < strips.SCALE  # less than a pixel over half the height


@pytest.mark.parametrize(
    ("turn", "rows", "stripes"),
    [(9.0, slice(60, 330), (18.0, 40.0, 60.0)), (9.0, slice(200, 400), (18.0, 40.0, 60.0)),
     (-9.0, slice(72, 300), (30.0, 12.0, 40.0)), (9.0, slice(60, 330), (36.0, -10.0, 60.0))],
)  # fmt: skip
def test_a_long_symbol_a_little_turned_is_read_before_blinds(
    turn: float, rows: slice, stripes: tuple[float, float, float]
) -> None:
    """No row of the frame crosses all its bars, and the blinds behind touch it: one region held both."""
    text = "DXAZ82RKGC38RA3"
    band = slip(symbol("Code128", text), np.random.default_rng(9))[rows]  # as low as on a wrist band
    frame = photograph(band, replace(EASY, turn=turn), 9, behind=lambda scene: blinds(scene, *stripes))
    assert not ZxingDecoder(["Code128"]).rare(frame), "too easy: one look is enough"
    assert [one.text for one in CascadeReader(budget_ms=10_000).read(frame, thorough=True).symbols] == [text]


@pytest.mark.skipif(not MISSED.exists(), reason="the photograph lies beside the repository")
def test_the_frame_that_a_patient_was_told_to_hold_still_with_is_read() -> None:
    grey = grey_of(load_picture(MISSED))
    assert [one.text for one in CascadeReader(budget_ms=10_000).read(grey, thorough=True).symbols] == [
        "DXAZ82RKGC38RA3"
    ]


def test_bars_and_what_runs_another_way_beside_them_are_two_regions() -> None:
    rows, columns = np.mgrid[0:480, 0:640]
    frame = np.where(np.where(rows < 240, columns, rows) // 5 % 2, 220, 30).astype(np.uint8)
    frame[:120] = frame[360:] = 128
    first, second = regions.bar_regions(regions.texture(frame))
    assert sorted(round(abs(np.rad2deg(one.angle))) for one in (first, second)) == [0, 90]
    assert abs(float(first.cells[:, 1].mean()) - float(second.cells[:, 1].mean())) > 80


def test_clear_bars_within_a_crowd_stand_alone_and_nothing_is_looked_at_twice() -> None:
    """Bars on a weakly striped, woolly cloth make one region with it; where nothing but bars is, there is a second."""
    _, columns = np.mgrid[0:480, 0:800]
    cloth = 128 + 25 * np.sign(np.sin(columns * 2 * np.pi / 14)) + np.random.default_rng(3).normal(0, 24, (480, 800))
    cloth[:, :240] = 128
    frame = np.clip(cloth, 0, 255).astype(np.uint8)
    frame[180:300, 400:660] = np.where(columns[180:300, 400:660] // 5 % 2, 220, 30)
    texture = regions.texture(np.asarray(cv2.GaussianBlur(frame, (0, 0), 0.7), np.uint8))
    (crowd,) = regions.bar_regions(texture)
    (clear,) = regions.clear_regions(texture, [crowd])
    assert crowd.box(0, frame.shape) == (224, 0, 800, 480)
    assert np.abs(np.subtract(clear.box(0, frame.shape), (400, 180, 660, 300))).max() <= 2 * regions.CELL
    assert regions.clear_regions(texture, [crowd, clear]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 7), (24, 24), (25, 3000), (2000, 30), (64, 64)])
def test_frames_of_any_shape_and_content_are_read_without_an_exception(shape: tuple[int, int]) -> None:
    reader = CascadeReader(("all",))
    chance = np.random.default_rng(sum(shape))
    bars = np.broadcast_to(np.where(np.arange(shape[1]) // 3 % 2, 255, 0), shape).astype(np.uint8)
    for frame in (
        np.zeros(shape, np.uint8),
        np.full(shape, 255, np.uint8),
        bars,
        np.ascontiguousarray(bars),
        chance.integers(0, 256, shape, dtype=np.uint8),
    ):
        for thorough in (True, False):
            assert isinstance(reader.read(frame, thorough), Reading)


def test_the_budget_ends_the_search() -> None:
    frame = lobby_frame("Code128", "CT20261124001", HARD, 7)
    asked = itertools.count()
    patient = CascadeReader(clock=lambda: 0.0)
    hasty = CascadeReader(budget_ms=1, clock=lambda: next(asked) * 10.0)
    blank = photograph(None, HARD, 12)
    assert patient.read(frame, True).symbols
    assert hasty.read(blank, True).symbols == ()
    assert next(asked) < 12


def test_a_recovered_text_must_match_the_pattern_and_a_clean_one_need_not() -> None:
    picky = CascadeReader(pattern=re.compile(r"MR\d+"), budget_ms=10_000)
    hard = lobby_frame("Code128", "CT20261124001", HARD, 7)
    assert [one.clean for one in CascadeReader(budget_ms=10_000).read(hard, True).symbols] == [False]
    assert picky.read(hard, True).symbols == ()
    assert [one.text for one in picky.read(lobby_frame("Code128", "CT2026", EASY, 7), True).symbols] == ["CT2026"]


def test_live_a_hand_that_moves_gets_a_hint_and_a_still_one_is_read() -> None:
    live = LiveReader(CascadeReader(budget_ms=10_000))
    frames = [lobby_frame("Code128", "CT20261124001", MEDIUM, seed) for seed in (7, 7, 7, 7)]
    accepted = [result.accepted.text for frame in frames if (result := live.feed(frame)).accepted]
    assert accepted == ["CT20261124001"]


def test_live_an_unchanging_scene_is_searched_a_few_times_then_seldom_and_at_once_when_it_changes() -> None:
    ticks = itertools.count()
    reader = CascadeReader(budget_ms=10_000, clock=lambda: float(next(ticks)) * 1e-6)
    stripes = np.full((480, 640), 120, np.uint8)
    stripes[100:300, 100:500] = np.where(np.arange(400) // 5 % 2, 190, 60)

    def searched(frame: NDArray[np.uint8]) -> bool:
        before = next(ticks)
        reader.read(frame, thorough=False)
        return next(ticks) - before > 2  # a search asks the clock whether it is late

    seen = [searched(stripes) for _ in range(24)]
    assert seen[:5] == [True] * 5
    assert 1 <= sum(seen[6:]) <= 4
    changed = stripes.copy()
    changed[320:420, 300:600] = 230
    assert any(searched(changed) for _ in range(2))


def test_what_one_view_said_in_an_earlier_frame_counts() -> None:
    evidence = Opinions(ANYTHING)
    evidence.add("an earlier frame", [("Code128", "CT1")])
    evidence.add("likelihood", [("Code128", "CT1")])
    assert evidence.agreed() == [("Code128", "CT1")]


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        (np.full((720, 1280), 12, np.uint8), Hint.TOO_DARK),
        (np.full((720, 1280), 215, np.uint8), Hint.TURN_PAPER),
        (np.full((720, 1280), 110, np.uint8), Hint.NONE),
        (np.minimum(cv2.resize(symbol("Code39", "CT20261124001")[:, :900], (1280, 720)), 235), Hint.FURTHER),
    ],
)
def test_hints_from_the_frame_itself(frame: NDArray[np.uint8], hint: Hint) -> None:
    reader = CascadeReader()
    readings = [reader.read(frame, thorough=False) for _ in range(2)]
    assert readings[-1].hint is hint


def test_a_distant_code_asks_to_come_nearer_and_a_moving_one_to_hold_still() -> None:
    distant = lobby_frame("Code128", "CT20261124001", View(module=0.9, blur=1.0), 3)
    reader = CascadeReader()
    assert reader.read(distant, thorough=False).hint is Hint.HOLD_STILL
    assert reader.read(distant, thorough=False).hint is Hint.NEARER


def test_unknown_symbologies_are_a_configuration_fault() -> None:
    with pytest.raises(KioskError) as caught:
        CascadeReader(("Code128", "Runes"))
    assert caught.value.code is FaultCode.CONFIG_INVALID


def test_control_characters_come_out_as_they_are() -> None:
    picture = symbol("QRCode", "A\x1b[2J\r\nB")
    assert [one.text for one in ZxingDecoder(["QRCode"]).frame(picture)] == ["A\x1b[2J\r\nB"]


def test_zbar_answers_in_ascii_only_and_only_what_is_configured() -> None:
    plain, chinese = symbol("QRCode", "CT20261124"), symbol("QRCode", "王小东")
    assert ZbarDecoder(["QRCode"]).patch(plain) == [("QRCode", "CT20261124")]
    assert ZbarDecoder(["QRCode"]).patch(chinese) == []
    assert ZbarDecoder(["Code128"]).patch(plain) == []
    assert ZbarDecoder(["DataMatrix"]).patch(plain) == []


def test_public_photographs_are_read_at_least_as_well_as_by_zxing_and_nothing_else_is_said() -> None:
    reader = CascadeReader(("all",))
    for photo in photographs():
        grey = cv2.imread(str(photo.path), cv2.IMREAD_GRAYSCALE)
        symbols = reader.read(grey_of(np.asarray(grey, np.uint8)), True).symbols
        peers = {one.text for one in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain)}
        recovered = {one.text for one in symbols if not one.clean}
        assert peers <= {one.text for one in symbols}, photo.path.name
        assert recovered <= {photo.expected}, photo.path.name


def test_white_on_black_is_read_live_once_the_hand_is_still() -> None:
    """A telephone in dark mode: neither the first look nor the regions read it."""
    frame = np.full((360, 640), 20, np.uint8)
    code = cv2.resize(symbol("QRCode", "CT20261124"), (200, 200), interpolation=cv2.INTER_AREA)
    frame[80:280, 220:420] = 255 - code
    assert not ZxingDecoder(["QRCode"]).frame(frame)
    reader = CascadeReader(("QRCode",))
    said = [[one.text for one in reader.read(frame, False).symbols] for _ in range(2)]
    assert said == [[], ["CT20261124"]]


def test_both_directions_of_a_strip_together_are_compared_in_full_only_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []
    whole = likelihood._quality

    def counted(cut: Floats, blur: int) -> Floats:
        compared.append(len(cut))
        return whole(cut, blur)

    monkeypatch.setattr(likelihood, "_quality", counted)
    profile = seen(encoded(in_set_b("CT20261124")), 2.5, 0.4, 2.0, 1)
    likeliest = likelihood.locate((profile, np.ascontiguousarray(profile[::-1])), strips.SCALE)[0]
    assert likeliest[1].characters == 12
    assert not likeliest[2]
    assert sum(compared) <= likelihood.KEPT
