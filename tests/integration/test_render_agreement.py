"""Second opinion: dcmtk's renderers, within one grey level on 99.9 % of the pixels of every file both can show.

Where dcmtk and the standard part, the file is named in `DIFFERENT` with the reason and tested against something else.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.cli import render
from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom.reading import Instance, read
from kiosk.imaging.pixels.frame import Frame
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.corpus import name, packaged, shared
from tests.making import encoded, image, made, phantom, written

FILES = [
    *packaged(),
    *shared("colour/*.dcm"),
    *shared("cr_dx_voi/*.dcm"),
    *shared("objects/*.dcm"),
    *shared("charset/*.dcm"),
    *shared("transfer_syntax/*.dcm"),
    *shared("malformed/*.dcm"),
    *shared("malformed/generated/*.dcm"),
    *shared("series/*/*[05].dcm"),
]
# Files where dcmtk 3.6.7 does otherwise, and why; `test_where_dcmtk_differs` says what is right.
DIFFERENT = {
    "GH195.dcm": "JPEG with a JFIF header (so YCbCr) declared RGB: dcmtk believes the declaration, colours turn green",
    "liver_1frame.dcm": "segmentation of one bit: dcmtk draws the value 1 as 128",
    "liver_expb_1frame.dcm": "the same in big endian",
    "rtdose_expb.dcm": "32 bits in big endian: dcmtk exchanges the two words of each value",
    "rtdose_expb_1frame.dcm": "the same with one frame",
}
YBR_TOLERANCE = {"SC_ybr_full_uncompressed.dcm", "Issue19.dcm", "2023-04-21-RLEPlanarConfigurationYBR_FULL.dcm"}
REFUSED_ON_PURPOSE = ("deflated data set grows", "frames", "nested more than", "samples per pixel", "pixels")


def dcmtk(path: Path, frame: Frame, instance: Instance, out: Path) -> NDArray[np.uint8] | None:
    """dcmtk's picture of the first frame with the same window, None where it cannot."""
    syntax = instance.transfer_syntax
    tool = "dcml2pnm" if syntax[-3:] in (".80", ".81") else "dcmj2pnm" if ".1.2.4." in syntax else "dcm2pnm"
    options = {"file": ["+Wi", "1"], "lut": ["+Wl", "1"]}.get(frame.window_origin, [])
    if frame.window_origin == "asked" and frame.window:
        options = ["+Ww", repr(frame.window[0]), repr(frame.window[1])]
    subprocess.run([tool, "-q", *options, str(path), str(out)], capture_output=True, timeout=60, check=False)
    if not out.exists():
        return None
    picture = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    return picture[..., ::-1] if picture is not None and picture.ndim == 3 else picture


def close(ours: NDArray[np.uint8], theirs: NDArray[np.uint8], levels: int = 1) -> float:
    """Share of the pixels that agree within `levels`."""
    if theirs.ndim == 3 and ours.ndim == 2:
        theirs = theirs[..., 0]
    assert ours.shape == theirs.shape
    return float((np.abs(ours.astype(int) - theirs.astype(int)) <= levels).mean())


def comparable(instance: Instance) -> Frame:
    """The frame as both can window it: an automatic window is handed to dcmtk as numbers."""
    frame = load_frame(instance)
    if frame.window_origin == "auto" and frame.window and frame.window[1] >= 1:
        return load_frame(instance, window=frame.window)
    return frame


@pytest.mark.parametrize("path", [path for path in FILES if path.name not in DIFFERENT], ids=name)
def test_agrees_with_dcmtk(path: Path, tmp_path: Path) -> None:
    try:
        instance = read(path)
        frame = comparable(instance)
    except KioskError as fault:
        # Not ours to show: then dcmtk must fail too, unless the file was refused for what it claims.
        out = tmp_path / "out.ppm"
        if not any(reason in fault.detail for reason in REFUSED_ON_PURPOSE):
            for tool in ("dcm2pnm", "dcmj2pnm", "dcml2pnm"):
                subprocess.run([tool, "-q", str(path), str(out)], capture_output=True, timeout=60, check=False)
        assert not out.exists(), fault
        return
    theirs = dcmtk(path, frame, instance, tmp_path / "out.ppm")
    if theirs is not None:
        assert close(to_picture(frame), theirs, 2 if path.name in YBR_TOLERANCE else 1) >= 0.999


@pytest.mark.parametrize("path", [path for path in FILES if path.name in DIFFERENT], ids=name)
def test_where_dcmtk_differs(path: Path) -> None:
    picture = to_picture(load_frame(read(path)))
    if path.name.startswith("rtdose"):
        little = path.with_name(path.name.replace("_expb", ""))
        assert (picture == to_picture(load_frame(read(little)))).all()
    elif path.name.startswith("liver"):
        assert set(np.unique(picture)) == {0, 255}
    else:  # gums and lips are redder than green
        assert picture[..., 0].mean() > picture[..., 1].mean() + 15


@pytest.mark.parametrize("modality", ["CT", "MR", "DX"])
@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big", "deflated", "rle", "lossless", "jpegls"])
def test_made_objects_agree_with_dcmtk(modality: str, syntax: str, tmp_path: Path) -> None:
    path = tmp_path / "made.dcm"
    path.write_bytes(encoded(phantom(modality, 120), modality, syntax))
    instance = read(path)
    frame = load_frame(instance)
    theirs = dcmtk(path, frame, instance, tmp_path / "out.pgm")
    assert theirs is not None
    assert close(to_picture(frame), theirs) == 1.0


@pytest.mark.parametrize("attributes", [
    {"WindowCenter": 100, "WindowWidth": 700, "VOILUTFunction": "SIGMOID"},
    {"WindowCenter": [-600, 40], "WindowWidth": [1500, 350]},
    {"PhotometricInterpretation": "MONOCHROME1"},
    {"RescaleSlope": "0.25", "RescaleIntercept": "-100.5", "WindowCenter": 0, "WindowWidth": 50},
    {"BitsStored": 13, "HighBit": 12},
])  # fmt: skip
def test_value_transformations_agree_with_dcmtk(attributes: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "made.dcm"
    path.write_bytes(made(phantom("CT", 100), "CT", **attributes))
    instance = read(path)
    frame = load_frame(instance)
    theirs = dcmtk(path, frame, instance, tmp_path / "out.pgm")
    assert theirs is not None
    assert close(to_picture(frame), theirs) >= 0.999


def test_case_74_overlays_agree_with_dcmtk_and_are_clipped(tmp_path: Path) -> None:
    for origin in ([1, 1], [11, 31], [-9, -4], [90, 90], [200, 200]):
        dataset = image(phantom("CT", 100), "CT")
        bits = np.zeros((40, 50), np.uint8)
        bits[5:35, 10] = bits[5, 10:45] = 1
        for element, vr, value in ((0x10, "US", 40), (0x11, "US", 50), (0x40, "CS", "G"), (0x50, "SS", origin),
                                   (0x100, "US", 1), (0x102, "US", 0)):  # fmt: skip
            dataset.add_new(0x60000000 + element, vr, value)
        dataset.add_new(0x60003000, "OW", np.packbits(bits.reshape(-1), bitorder="little").tobytes())
        path = tmp_path / f"{origin[0]}_{origin[1]}.dcm"
        path.write_bytes(written(dataset))
        instance = read(path)
        frame = load_frame(instance)
        theirs = dcmtk(path, frame, instance, path.with_suffix(".pgm"))
        assert theirs is not None
        assert close(to_picture(frame), theirs) == 1.0
        assert (frame.overlay is None) == (origin == [200, 200])


def test_overlay_in_unused_bits_is_drawn_and_masked() -> None:
    samples = phantom("MR", 64)
    drawn = np.zeros(samples.shape, np.uint16)
    drawn[10:20, 10:20] = 1
    dataset = image(samples | drawn << np.uint16(13), "MR")
    for element, vr, value in ((0x10, "US", 64), (0x11, "US", 64), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
                               (0x100, "US", 16), (0x102, "US", 13)):  # fmt: skip
        dataset.add_new(0x60020000 + element, vr, value)
    frame = load_frame(read(written(dataset)))
    assert frame.overlay is not None and (frame.overlay == (drawn == 1)).all()
    assert (frame.codes == samples).all()


def command(*arguments: str) -> int:
    """`kiosk render` without the other commands."""
    parser = argparse.ArgumentParser()
    render.register(parser)
    return render.run(parser.parse_args(arguments))


def test_command_writes_the_same_pixels(tmp_path: Path) -> None:
    path, out = tmp_path / "a.dcm", tmp_path / "a.png"
    frames = np.stack([phantom("CT", 40), phantom("CT", 40, seed=2)])
    path.write_bytes(made(frames, "CT"))
    assert command(str(path), "--out", str(out), "--frame", "2", "--window", "50", "350") == 0
    wanted = to_picture(load_frame(read(path), 1, (50.0, 350.0)))
    assert (cv2.imread(str(out), cv2.IMREAD_UNCHANGED) == wanted).all()
    with pytest.raises(KioskError, match="frame 3 of 2"):
        command(str(path), "--out", str(out), "--frame", "3")


def test_command_names_what_cannot_be_shown(tmp_path: Path) -> None:
    for path in packaged("rtplan*.dcm"):
        with pytest.raises(KioskError, match="RT Plan Storage holds no image"):
            command(str(path), "--out", str(tmp_path / "x.png"))


def test_colour_is_written_as_colour(tmp_path: Path) -> None:
    path, out = tmp_path / "a.dcm", tmp_path / "a.png"
    samples = np.zeros((8, 8, 3), np.uint8)
    samples[..., 0] = 250
    path.write_bytes(made(samples))
    assert command(str(path), "--out", str(out)) == 0
    assert (cv2.imread(str(out))[..., ::-1] == samples).all()
