"""The project's own lobby frames: a slip with a symbol, held askew before a busy background by a cheap camera.

Symbols are drawn by zxing-cpp's writer and segno; the same seed gives the same frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import segno
import zxingcpp
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
MODULE = 8  # pixels of a module on the slip before it is seen by the camera


@dataclass(frozen=True)
class View:
    """How the camera sees the slip. `module` in pixels of the frame, angles in degrees, the rest in grey levels."""

    module: float = 3.0
    turn: float = 5.0
    tilt: float = 0.0
    blur: float = 0.6
    contrast: float = 0.9
    noise: float = 3.0
    glare: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)


EASY = View()
MEDIUM = View(module=2.4, turn=18.0, tilt=10.0, blur=0.8, contrast=0.65, noise=6.0)
HARD = View(module=2.0, turn=27.0, tilt=18.0, blur=0.9, contrast=0.5, noise=7.0, glare=60.0)


def symbol(kind: str, text: str) -> Grey:
    """The symbol alone with its quiet zone, MODULE pixels a module. `kind`: QRCode or a linear name of zxing-cpp's."""
    if kind == "QRCode":
        rows = segno.make(text, error="m", micro=False).matrix_iter(scale=MODULE, border=4)
        return np.array([[0 if dark else 255 for dark in row] for row in rows], np.uint8)
    barcode = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind))
    # one row of pixels a module wide tells the modules, whatever the writer's idea of height
    drawn = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=True))
    row = drawn[drawn.shape[0] // 2]
    picture = np.repeat(np.repeat(row[None], 40 * MODULE, 0), MODULE, 1)
    return np.pad(picture, 12 * MODULE, constant_values=255)


def slip(code: Grey, chance: np.random.Generator) -> Grey:
    """Paper with the symbol and some printed lines below."""
    height, width = code.shape
    paper = np.full((height + 40 * MODULE, width + 4 * MODULE), 238, np.uint8)
    paper[: code.shape[0], 2 * MODULE : 2 * MODULE + width] = np.minimum(code, 244)
    for line in range(3):
        words = "".join(chance.choice(list("ABCDEFGHKLMNP 0123456789 "), 24))
        origin = (3 * MODULE, height + (10 + 10 * line) * MODULE)
        cv2.putText(paper, words, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.1 * MODULE, (60,), 2, cv2.LINE_AA)
    return paper


def background(width: int, height: int, chance: np.random.Generator) -> Grey:
    """Soft light, furniture and people as plain shapes."""
    coarse = chance.normal(105, 22, (height // 60 + 2, width // 60 + 2)).astype(np.float32)
    scene = np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    for _ in range(8):
        x, y, w, h = (int(chance.integers(limit)) for limit in (width, height, width // 3, height // 3))
        shade = (int(chance.integers(30, 220)),)
        if chance.random() < 0.5:
            cv2.rectangle(scene, (x, y), (x + w, y + h), shade, -1)
        else:
            cv2.ellipse(scene, (x, y), (w // 2 + 5, h // 2 + 5), 0, 0, 360, shade, -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 1.5), np.uint8)


def blinds(scene: Grey, period: float, turn: float, depth: float) -> Grey:
    """The scene with a striped patch on its right: stripes `period` pixels apart, turned by `turn` degrees."""
    rows, columns = np.mgrid[0 : scene.shape[0], 0 : scene.shape[1]].astype(np.float32)
    angle = np.deg2rad(turn)
    wave = np.sign(np.sin((rows * np.cos(angle) - columns * np.sin(angle)) * 2 * np.pi / period)) * depth
    wave[:, : scene.shape[1] * 2 // 5] = 0
    wave[: scene.shape[0] // 5] = wave[scene.shape[0] * 13 // 18 :] = 0
    return np.asarray(cv2.GaussianBlur(np.clip(scene + wave, 0, 255).astype(np.uint8), (0, 0), 1.5), np.uint8)


def photograph(
    paper: Grey | None,
    view: View,
    seed: int,
    size: tuple[int, int] = (1280, 720),
    behind: Callable[[Grey], Grey] = lambda scene: scene,
) -> Grey:
    """The camera's frame of a slip (None: of the lobby alone); `behind` may change the lobby."""
    chance = np.random.default_rng(seed)
    scene = behind(background(*size, chance))
    if paper is not None:
        scene = _held(scene, paper, view)
    return _seen(scene, view, chance)


def _held(scene: Grey, paper: Grey, view: View) -> Grey:
    width, height = scene.shape[1], scene.shape[0]
    half = np.array(paper.shape[::-1]) * view.module / MODULE / 2
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64) * half
    angle, tilt = np.deg2rad(view.turn), np.deg2rad(view.tilt)
    turned = corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    depth = 1.4 * width / (1.4 * width + turned[:, :1] * np.sin(tilt))
    places = turned * np.array([np.cos(tilt), 1.0]) * depth + np.array([width / 2, height / 2]) + np.array(view.shift)
    source = np.array([(0, 0), (paper.shape[1], 0), (paper.shape[1], paper.shape[0]), (0, paper.shape[0])], np.float32)
    double = (2 * width, 2 * height)
    move = cv2.getPerspectiveTransform(source, (2 * places).astype(np.float32))
    fine = cv2.resize(scene, double)
    shrunk = cv2.GaussianBlur(paper, (0, 0), max(0.1, MODULE / view.module / 4))
    cv2.warpPerspective(shrunk, move, double, dst=fine, borderMode=cv2.BORDER_TRANSPARENT)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _seen(scene: Grey, view: View, chance: np.random.Generator) -> Grey:
    light = (scene.astype(np.float32) - 128) * view.contrast + 128
    if view.glare:
        rows, columns = np.mgrid[0 : scene.shape[0], 0 : scene.shape[1]].astype(np.float32)
        away = np.hypot(columns - 0.56 * scene.shape[1], rows - 0.46 * scene.shape[0]) / (0.09 * scene.shape[1])
        light += view.glare * np.exp(-(away**2))
    light = cv2.GaussianBlur(light, (0, 0), max(0.1, view.blur))
    noisy = light + chance.normal(0, view.noise, light.shape)
    _, packed = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def lobby_frame(kind: str, text: str, view: View, seed: int, size: tuple[int, int] = (1280, 720)) -> Grey:
    """A frame with one symbol."""
    return photograph(slip(symbol(kind, text), np.random.default_rng(seed)), view, seed, size)
