"""Reading a region that no decoder reads as it is, and the rule that one read is not enough.

Every try gives an opinion: (format, text) with the view it came from. A text counts when two different views say it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.adapters.symbols import likelihood, strips
from kiosk.adapters.symbols.deblur import USUAL, sharpen
from kiosk.adapters.symbols.regions import Region
from kiosk.adapters.symbols.zbar import ZbarDecoder
from kiosk.adapters.symbols.zxing import GLOBAL, LOCAL, ZxingDecoder
from kiosk.ports.scanner import Quad, Symbol

Grey = NDArray[np.uint8]
Opinion = tuple[str, str]
Late = Callable[[], bool]

LINEAR = frozenset({"Code128", "Code39", "Code93", "Codabar", "ITF"})
LEAST_QUALITY = 0.9  # wrong decodings of blanks and stripes reach 0.87, right ones of hard frames begin at 0.89
HOPELESS = 0.75  # below it no other decoder reads a band as Code 128; where one did, the quality was over 0.9
LARGEST_PATCH = 1_500_000  # pixels of an enlarged region
VIEWS_TO_SEE = 4  # after so many views without even a broken symbol there is none
DEBLURRED_FIRST = 6  # blurs undone before weaker means are tried
ZBARS_SCALE, LARGEST_SCALE = 2, 4  # enlargements for what is seen at the usual one but not read; zbar is asked too


@dataclass
class Opinions:
    """Who said what about the codes in view."""

    plausible: re.Pattern[str]
    views: dict[Opinion, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, view: str, opinions: Sequence[Opinion]) -> None:
        """Note the opinions of one view."""
        for opinion in opinions:
            if self.plausible.fullmatch(opinion[1]):
                self.views[opinion].add(view)

    def agreed(self) -> list[Opinion]:
        """What two views say alike; nothing where two views contradict each other."""
        enough = [opinion for opinion, views in self.views.items() if len(views) >= 2]
        return enough if len(self.views) == len(enough) or len(enough) == 1 else []

    def single(self) -> list[Opinion]:
        """What one view alone said."""
        return [opinion for opinion, views in self.views.items() if len(views) == 1]


class Recovery:
    """The searches on one region; stops between two tries when `late` says so."""

    def __init__(self, formats: Sequence[str]) -> None:
        everything = "all" in (name.lower() for name in formats)
        linear = [name for name in formats if name in LINEAR]
        matrix = [name for name in formats if name not in LINEAR]
        self._everything = everything
        self._matrix_names = frozenset(matrix)
        self._code128 = everything or "Code128" in formats
        self._only_code128 = linear == ["Code128"] and not everything
        self._linear = ZxingDecoder(linear) if linear and not everything else None
        self._matrix = ZxingDecoder(matrix) if matrix else None
        self._zbar_linear = ZbarDecoder(linear)
        self._zbar_matrix = ZbarDecoder(matrix)

    def bars(self, grey: Grey, region: Region, evidence: Opinions, late: Late) -> list[Symbol]:
        """What a region of parallel bars says."""
        line = strips.line_of(region)
        if line is None or (self._linear is None and not self._code128):
            return []
        for _ in range(2):
            line = strips.straighten(grey, line)
        picture = strips.strip(grey, line)
        corners = tuple((float(x), float(y)) for x, y in line.corners())
        for rows in (strips.bar_rows(picture), slice(picture.shape[0] // 6, -(picture.shape[0] // 6))):
            found = self._bar_opinions(picture[rows], evidence)
            if found or late():
                return _symbols(found, corners)
        return []

    def _bar_opinions(self, picture: Grey, evidence: Opinions) -> list[Opinion]:
        if self._code128:
            match = likelihood.decode(picture.mean(0, dtype=np.float32), strips.SCALE)
            text, views = code128_views(picture, match)
            for view in views:
                evidence.add(view, [("Code128", text)])
            if agreed := evidence.agreed():
                return agreed
            if self._only_code128 and (match is None or match.quality < HOPELESS):
                return []
        if self._linear is None:
            return []
        for name, view_of_band in _band_views(picture):
            evidence.add(name, self._linear.patch(view_of_band, rotate=False).opinions)
            if evidence.single():
                evidence.add(f"{name} zbar", self._zbar_linear.patch(view_of_band))
            if agreed := evidence.agreed():
                return agreed
        return []

    def matrix(self, grey: Grey, region: Region, evidence: Opinions, late: Late) -> list[Symbol]:
        """What a region with gradients in all directions says."""
        left, top, right, bottom = region.box(12, grey.shape)
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        found = self.patch(grey[top:bottom, left:right], evidence, late)
        return _symbols(found, tuple((float(x), float(y)) for x, y in corners))

    def patch(self, patch: Grey, evidence: Opinions, late: Late) -> list[Opinion]:
        """What a part of the frame says when it is enlarged and sharpened."""
        if self._matrix is None:
            return []
        spoken: Grey | None = None  # the view in which something was read
        seen = 0
        for number, (name, view, binarizer) in enumerate(_patch_views(patch), 1):
            glimpse = self._matrix.patch(view, binarizer=binarizer)
            opinions = [one for one in glimpse.opinions if self._is_wanted(one[0])]
            evidence.add(name, opinions)
            if name.endswith("smaller") and seen:
                evidence.add(f"{name} zbar", self._zbar_matrix.patch(view))
            if agreed := evidence.agreed():
                return agreed
            spoken = view if opinions else spoken
            seen += any(self._is_wanted(one) for one in glimpse.seen)
            if late() or (number >= VIEWS_TO_SEE and not seen):
                break
        if spoken is not None:
            evidence.add("zbar", self._zbar_matrix.patch(spoken))
        return evidence.agreed()

    def _is_wanted(self, name: str) -> bool:
        """False for the small relatives that zxing reads together with a symbology: their checks are weak."""
        return self._everything or name in self._matrix_names


def code128_views(picture: Grey, match: likelihood.Match | None) -> tuple[str, list[str]]:
    """The payload of an upright strip by likelihood, and which views say so: the whole, and each band that agrees.

    `match`: the likeliest decoding of the whole strip.

    One view where the whole strip's decoding has a good fit and a right check character, two where two separate bands
    decode to the same characters, or where the fit is better than any wrong decoding's by far and each character is
    found again in one of the strip's halves; none otherwise.
    """
    if match is None or match.quality < LEAST_QUALITY or match.text is None:
        return "", []
    for count in (2, 3):
        alike = [likelihood.read_again(band, match) for band in strips.bands(picture, count)]
        if sum(values == match.values for values in alike) >= 2:
            return match.text, ["likelihood, one band", "likelihood, another band"]
        if count == 2 and match.quality >= likelihood.SURE and _is_found_again(match, alike):
            return match.text, ["likelihood", "likelihood, character by character"]
    return match.text, ["likelihood"]


def _is_found_again(match: likelihood.Match, halves: Sequence[tuple[int, ...]]) -> bool:
    """True where every character stands in one of the halves: text or glare has spoilt the other there."""
    return all(value in seen for value, *seen in zip(match.values, *halves, strict=True))


def _band_views(picture: Grey) -> Iterator[tuple[str, Grey]]:
    """Three bands of a strip, as they are and sharpened, locally normalised and drawn out to pictures."""
    scale = strips.SCALE
    for amount in (0.0, 2.5):
        for number, band in enumerate(strips.bands(picture, 3)):
            profile = band[None]
            if amount:
                soft = cv2.GaussianBlur(profile, (0, 0), sigmaX=0.8 * scale, sigmaY=0.01)
                sharp = profile + amount * (profile - soft)
                profile = np.asarray(cv2.GaussianBlur(sharp, (0, 0), sigmaX=0.3 * scale, sigmaY=0.01), np.float32)
            drawn = np.repeat(strips.normalise(profile, int(20 * scale)), 12, 0)
            quiet = int(20 * scale)
            yield (
                f"band {number}",
                np.asarray(cv2.copyMakeBorder(drawn, 6, 6, quiet, quiet, cv2.BORDER_CONSTANT, value=(255,)), np.uint8),
            )


def _patch_views(patch: Grey) -> Iterator[tuple[str, Grey, zxingcpp.Binarizer]]:
    """Enlargements of a region: sharpened, with usual blurs undone, plain. What reads most comes first.

    All filters act before the enlargement, where they touch a ninth of the pixels.
    """
    if min(patch.shape) < 16:
        return
    scale = next((scale for scale in (3, 2) if patch.size * scale * scale <= LARGEST_PATCH), 1)
    calm = _enlarged(unsharp(np.asarray(cv2.GaussianBlur(patch, (0, 0), 0.4), np.uint8), 1.0, 2.0), scale)
    yield "calm", calm, LOCAL
    for blur in USUAL[:DEBLURRED_FIRST]:
        yield f"{blur}", _enlarged(sharpen(patch, blur), scale), LOCAL
    yield "calm, global", calm, GLOBAL
    yield "plain", _enlarged(patch, scale), LOCAL
    for name, sigma, amount in (("sharp", 1.5, 4.0), ("crisp", 1.0, 2.0)):
        view = _enlarged(unsharp(patch, sigma, amount), scale)
        for binarizer in (LOCAL, GLOBAL):
            yield f"{name} {binarizer}", view, binarizer
    yield "plain, smaller", _enlarged(patch, ZBARS_SCALE), LOCAL
    for blur in USUAL[:2]:
        yield f"{blur}, smaller", _enlarged(sharpen(patch, blur), ZBARS_SCALE), LOCAL
    if patch.size * LARGEST_SCALE**2 <= LARGEST_PATCH:
        for blur in USUAL[:DEBLURRED_FIRST]:
            yield f"{blur}, larger", _enlarged(sharpen(patch, blur), LARGEST_SCALE), LOCAL


def _enlarged(patch: Grey, scale: int) -> Grey:
    return np.asarray(cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def unsharp(picture: Grey, sigma: float, amount: float) -> Grey:
    """The picture with what a Gaussian blur takes away added `amount` times."""
    soft = cv2.GaussianBlur(picture, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.uint8)


def _symbols(opinions: Sequence[Opinion], corners: Quad) -> list[Symbol]:
    return [Symbol(name, text, corners, False) for name, text in opinions]
