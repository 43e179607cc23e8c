"""Synthetic anatomy for the sample hospital: nobody's chest, made of ellipsoids, arcs and noise.

Everything is a pure function of its arguments and a seeded generator, so the pictures are the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
Mask = NDArray[np.float32]

CT_SIDE, CT_SLICES, CT_SPACING, CT_THICKNESS = 512, 120, 0.703125, 2.5


def _grid(rows: int, columns: int, width_mm: float) -> tuple[Grey, Grey]:
    """Millimetres right and down from the middle, for every pixel."""
    spacing = width_mm / columns
    x = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * spacing
    y = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * spacing
    return np.meshgrid(x, y)  # type: ignore[return-value]


def _soft(distance: Grey, edge: float) -> Mask:
    """1 inside (negative distance), 0 outside, with an edge that wide."""
    return np.clip(0.5 - distance / edge, 0, 1).astype(np.float32)


def _ellipse(
    x: Grey, y: Grey, centre: tuple[float, float], radii: tuple[float, float], edge: float = 1.2, power: float = 2.0
) -> Mask:
    """A (super)ellipse as a mask."""
    u, v = np.abs(x - centre[0]) / radii[0], np.abs(y - centre[1]) / radii[1]
    distance = ((u**power + v**power) ** (1 / power) - 1) * min(radii)
    return _soft(distance.astype(np.float32), edge)


def _over(image: Grey, mask: Mask, value: float | Grey) -> None:
    """Paint a value where the mask is."""
    image += (value - image) * mask


def _clouds(shape: tuple[int, int], cell: int, random: np.random.Generator) -> Grey:
    """Smooth noise, mean 0, about ±1, with structures of `cell` pixels."""
    small = random.standard_normal((shape[0] // cell + 3, shape[1] // cell + 3)).astype(np.float32)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _dome(z: float, low: float, high: float) -> float:
    """0 outside, rising to 1 in the middle: the size of a rounded organ along the body."""
    t = (z - low) / (high - low)
    return math.sqrt(max(0.0, 1 - (2 * t - 1) ** 2)) if 0 < t < 1 else 0.0


def chest_ct(seed: int = 1) -> Iterator[NDArray[np.int16]]:
    """120 axial slices from the neck downwards, Hounsfield units."""
    random = np.random.default_rng(seed)
    x, y = _grid(CT_SIDE, CT_SIDE, CT_SIDE * CT_SPACING)
    vessels = [_clouds((CT_SIDE, CT_SIDE), cell, random) for cell in (7, 11, 16)]

    def draw(number: int) -> NDArray[np.int16]:
        image = cv2.GaussianBlur(_ct_slice(x, y, number * CT_THICKNESS, vessels), (0, 0), 0.7)
        grain = np.random.default_rng((seed, number)).standard_normal(image.shape, np.float32)
        return np.rint(image + 26 * cv2.GaussianBlur(grain, (0, 0), 0.6)).clip(-1024, 3071).astype(np.int16)

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(draw, range(CT_SLICES))


def _ct_slice(x: Grey, y: Grey, z: float, vessels: list[Grey]) -> Grey:
    image = np.full(x.shape, -1000, np.float32)
    girth = 0.62 + 0.38 * min(1.0, z / 70)
    wide, deep = 168 * girth, 108 * (0.8 + 0.2 * min(1.0, z / 70))
    _over(image, _soft((np.abs(y - 132) - 2).astype(np.float32), 1.0) * (np.abs(x) < 175), -650)
    _over(image, _ellipse(x, y, (0, 8), (wide, deep), power=2.3), -100)
    _over(image, _ellipse(x, y, (0, 8), (wide - 14, deep - 13), power=2.3), 48)
    _lungs(image, x, y, z, wide, deep, vessels)
    _middle(image, x, y, z, deep)
    _abdomen(image, x, y, z, vessels)
    _skeleton(image, x, y, z, wide, deep)
    return image


def _lungs(image: Grey, x: Grey, y: Grey, z: float, wide: float, deep: float, vessels: list[Grey]) -> None:
    size = _dome(z, 18, 330) if z < 175 else _dome(175, 18, 330) * (1 - max(0.0, (z - 205) / 75) ** 2)
    if size <= 0.06:
        return
    blend = (z % 36) / 36
    texture = vessels[int(z // 36) % 3] * (1 - blend) + vessels[(int(z // 36) + 1) % 3] * blend
    for side in (-1, 1):
        reach = (wide - 34) * 0.44 * min(1.0, size * 1.15)
        lung = _ellipse(x, y, (side * (wide - 34) * 0.53, 6), (reach, (deep - 24) * size), power=2.2)
        branch = np.clip((texture - 1.05) * 3.5, 0, 1)
        air = -860 + 25 * (y / 80) + 45 * vessels[0] + 720 * branch
        _over(image, lung, air.astype(np.float32))
    distance = math.hypot(0, z - 95)
    if distance < 5:
        radius = math.sqrt(25 - distance**2) * 0.9
        _over(image, _ellipse(x, y, (-78, -22), (radius, radius * 0.9)), 35)


def _middle(image: Grey, x: Grey, y: Grey, z: float, deep: float) -> None:
    """Mediastinum: trachea and bronchi, great vessels, heart."""
    if 30 < z < 250:
        _over(image, _ellipse(x, y, (0, 0), (30 + 8 * _dome(z, 60, 260), deep - 28), edge=6, power=2.6), -20)
    if z < 112:
        _over(image, _ellipse(x, y, (0, 10), (9, 10)), -990)
    elif z < 150:
        spread = (z - 112) * 0.8
        for side in (-1, 1):
            _over(image, _ellipse(x, y, (side * (6 + spread), 14), (7, 6)), -985)
    if 88 < z < 112:
        _over(image, _ellipse(x, y, (12, -6), (17, 34), power=2.1), 42)
    elif z >= 112:
        _over(image, _ellipse(x, y, (18, 48), (12.5, 12.5)), 44)
        if z < 160:
            _over(image, _ellipse(x, y, (-10, -20), (15.5, 15.5)), 44)
            _over(image, _ellipse(x, y, (14, -12), (13, 12)), 44)
    heart = _dome(z, 145, 262)
    if heart:
        _over(image, _ellipse(x, y, (20, -14), (62 * heart, 48 * heart), edge=2.5), 40)
        _over(image, _ellipse(x, y, (34, -10), (26 * heart, 22 * heart), edge=5), 30)
    if z > 60:
        _over(image, _ellipse(x, y, (4, 36), (7, 6)), 34)


def _abdomen(image: Grey, x: Grey, y: Grey, z: float, vessels: list[Grey]) -> None:
    liver = _dome(z, 205, 420) if z < 312 else 0.0
    if liver:
        reach = min(1.0, liver * 1.2)
        _over(image, _ellipse(x, y, (-66, -2), (74 * reach, 72 * reach), edge=2.5), 60 + 2.5 * vessels[2])
    spleen = _dome(z, 225, 400)
    if spleen:
        _over(image, _ellipse(x, y, (96, 34), (32 * spleen, 44 * spleen), edge=2.5), 52)
        _over(image, _ellipse(x, y, (62, -34), (38 * spleen, 30 * spleen), edge=2.5), 22)
        _over(image, _ellipse(x, y, (62, -52), (26 * spleen, 10 * spleen), edge=2.0), -940)


def _skeleton(image: Grey, x: Grey, y: Grey, z: float, wide: float, deep: float) -> None:
    disc = 0.5 + 0.5 * math.cos(2 * math.pi * z / 26)
    _over(image, _ellipse(x, y, (0, 64), (19, 16)), 130 + 420 * (1 - disc**6))
    _over(image, _ellipse(x, y, (0, 64), (16, 13), edge=3), 95 + 110 * (1 - disc**6))
    for side in (-1, 1):
        _over(image, _ellipse(x, y, (side * 13, 84), (5, 9)), 330)
        _over(image, _ellipse(x, y, (side * 30, 86), (19, 4.2)), 300 * (0.35 + 0.65 * (1 - disc**4)))
    _over(image, _ellipse(x, y, (0, 92), (17, 3.5)), 320)
    _over(image, _ellipse(x, y, (0, 84), (8.5, 7.5)), 22)
    _over(image, _ellipse(x, y, (0, 104), (3, 11)), 320)
    if 45 < z < 225:
        _over(image, _ellipse(x, y, (0, 10 - deep + 19), (17, 5)), 260)
    _ribs(image, x, y, z, wide, deep)
    if 25 < z < 130:
        for side in (-1, 1):
            blade = _ellipse(x, y - 0.22 * side * x, (side * (88 + 0.06 * z), 66), (30, 4.2))
            _over(image, blade * (np.abs(x) < wide - 22), 420)


def _ribs(image: Grey, x: Grey, y: Grey, z: float, wide: float, deep: float) -> None:
    """Oblique rings: a rib shows where the angle around the chest meets its height in this slice."""
    a, b = wide - 24, deep - 20
    ring = np.sqrt((x / a) ** 2 + ((y - 8) / b) ** 2)
    angle = np.arctan2((y - 8) / b, np.abs(x) / a)
    height = z + 62 * np.sin(angle * 0.9)
    within = np.abs((height % 27) / 27 - 0.5)
    thick = (np.abs(ring - 1) * min(a, b) - 4.2).astype(np.float32)
    on = _soft(thick, 1.5) * np.clip((0.24 - within) * 14, 0, 1) * (z > 22) * (np.abs(x) > 16)
    core = _soft((thick + 2.4).astype(np.float32), 1.5) * np.clip((0.17 - within) * 14, 0, 1)
    _over(image, on.astype(np.float32), 620)
    _over(image, (on * core).astype(np.float32), 280)


def chest_front(rows: int, columns: int, seed: int = 2) -> NDArray[np.uint16]:
    """A frontal chest radiograph, 12 bits, bone bright."""
    random = np.random.default_rng(seed)
    x, y = _grid(rows // 2, columns // 2, 350)
    shoulder = np.clip((y + 175) / 90, 0, 1)
    body = _ellipse(x, y, (0, 40), (158, 290), edge=14, power=3.2) * (0.30 + 0.70 * shoulder)
    body = np.maximum(body, 0.8 * _ellipse(x, y, (0, -150), (150, 46), edge=24, power=2.6))
    density = 1.05 * body + 0.55 * _ellipse(x, y, (0, -190), (44, 130), edge=20)
    lungs = np.zeros_like(x)
    for side in (-1, 1):
        field = _ellipse(x, y, (side * 72, -12), (56, 128), edge=9, power=2.25)
        floor = 92 - 16 * (side < 0) - 34 * (1 - ((x - side * 68) / 68) ** 2)
        lungs += field * _soft((y - floor - 20).astype(np.float32), 7)
    texture = _vessel_tree(x, y, random)
    density -= lungs * (0.66 - 0.10 * texture)
    density += 0.52 * _ellipse(x, y, (26, 66), (62, 58), edge=16) * _soft((y - 100).astype(np.float32), 50)
    density += 0.26 * _ellipse(x, y, (30, -52), (17, 22), edge=12) + 0.30 * _ellipse(x, y, (0, -20), (25, 130), edge=22)
    density -= 0.24 * _ellipse(x, y, (2, -120), (8, 62), edge=6)
    density += 0.50 * _soft((60 - y).astype(np.float32) + 30 * ((x - 20) / 150) ** 2 + 40, 60) * body
    density -= 0.32 * _ellipse(x, y, (72, 128), (30, 15), edge=10)
    density += _spine_front(x, y) + _ribs_front(x, y) + _shoulders_front(x, y)
    for side in (-1, 1):
        density += 0.10 * _ellipse(x, y, (side * 78, 70), (56, 50), edge=26)
    return _exposed(density, random, (columns, rows))


def _vessel_tree(x: Grey, y: Grey, random: np.random.Generator) -> Grey:
    """Lung markings: branches that leave the hila and thin out."""
    canvas = np.zeros((512, 512), np.float32)
    scale = 512 / 350

    def branch(px: float, py: float, angle: float, width: float, length: float) -> None:
        if width < 0.35:
            return
        qx, qy = px + length * math.cos(angle), py + length * math.sin(angle)
        ends = [(round((v * scale + 256) * 16)) for v in (px, py, qx, qy)]
        line = np.zeros_like(canvas)
        cv2.line(line, (ends[0], ends[1]), (ends[2], ends[3]), width, max(1, round(width * 2.2)), cv2.LINE_AA, 4)
        np.maximum(canvas, line, out=canvas)
        for turn in (-1, 1):
            branch(qx, qy, angle + turn * random.uniform(0.15, 0.6), width * random.uniform(0.66, 0.8), length * 0.85)

    for side in (-1, 1):
        for angle in (-1.25, -0.7, -0.15, 0.4, 0.9, 1.3):
            start = math.pi - angle if side < 0 else angle
            branch(side * 30, -8, start + random.uniform(-0.1, 0.1), 2.3, 24)
    soft = cv2.GaussianBlur(canvas, (0, 0), 1.3)
    tree = cv2.resize(soft, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC)
    return tree + 0.25 * _clouds((x.shape[0], x.shape[1]), max(4, x.shape[1] // 120), random)


def _spine_front(x: Grey, y: Grey) -> Grey:
    gap = np.clip(np.abs(((y + 8) % 25) / 25 - 0.5) * 9 - 3.4, 0, 1)
    spine = _ellipse(x, y, (0, 20), (16, 400), edge=5, power=6) * (0.30 - 0.12 * gap)
    pedicles = sum(_ellipse(x, (y % 25) - 11, (s * 9.5, 0), (3.4, 4.6), edge=2) for s in (-1, 1))
    return (spine + 0.10 * pedicles * (np.abs(x) < 20)).astype(np.float32)


def _ribs_front(x: Grey, y: Grey) -> Grey:
    """Posterior ribs as falling arcs with dense borders, anterior ribs fainter and steeper."""
    total = np.zeros_like(x)
    ax = np.abs(x)
    for number in range(10):
        reach = 74 + 62 * math.sin(min(1.0, (number + 1.4) / 7) * math.pi / 2)
        top = -150 + 22.5 * number
        t = np.clip((ax - 12) / (reach - 12), 0, 1)
        path = top - 13 * np.sin(t * math.pi * 0.62) + 30 * t**2.4
        width = 4.6 - 0.8 * t
        distance = np.abs(y - path)
        on = _soft((distance - width).astype(np.float32), 1.4) * _soft((ax - reach).astype(np.float32), 3) * (ax > 12)
        rim = np.exp(-(((distance - width + 0.9) / 1.1) ** 2))
        total += on * (0.085 + 0.085 * rim)
        front = path + 34 * (1 - t) * 1.25 + 20
        seen = _soft((np.abs(y - front) - width - 0.8).astype(np.float32), 2.2) * (ax > 48) * (ax < reach)
        total += 0.055 * seen * (number < 7)
    return total.astype(np.float32)


def _shoulders_front(x: Grey, y: Grey) -> Grey:
    ax = np.abs(x)
    collar = np.abs(y - (-132 - 20 * np.sin(np.clip((ax - 14) / 120, 0, 1) * 2.4) + 0.06 * ax))
    bone = _soft((collar - 5.2).astype(np.float32), 1.6) * (ax > 14) * (ax < 138)
    rim = np.exp(-(((collar - 4.2) / 1.1) ** 2)) * bone
    blade = sum(_ellipse(x + s * 0.28 * y, y, (s * 104, -72), (24, 62), edge=7, power=2.4) for s in (-1, 1))
    head = sum(_ellipse(x, y, (s * 160, -112), (22, 24), edge=8) for s in (-1, 1))
    return (0.15 * bone + 0.10 * rim + 0.085 * blade + 0.12 * head).astype(np.float32)


def chest_side(rows: int, columns: int, seed: int = 3) -> NDArray[np.uint16]:
    """A lateral chest radiograph; front at the left."""
    random = np.random.default_rng(seed)
    x, y = _grid(rows // 2, columns // 2, 350)
    density = 1.15 * _ellipse(x, y, (4, 40), (118, 300), edge=16, power=2.8)
    density += 0.5 * _ellipse(x, y, (20, -170), (80, 60), edge=30)
    floor = 74 + 0.0012 * (x + 20) ** 2 + 0.22 * x
    lung = _ellipse(x, y, (4, -14), (92, 138), edge=10, power=2.3) * _soft((y - floor).astype(np.float32), 6)
    density -= lung * (0.72 - 0.08 * _vessel_tree(x, y, random))
    density += 0.46 * _ellipse(x, y, (-34, 44), (48, 50), edge=16) + 0.16 * _ellipse(x, y, (0, -50), (26, 30), edge=20)
    density -= 0.20 * _ellipse(x, y, (12, -118), (7, 60), edge=5)
    bend = 74 - 0.0011 * (y - 10) ** 2
    gap = np.clip(np.abs(((y + 8) % 26) / 26 - 0.5) * 9 - 3.3, 0, 1)
    density += _soft((np.abs(x - bend) - 14).astype(np.float32), 4) * (0.30 - 0.16 * gap)
    density += 0.09 * _soft((np.abs(x - bend - 24) - 5).astype(np.float32), 3) * (1 - gap)
    density += 0.16 * _soft((np.abs(x + 92 - 0.10 * (y + 60)) - 4.5).astype(np.float32), 2) * (y > -110) * (y < 50)
    for number in range(9):
        path = -140 + 26 * number + 0.30 * (bend - x) + 0.0014 * (bend - x) ** 2
        on = _soft((np.abs(y - path) - 4.2).astype(np.float32), 1.6) * (x < bend) * (x > -80)
        density += 0.075 * on
    density += 0.38 * _soft((floor - y).astype(np.float32) + 12, 30) * _ellipse(x, y, (4, 40), (118, 300), edge=16)
    return _exposed(density, random, (columns, rows))


def _exposed(density: Grey, random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint16]:
    """Film density, drawn at half size, to 12 bit pixel values; noise grows where little light came through."""
    soft = cv2.resize(density.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    noise = cv2.GaussianBlur(random.standard_normal(soft.shape, np.float32), (0, 0), 0.8)
    np.clip(soft, 0, 3, out=soft)
    value = 3810 - 3600 * np.exp(-1.35 * soft) + noise * (16 + 22 * soft)
    return np.rint(value).clip(0, 4095).astype(np.uint16)


def brain_mr(weighting: str, slices: int, seed: int = 4) -> Iterator[NDArray[np.uint16]]:
    """Axial head slices, 256², 12 bits; weighting T1, T2 or FLAIR."""
    values = {"T1": (620, 900, 180, 1050, 90), "T2": (760, 560, 1700, 900, 60), "FLAIR": (820, 640, 120, 700, 60)}
    grey, white, water, fat, bone = values[weighting]
    random = np.random.default_rng(seed)
    x, y = _grid(256, 256, 240)
    folds = [_clouds((256, 256), 9, random) for _ in range(4)]
    for number in range(slices):
        z = (number + 1) / (slices + 1)
        size = 0.62 + 0.38 * math.sin(math.pi * (0.25 + 0.68 * z))
        wide, deep = 74 * size, 92 * size
        image = np.zeros_like(x)
        _over(image, _ellipse(x, y, (0, 0), (wide + 9, deep + 9)), fat)
        _over(image, _ellipse(x, y, (0, 0), (wide + 5, deep + 5)), bone)
        _over(image, _ellipse(x, y, (0, 0), (wide, deep)), water)
        fold = folds[number % 4] * (1 - 0.3) + folds[(number + 1) % 4] * 0.3
        radius = np.sqrt((x / wide) ** 2 + (y / deep) ** 2)
        _over(image, _soft(((radius - 0.965 + 0.035 * fold) * wide).astype(np.float32), 1.6), grey)
        _over(image, _soft(((radius - 0.83 + 0.085 * fold) * wide).astype(np.float32), 2.2), white)
        falx = _soft((np.abs(x) - 0.9).astype(np.float32), 1.5) * (radius < 0.97) * (np.abs(y) > 0.3 * deep)
        _over(image, falx, water)
        _deep_brain(image, x, y, z, (grey, water))
        if weighting != "T1" and abs(number - slices // 2) <= 1:
            _over(image, _ellipse(x, y, (-34, -22), (4.5, 3.5), edge=2), 1500)
        noise = np.hypot(random.standard_normal(image.shape) * 18, random.standard_normal(image.shape) * 18)
        bias = 1 + 0.10 * (x / 120) - 0.06 * (y / 120)
        blurred = cv2.GaussianBlur((image * bias).astype(np.float32), (0, 0), 0.6)
        yield np.rint(blurred + noise).clip(0, 4095).astype(np.uint16)


def _deep_brain(image: Grey, x: Grey, y: Grey, z: float, values: tuple[float, float]) -> None:
    grey, water = values
    size = _dome(z, 0.32, 0.86)
    for side in (-1, 1):
        if size:
            tilted = x - side * 0.35 * np.abs(y) / 3
            _over(image, _ellipse(tilted, y, (side * 9, -16), (5.5 * size, 20 * size), edge=1.6), water)
            _over(image, _ellipse(tilted, y, (side * 13, 26), (5.0 * size, 15 * size), edge=1.6), water)
            _over(image, _ellipse(x, y, (side * 19, 2), (9 * size, 14 * size), edge=2.5), grey)
            _over(image, _ellipse(x, y, (side * 14, -24), (5 * size, 10 * size), edge=2.5), grey)
        if z < 0.22:
            _over(image, _ellipse(x, y, (side * 28, -66), (12, 12)), water)


def abdomen_us(rows: int, columns: int, seed: int = 5, flow: bool = False) -> NDArray[np.uint8]:
    """An ultrasound sector with speckle in RGB; `flow` adds a colour box."""
    random = np.random.default_rng(seed)
    across, down = np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32)
    x, y = np.meshgrid(across - columns / 2, down + rows * 0.18)
    radius, angle = np.hypot(x, y) / rows, np.arctan2(x, y)
    inside = (radius > 0.30) & (radius < 1.12) & (np.abs(angle) < 0.62)
    tissue = 0.40 + 0.10 * _clouds((rows, columns), rows // 14, random)
    u, v = x / rows, y / rows
    for centre, radii, level in (
        ((-0.10, 0.62), (0.13, 0.075), 0.03),
        ((0.16, 0.80), (0.075, 0.05), 0.06),
        ((0.05, 0.98), (0.30, 0.05), 0.75),
    ):
        _over(tissue, _ellipse(u, v, centre, radii, edge=0.012), level)
    behind = _soft((np.abs(u + 0.10 * v / 0.62) - 0.11 * v / 0.62).astype(np.float32), 0.03) * (v > 0.69)
    _over(tissue, behind * 0.4, 0.62)
    speckle = np.hypot(random.standard_normal(x.shape), random.standard_normal(x.shape)).astype(np.float32)
    speckle = cv2.GaussianBlur(speckle, (0, 0), sigmaX=2.6, sigmaY=1.1) / 1.25
    grey = (tissue * speckle * np.exp(-0.55 * (radius - 0.3)) * 1.25).clip(0, 1) * inside
    rgb = np.repeat((255 * grey**0.8)[..., None], 3, axis=2)
    if flow:
        box = _ellipse(u, v, (0.16, 0.80), (0.06, 0.038), edge=0.008)[..., None] * inside[..., None]
        rgb = rgb * (1 - box) + box * np.array([225.0, 60, 30]) * (0.75 + 0.25 * speckle[..., None])
    bar = np.linspace(235, 15, rows // 3)[:, None, None] * np.ones((1, 14, 3))
    rgb[rows // 10 : rows // 10 + bar.shape[0], columns - 40 : columns - 26] = bar
    return np.rint(rgb).clip(0, 255).astype(np.uint8)
