"""Undoing blur: small inverse filters (Wiener) for the blurs a cheap camera and a trembling hand make.

The kernels act at the frame's own scale, before a region is enlarged, where they are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

KERNEL = 17  # pixels a side
_PERIOD = 64  # pixels of the plane in which the inverse is computed
_FINE = 8  # steps per pixel in which a moving point is drawn


@dataclass(frozen=True)
class Blur:
    """How a point is smeared: Gaussian `sigma` in pixels, then a straight move of `length` pixels at `degrees`.

    `noise`: noise to signal power; larger values undo less.
    """

    sigma: float
    length: float = 0.0
    degrees: float = 0.0
    noise: float = 0.03


# by how many hard frames they read, the best first
USUAL = (
    Blur(1.2),
    Blur(1.5),
    *(Blur(0.9, 2.5, degrees) for degrees in (90.0, 45.0, 135.0, 0.0)),
    Blur(1.2, noise=0.06),
    *(Blur(1.0, 3.5, degrees) for degrees in (90.0, 45.0, 135.0, 0.0)),
)


def sharpen(picture: NDArray[np.uint8], blur: Blur) -> NDArray[np.uint8]:
    """The picture with the blur undone as far as the noise allows."""
    undone = cv2.filter2D(picture, cv2.CV_16S, inverse_kernel(blur), borderType=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(undone, 0, 255), np.uint8)


@lru_cache(maxsize=64)
def inverse_kernel(blur: Blur) -> NDArray[np.float32]:
    """(KERNEL, KERNEL) whose sum is 1."""
    transfer = np.fft.fft2(np.fft.ifftshift(_smeared_point(blur)))
    inverse = np.conj(transfer) / (np.abs(transfer) ** 2 + blur.noise)
    plane = np.fft.fftshift(np.real(np.fft.ifft2(inverse)))
    first = _PERIOD // 2 - KERNEL // 2
    kernel = plane[first : first + KERNEL, first : first + KERNEL]
    return np.asarray(kernel / kernel.sum(), np.float32)


def _smeared_point(blur: Blur) -> NDArray[np.float64]:
    """(_PERIOD, _PERIOD), the point in the middle, sum 1."""
    steps = np.linspace(-0.5, 0.5, max(1, round(blur.length * _FINE)) + 1) if blur.length else np.zeros(1)
    angle = np.deg2rad(blur.degrees)
    axis = np.arange(_PERIOD) - _PERIOD // 2
    across = axis[None, :, None] - steps * blur.length * np.cos(angle)
    along = axis[:, None, None] - steps * blur.length * np.sin(angle)
    spread = np.exp(-(across**2 + along**2) / (2 * blur.sigma**2)).sum(-1)
    return np.asarray(spread / spread.sum(), np.float64)
