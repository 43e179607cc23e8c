"""Case 75: the same picture in every transfer syntax; lossless ones bit-equal, lossy ones near, unknown ones named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, encapsulate_extended

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.corpus import PACKAGED, name, shared
from tests.making import SYNTAXES, compressed, encoded, image, made, phantom, run_lengths, written

LOSSLESS = ("Big", "Deflated", "JPEG2000LosslessOnly", "JPEGLSLossless", "Process14", "LittleEndian", "RLE")
MR_KINDS = ("RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless", "padded")
COLOUR_KINDS = ("dcmtk_+eb+cr", "jls_lossy_line", "gdcm_KY")
CT_FILES = [path for path in shared("transfer_syntax/CTImage*.dcm") if not path.name.endswith(".ts.dcm")]


def shown(data: bytes | Path, frame: int = 0) -> NDArray[np.uint8]:
    """The picture of a frame."""
    return to_picture(load_frame(read(data), frame))


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_case_75_made_lossless_are_bit_equal(modality: str, syntax: str) -> None:
    samples = phantom(modality, 96)
    frame = load_frame(read(encoded(samples, modality, syntax)))
    assert (frame.codes.astype(int) - (32_768 if modality == "CT" else 0) == samples).all()


PLAIN_CT = "CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm"
# Reference, other, largest difference, mean difference: lossless ones are equal, lossy ones near.
PAIRS = [
    *(
        (path.with_name(PLAIN_CT), path, 0 if any(word in path.name for word in LOSSLESS) else 255, 6)
        for path in CT_FILES
    ),
    *((PACKAGED / "MR_small.dcm", PACKAGED / f"MR_small_{kind}.dcm", 0, 0) for kind in MR_KINDS),
    *((PACKAGED / "SC_rgb_rle.dcm", PACKAGED / f"SC_rgb_{kind}.dcm", 12, 6) for kind in COLOUR_KINDS),
    (PACKAGED / "SC_rgb_small_odd.dcm", PACKAGED / "SC_rgb_small_odd_big_endian.dcm", 0, 0),
    (PACKAGED / "rtdose.dcm", PACKAGED / "rtdose_rle.dcm", 0, 0),
    (PACKAGED / "liver_1frame.dcm", PACKAGED / "liver_expb_1frame.dcm", 0, 0),
]


@pytest.mark.parametrize(("reference", "other", "largest", "mean"), PAIRS, ids=[name(pair[1]) for pair in PAIRS])
def test_case_75_same_picture_in_files(reference: Path, other: Path, largest: int, mean: float) -> None:
    difference = np.abs(shown(other).astype(int) - shown(reference).astype(int))
    assert difference.max() <= largest
    assert difference.mean() <= mean


@pytest.mark.parametrize("process", ["+e1", "+el", "+ee", "+es", "+ep", "+eb"])
def test_jpeg_processes_written_by_dcmtk(process: str, tmp_path: Path) -> None:
    """Lossless 14 SV1 and 14, extended 12 bit, spectral selection (53), progression (55), baseline."""
    samples = phantom("MR", 128) if process != "+eb" else (phantom("MR", 128) >> 4).astype(np.uint8)
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(made(samples, "MR" if process != "+eb" else "OT"))
    subprocess.run(["dcmcjpeg", process, str(source), str(target)], check=True)
    difference = np.abs(shown(target).astype(int) - shown(source).astype(int))
    assert difference.max() == 0 if process in ("+e1", "+el") else difference.mean() < 8


@pytest.mark.parametrize("near", ["+en", "+el"])
def test_jpeg_ls_written_by_dcmtk(near: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(made(phantom("MR", 128), "MR"))
    subprocess.run(["dcmcjpls", near, str(source), str(target)], check=True)
    assert np.abs(shown(target).astype(int) - shown(source).astype(int)).max() <= (0 if near == "+el" else 3)


@pytest.mark.parametrize("offsets", ["none", "basic", "extended"])
@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("frames", [1, 4])
def test_fragments_with_and_without_offset_tables(offsets: str, fragments: int, frames: int) -> None:
    pictures = [phantom("MR", 64, seed) for seed in range(frames)]
    dataset = image(np.stack(pictures) if frames > 1 else pictures[0], "MR")
    streams = [compressed(picture, "jpeg2000") for picture in pictures]
    if offsets == "extended":
        dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(
            streams
        )
    else:
        dataset.PixelData = encapsulate(streams, fragments_per_frame=fragments, has_bot=offsets == "basic")
    dataset["PixelData"].VR = "OB"
    instance = read(written(dataset, SYNTAXES["jpeg2000"]))
    for number, picture in enumerate(pictures):
        assert (load_frame(instance, number).codes == picture).all()


def test_run_lengths_of_colour_and_sixteen_bits() -> None:
    colour = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    dataset = image(colour)
    dataset.PixelData, dataset.PlanarConfiguration = encapsulate([run_lengths(colour)]), 1
    dataset["PixelData"].VR = "OB"
    assert (shown(written(dataset, SYNTAXES["rle"])) == colour).all()


def test_jpeg_2000_of_more_than_a_million_pixels_is_bit_equal() -> None:
    samples = phantom("DX", 1100)
    assert (load_frame(read(encoded(samples, "DX", "jpeg2000"))).codes == samples).all()


@pytest.mark.parametrize(("syntax", "words"), [
    ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile"), ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile"),
    ("1.3.6.1.4.1.99999.1", "unknown transfer syntax 1.3.6.1.4.1.99999.1"),
])  # fmt: skip
def test_case_75_what_cannot_be_decoded_is_named(syntax: str, words: str) -> None:
    dataset = image(phantom("CT", 16), "CT")
    dataset.PixelData = encapsulate([b"\0" * 64])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    data = _with_syntax(written(dataset, SYNTAXES["rle"]), syntax)
    with pytest.raises(KioskError) as caught:
        load_frame(read(data))
    assert caught.value.code == FaultCode.OBJECT_UNREADABLE
    assert words in caught.value.detail


def _with_syntax(data: bytes, syntax: str) -> bytes:
    """Replace the transfer syntax element whatever its length."""
    at = data.index(b"\x02\x00\x10\x00UI")
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    return data[: at + 6] + len(value).to_bytes(2, "little") + value + data[at + 8 + length :]


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("planar", [0, 1])
def test_colour_of_lossless_jpeg_ls(photometric: str, planar: int) -> None:
    colour = np.random.default_rng(2).integers(0, 256, (16, 24, 3)).astype(np.uint8)
    dataset = image(colour, PhotometricInterpretation=photometric)
    dataset.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(colour))])
    dataset["PixelData"].VR, dataset.PlanarConfiguration = "OB", planar
    plain = image(colour, PhotometricInterpretation=photometric)
    assert (shown(written(dataset, SYNTAXES["jpegls"])) == shown(written(plain))).all()
