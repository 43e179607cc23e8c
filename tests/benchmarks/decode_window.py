"""Decode and window: against pydicom's functions and dcmtk's renderer, side by side, and what decoding does to a GUI.

    python -m tests.benchmarks.decode_window

Pictures are made here (a CT of 512 squared, an MR of 256, a DR of 3,000) and written in six transfer syntaxes. Three
tables are printed: grey pipeline alone (codes to 8 bits), whole way from the bytes in memory to the picture, and the
longest gap of a 5 ms ticker on the main thread while another thread decodes: what a patient's touch would wait.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut, apply_voi_lut, get_decoder

from kiosk.adapters.sandbox import Workers
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels import jobs, rendering
from kiosk.imaging.pixels.picture import decode, load_frame, to_picture
from kiosk.imaging.pixels.values import codes, table
from tests.making import SYNTAXES, encoded, phantom

SIZES = {"CT": 512, "MR": 256, "DX": 3000}
NAN = float("nan")


def milliseconds(action: Callable[[], object], seconds: float = 1.0) -> float:
    """Median time of one call; a warm-up call is not counted."""
    action()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or (time.perf_counter() < end and len(times) < 200):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def pydicom_grey(samples: np.ndarray, dataset: pydicom.Dataset) -> np.ndarray:
    """Modality LUT, VOI LUT, 8 bits, by pydicom's functions and the idiom of its documentation."""
    values = apply_voi_lut(apply_modality_lut(samples, dataset), dataset)
    values = values - values.min()
    return (values / max(values.max(), 1) * 255).astype(np.uint8)


def rounded(samples: np.ndarray, dataset: pydicom.Dataset) -> np.ndarray:
    """What pydicom's functions say, brought to 8 bits by the range that the window maps to, rounded to the nearest."""
    values = apply_voi_lut(apply_modality_lut(samples, dataset), dataset)
    bits, signed = dataset.BitsStored, dataset.PixelRepresentation
    ends = np.array((-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1), np.float64)
    low, high = ends * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    return np.floor((values - low) / (high - low) * 255 + 0.5).astype(np.uint8)


def our_grey(data: bytes) -> Callable[[], np.ndarray]:
    """Decoded samples to 8 bits, as `load_frame` and `to_picture` do it."""
    instance = read(data)
    decoded = decode(instance, 0)
    spec = instance.pixels.spec

    def grey() -> np.ndarray:
        values, scale = codes(decoded.samples, decoded.signed, decoded.bits_stored, spec.high_bit)
        shown = rendering.choose(instance, 0, values, scale, None)
        return cv2.LUT(values, table(shown.rendering))

    return grey


def grey_pipeline(files: dict[tuple[str, str], bytes]) -> None:
    """Table 1; the last column counts pixels that differ from pydicom's values, correctly rounded."""
    print(f"\nstored values to 8 bits (ms), {cv2.getNumThreads()} threads for OpenCV")
    print("                 pydicom    table   ratio    with choosing the table   ratio   pixels that differ")
    for modality in SIZES:
        data = files[modality, "explicit"]
        dataset = pydicom.dcmread(io.BytesIO(data))
        samples, frame, ours = dataset.pixel_array, load_frame(read(data)), our_grey(data)
        difference = np.count_nonzero(rounded(samples, dataset) != ours())
        theirs = milliseconds(lambda s=samples, d=dataset: pydicom_grey(s, d))
        alone, whole = milliseconds(lambda f=frame: to_picture(f)), milliseconds(ours)
        ratios = f"{alone:>9.3f}{theirs / alone:>7.1f}x{whole:>20.3f}{theirs / whole:>14.1f}x"
        print(f"  {modality:<11}{theirs:>11.3f}{ratios}{difference:>12}")


def whole_way(files: dict[tuple[str, str], bytes], folder: Path) -> None:
    """Table 2."""
    print("\nbytes to 8-bit picture (ms; dcmtk: process time)")
    print("                             pydicom     dcmtk      ours   pydicom/ours  dcmtk/ours")
    for (modality, name), data in files.items():
        path = folder / f"{modality}_{name}.dcm"
        path.write_bytes(data)
        tool = {"jpegls": "dcml2pnm", "lossless": "dcmj2pnm"}.get(name, "dcm2pnm")
        command = [tool, "+Wi", "1", str(path), str(folder / "out.pgm")]
        ours = milliseconds(lambda d=data: to_picture(load_frame(read(d))))
        theirs = milliseconds(lambda d=data: _pydicom_way(d)) if pydicom_can(name) else NAN
        can = name not in ("jpeg2000", "htj2k")
        dcmtk = milliseconds(lambda c=command: subprocess.run(c, check=True, capture_output=True)) if can else NAN
        print(f"  {modality + ' ' + name:<24}{theirs:>12.2f}{dcmtk:>10.1f}{ours:>10.2f}"
              f"{theirs / ours:>11.1f}x{dcmtk / ours:>11.1f}x")  # fmt: skip


def pydicom_can(name: str) -> bool:
    """Whether pydicom has a plugin for the syntax in this environment."""
    syntax = pydicom.uid.UID(SYNTAXES[name])
    return not syntax.is_compressed or syntax.is_deflated or get_decoder(syntax).is_available


def _pydicom_way(data: bytes) -> np.ndarray:
    dataset = pydicom.dcmread(io.BytesIO(data))
    return pydicom_grey(dataset.pixel_array, dataset)


def gaps(action: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """95th percentile and maximum of the gaps of a 5 ms ticker on this thread while another thread runs `action`."""
    done = threading.Event()

    def work() -> None:
        for _ in range(times):
            action()
        done.set()

    action()
    thread = threading.Thread(target=work)
    found: list[float] = []
    thread.start()
    previous = time.perf_counter()
    while not done.is_set() or not found:
        time.sleep(0.005)
        now = time.perf_counter()
        found.append((now - previous) * 1e3)
        previous = now
    thread.join()
    return float(np.percentile(found, 95)), max(found)


def responsiveness(files: dict[tuple[str, str], bytes], folder: Path) -> None:
    """Table 3."""
    print("\nGUI gap while a 3000x3000 DR is decoded (ms, p95/max)   pydicom      ours in a thread    ours in a worker")
    with Workers(1) as workers:
        for name in SYNTAXES:
            data = files["DX", name]
            path = folder / f"DX_{name}.dcm"
            rows = (
                gaps(lambda d=data: _pydicom_way(d)) if pydicom_can(name) else (NAN, NAN),
                gaps(lambda d=data: to_picture(load_frame(read(d)))),
                gaps(lambda p=path: workers.call(jobs.picture, p, deadline_s=20)),
            )
            print(f"  DX {name:<40}" + "".join(f"{p95:>12.0f} /{most:>5.0f}" for p95, most in rows))


def main() -> None:
    """Make the pictures, print the tables."""
    warnings.simplefilter("ignore")
    files = {(modality, name): encoded(phantom(modality, size), modality, name)
             for modality, size in SIZES.items() for name in SYNTAXES}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        grey_pipeline(files)
        whole_way(files, Path(name))
        responsiveness(files, Path(name))


if __name__ == "__main__":
    main()
