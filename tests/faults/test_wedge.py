"""Matrix case 50 and the bursts of USB scanners: a code is whole or it is none.

Times are those of the key events; nothing here waits. `Hands` makes a scanner's bursts with everything that happens to
them on a busy machine: uneven pace, keys that are held up, keys that are lost.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest

from kiosk.adapters.readers.wedge import HAND_MS, QUIET_MS, SCANNER_MS, WedgeDetector, is_even

Press = tuple[str, int]


@dataclass
class Line:
    """A detector with what it told."""

    codes: list[str] = field(default_factory=list)
    typed: str = ""
    pressed: int = 0

    def __post_init__(self) -> None:
        self.detector = WedgeDetector(self.codes.append)

    def hears(self, presses: list[Press], rests: bool = True) -> list[str]:
        """Feed key presses; the codes that came of them."""
        before = len(self.codes)
        for key, at in presses:
            heard = self.detector.feed(key, at)
            self.typed += heard.typed
            self.pressed += heard.mine
        self.typed += self.detector.settle() if rests else ""
        return self.codes[before:]


def keys(text: str, start: int, gap: int) -> list[Press]:
    return [(key, start + gap * place) for place, key in enumerate(text)]


def spaced(text: str, start: int, gaps: list[int]) -> list[Press]:
    """Keys with a gap before each but the first."""
    presses, at = [(text[0], start)], start
    for key, gap in zip(text[1:], gaps, strict=True):
        at += gap
        presses.append((key, at))
    return presses


def widest(presses: list[Press]) -> int:
    """The longest time between two keys."""
    return max(later - earlier for (_, earlier), (_, later) in itertools.pairwise(presses))


def test_case_50_control_characters_and_shortcuts_are_filtered() -> None:
    burst = keys("CT\x1b20\x00\x0326\x1d1124\x7f\r", 10_000, 4)
    burst.insert(4, ("Ctrl+Alt+Del", 10_013))
    burst.insert(5, ("", 10_014))
    line = Line()
    assert line.hears(burst) == ["CT20261124"]
    assert line.typed == "" and line.pressed == 0


def test_case_50_a_burst_is_told_from_typing() -> None:
    line = Line()
    assert line.hears(keys("1234", 1_000, 110)) == [] and line.typed == "1234"
    assert line.hears(keys("CT20261124\n", 5_000, 2)) == ["CT20261124"]
    assert line.hears(keys("CT20261124\t", 9_000, 30)) == ["CT20261124"]
    assert line.typed == "1234" and line.pressed == 0


def test_a_burst_without_its_end_key_is_no_code() -> None:
    """Nothing tells it from a piece of a longer one."""
    line = Line()
    assert line.hears(keys("CT20261125", 9_000, 2)) == []
    assert line.hears(keys("CT20261126\n", 9_000 + QUIET_MS + 100, 2)) == ["CT20261126"]
    assert line.typed == ""


def test_case_50_an_endless_burst_is_dropped_and_non_ascii_never_passes() -> None:
    line = Line()
    assert line.hears(keys("7" * 1200 + "\r", 0, 1)) == []
    assert line.hears(keys("王小东\u202e\u200b\r", 10_000, 1)) == []
    assert line.typed == ""


@pytest.mark.parametrize("cut", range(1, 12))
@pytest.mark.parametrize("held_ms", [36, 60, 81, 150, 400, QUIET_MS - 1])
def test_what_is_left_of_a_broken_burst_is_dropped_up_to_its_end_key(cut: int, held_ms: int) -> None:
    """Wherever it breaks: neither piece is a code, the end key presses no button, and the next burst is read."""
    whole = "CT2026110042\n"
    gaps = [held_ms if place == cut else 8 for place in range(1, len(whole))]
    line = Line()
    assert line.hears(spaced(whole, 1_000, gaps)) == []
    assert line.pressed == 0
    assert len(line.typed) < 4
    after = 1_000 + sum(gaps) + 300
    assert line.hears(keys(whole, after, 8)) == ["CT2026110042"]


def test_an_end_key_that_is_held_up_presses_no_button() -> None:
    for held_ms in (36, 90, 500, QUIET_MS - 1):
        line = Line()
        assert line.hears([*keys("CT2026110042", 1_000, 8), ("\n", 1_088 + held_ms)]) == []
        assert (line.pressed, line.typed) == (0, "")


@pytest.mark.parametrize("lost", range(1, 12))
def test_a_lost_key_leaves_a_gap_that_shows(lost: int) -> None:
    """But for the first one, which nothing can show; the hospital's pattern with a fixed length does."""
    whole = keys("CT2026110042\n", 1_000, 6)
    line = Line()
    assert line.hears([press for place, press in enumerate(whole) if place != lost]) == []
    assert line.hears(keys("CT2026110042\n", 4_000, 6)) == ["CT2026110042"]


def test_a_scanner_with_an_uneven_pace_is_believed_when_it_says_the_same_twice() -> None:
    """Sixteen and eight milliseconds in turn, as a slow poll of the USB makes it."""
    gaps = [8, 8, 16, 8, 8, 8, 16, 8, 8, 8, 16, 8]
    line = Line()
    assert line.hears(spaced("CT2026110042\n", 1_000, gaps)) == []
    assert line.hears(spaced("CT2026110042\n", 3_000, gaps[::-1])) == ["CT2026110042"]
    assert line.hears(spaced("CT2026110043\n", 6_000, gaps)) == []


def test_enter_tab_and_space_are_a_persons_where_no_burst_runs() -> None:
    line = Line()
    for place, key in enumerate(("\r", " ", "\t", "\n")):
        line.hears([(key, 1_000 + 50 * place)])
    assert line.pressed == 4
    line.hears(keys("123456", 5_000, 200))
    line.hears([("\r", 6_100)])  # 100 ms after the last digit: perhaps a slow scanner's end
    assert line.pressed == 4
    line.hears([("\r", 7_000)])
    assert line.pressed == 5 and line.typed == "123456" and line.codes == []


def test_a_space_inside_a_burst_is_part_of_it() -> None:
    line = Line()
    assert line.hears(keys("acc CT20261124\n", 1_000, 5)) == ["acc CT20261124"]
    assert line.pressed == 0


def test_characters_that_are_told_early_still_belong_to_their_burst() -> None:
    """A busy program looks up between two keys that were pressed 8 ms apart."""
    line = Line()
    presses = keys("CT2026110042\n", 1_000, 8)
    line.hears(presses[:2])
    assert line.hears(presses[2:]) == ["CT2026110042"]


def test_event_times_that_start_anew_break_nothing_but_their_burst() -> None:
    top = (1 << 32) - 20
    line = Line()
    wrapped = [(key, at % (1 << 32)) for key, at in keys("CT2026110042\n", top, 8)]
    assert line.hears(wrapped) == ["CT2026110042"]
    back = [*keys("CT2026", 50_000, 8), *keys("110042\n", 40_000, 8)]
    assert line.hears(back) == []
    assert line.hears(keys("CT2026110043\n", 60_000, 8)) == ["CT2026110043"]


def test_an_even_row_has_no_room_for_a_key_that_is_missing() -> None:
    assert is_even([1, 2, 1, 2, 1]) and is_even([8, 8, 9, 7, 8]) and is_even([20, 24, 17, 27, 20])
    assert not is_even([8, 8, 16, 8]) and not is_even([2, 2, 4, 2, 2])


@dataclass(frozen=True)
class Burst:
    """One scan: what was on the slip, the key presses as they came, and whether anything happened to them."""

    text: str
    presses: list[Press]
    troubled: bool


class Hands:
    """Scans slips one after the other, `seconds` apart, on a machine that is busy at times."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at = 1_000

    def scan(self, pace: float, jitter: float, trouble: str) -> Burst:
        """`trouble`: none, held (one to three keys come late), lost (one to three keys never come)."""
        text = f"{self.chance.choice(('CT', 'MR', 'DX', 'US'))}{self.chance.randrange(10**9, 10**10)}"
        whole = text + "\n"
        gaps = [max(1, round(pace * self.chance.uniform(1 - jitter, 1 + jitter))) for _ in whole[1:]]
        presses = spaced(whole, self.at, gaps)
        places = self.chance.sample(range(1, len(whole)), self.chance.randint(1, 3))
        if trouble == "held":
            presses = self._hold_up(presses, sorted(places))
        if trouble == "lost":
            presses = [press for place, press in enumerate(presses) if place not in places]
        self.at = presses[-1][1] + self.chance.randint(700, 6_000)
        return Burst(text, presses, trouble != "none")

    def _hold_up(self, presses: list[Press], places: list[int]) -> list[Press]:
        """A key comes late; those behind it come at their time, or pile up behind it."""
        made = list(presses)
        for place in places:
            late = made[place][1] + self.chance.randint(20, 900)
            made = [(key, max(at, late) if i >= place else at) for i, (key, at) in enumerate(made)]
        return made


def test_a_thousand_bursts_under_load_are_right_or_dropped_and_none_is_wrong() -> None:
    """5 to 40 ms a key. The program handles them late and in heaps: it looks up (`settle`) wherever chance has it."""
    hands, line = Hands(8), Line()
    wrong, clean, right, troubled = [], 0, 0, 0
    for number in range(1_000):
        trouble = ("none", "held", "none", "lost")[number % 4]
        burst = hands.scan(hands.chance.uniform(5, 40), 0.2, trouble)
        cut = hands.chance.randrange(len(burst.presses))
        read = line.hears(burst.presses[:cut]) + line.hears(burst.presses[cut:])
        wrong += [(burst.text, one) for one in read if one != burst.text]
        troubled += burst.troubled
        if not burst.troubled and widest(burst.presses) <= SCANNER_MS:
            clean += 1
            right += read == [burst.text]
    assert wrong == []
    assert line.pressed == 0
    assert troubled == 500 and clean > 250
    assert right >= 0.95 * clean  # a burst that lost its end key takes the one close behind it along


def test_a_thousand_bursts_of_a_sound_scanner_are_all_right() -> None:
    hands, line = Hands(9), Line()
    for _ in range(1_000):
        burst = hands.scan(hands.chance.uniform(5, 28), 0.15, "none")
        assert line.hears(burst.presses) == [burst.text]


def test_no_hand_types_as_fast_as_the_slowest_burst() -> None:
    """Forty milliseconds a key is no code and not typing either: nothing of it reaches a field."""
    line = Line()
    assert line.hears(keys("CT2026110042\n", 1_000, 40)) == []
    assert (line.typed, line.pressed) == ("", 0)
    assert HAND_MS > 40
