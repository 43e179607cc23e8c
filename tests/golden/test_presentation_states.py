"""Case 74: presentation states against dcmtk's renderer, the golden picture, and geometry worked out by hand."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from kiosk.domain.sheets.film import Scale, Spacing
from kiosk.imaging.dicom.facts import Geometry
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from kiosk.imaging.pixels.placement import Placement
from kiosk.imaging.pixels.presentation import drawings, placement, read_state, true_size, turned
from tests.corpus import shared
from tests.making import image, phantom, written

UID = "1.2.826.0.1.3680043.10.999.1"


def sequence(**attributes: Any) -> list[Dataset]:
    """A sequence of one item."""
    item = Dataset()
    for name, value in attributes.items():
        if name == "LUTData":
            item.add_new(0x00283006, "OW", value)
        elif name == "LUTDescriptor":
            item.add_new(0x00283002, "US", value)
        else:
            setattr(item, name, value)
    return [item]


def state(**attributes: Any) -> bytes:
    """A presentation state for the test's image."""
    dataset = image(np.zeros((2, 2), np.uint8), "PR")
    for name in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
                 "SamplesPerPixel", "PhotometricInterpretation"):  # fmt: skip
        delattr(dataset, name)
    dataset.SOPInstanceUID = UID + ".9"
    reference = sequence(ReferencedSOPInstanceUID=UID, ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2")
    dataset.ReferencedSeriesSequence = sequence(SeriesInstanceUID=UID, ReferencedImageSequence=reference)
    dataset.PresentationLUTShape = "IDENTITY"
    for name, value in attributes.items():
        setattr(dataset, name, value)
    return written(dataset)


def picture(image_data: bytes, state_data: bytes) -> NDArray[np.uint8]:
    """The image as the state displays it."""
    return to_picture(load_frame(read(image_data), presentation=read_state(state_data)))


def dcmtk_state(image_data: bytes, folder: Path, changes: dict[str, Any]) -> tuple[bytes, NDArray[np.uint8]]:
    """A state made by dcmtk for the image, changed, and dcmtk's rendering of it."""
    source, made_state, out = folder / "image.dcm", folder / "state.dcm", folder / "out.pgm"
    source.write_bytes(image_data)
    subprocess.run(["dcmpsmk", str(source), str(made_state)], check=True)
    dataset = pydicom.dcmread(io.BytesIO(made_state.read_bytes()))
    for name, value in changes.items():
        setattr(dataset, name, value)
    dataset.save_as(made_state, enforce_file_format=True)
    subprocess.run(["dcmp2pgm", "-p", str(made_state), str(source), str(out)], check=True)
    return made_state.read_bytes(), cv2.imread(str(out), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("changes", [
    {},
    {"PresentationLUTShape": "INVERSE"},
    {"ImageRotation": 90, "ImageHorizontalFlip": "N"},
    {"ImageRotation": 180, "ImageHorizontalFlip": "Y"},
    {"ImageRotation": 270, "ImageHorizontalFlip": "Y"},
    {"ImageRotation": 0, "ImageHorizontalFlip": "Y"},
    {"SoftcopyVOILUTSequence": sequence(WindowCenter=-500, WindowWidth=1500)},
], ids=lambda changes: "+".join(changes) or "as made")  # fmt: skip
def test_case_74_agrees_with_dcmtk(photometric: str, changes: dict[str, Any], tmp_path: Path) -> None:
    samples = phantom("CT", 80)[:, :60]
    data = written(image(samples, "CT", PhotometricInterpretation=photometric))
    made_state, theirs = dcmtk_state(data, tmp_path, changes)
    ours = picture(data, made_state)
    assert ours.shape == theirs.shape
    assert (np.abs(ours.astype(int) - theirs.astype(int)) <= 1).mean() >= 0.999


def golden() -> list[tuple[str, bytes, bytes, NDArray[np.uint8]]]:
    """Image, state and picture: one worked out here through three look-up tables, the shared one where present."""
    samples = np.arange(256, dtype=np.uint8).reshape(16, 16)
    modality, voi = np.arange(256) * 16, np.minimum(np.arange(4096) // 8, 255)
    output = 255 - np.arange(256)
    tables = {
        "ModalityLUTSequence": sequence(LUTDescriptor=[256, 0, 12], LUTData=words(modality), ModalityLUTType="US"),
        "SoftcopyVOILUTSequence": sequence(
            VOILUTSequence=sequence(LUTDescriptor=[4096, 0, 8], LUTData=words(voi)),
        ),
        "PresentationLUTSequence": sequence(LUTDescriptor=[256, 0, 8], LUTData=words(output)),
    }
    wanted = output[voi[modality[samples]]].astype(np.uint8)
    found = [("three tables", written(image(samples)), state(**tables), wanted)]
    for path in shared("objects/prLUTs.dcm"):
        picture_of = cv2.imread(str(path.with_name("expected_imgForPrLUT.png")), cv2.IMREAD_GRAYSCALE)
        found.append((path.name, path.with_name("imageForPrLUTs.dcm").read_bytes(), path.read_bytes(), picture_of))
    return found


def words(values: NDArray[Any]) -> bytes:
    """Entries of a look-up table, one to a word."""
    return values.astype("<u2").tobytes()


@pytest.mark.parametrize(
    ("title", "data", "pr", "wanted"), golden(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_case_74_golden_picture(title: str, data: bytes, pr: bytes, wanted: NDArray[np.uint8]) -> None:
    frame = load_frame(read(data), presentation=read_state(pr))
    assert frame.window_origin == "presentation"
    assert (np.abs(to_picture(frame).astype(int) - wanted) <= (1 if title == "three tables" else 0)).all()


def test_state_of_another_image_changes_nothing() -> None:
    data = written(image(phantom("CT", 32), "CT", SOPInstanceUID=UID + ".7"))
    assert (picture(data, state(ImageRotation=90)) == to_picture(load_frame(read(data)))).all()


def test_window_asked_for_wins_but_geometry_stays() -> None:
    data = written(image(phantom("CT", 32), "CT"))
    frame = load_frame(read(data), window=(0.0, 100.0), presentation=read_state(state(ImageRotation=90)))
    assert frame.window_origin == "asked"
    plain = to_picture(load_frame(read(data), window=(0.0, 100.0)))
    assert (to_picture(frame) == np.rot90(plain, -1)).all()


def test_displayed_area_is_cut_and_outside_is_dark() -> None:
    samples = np.full((20, 30), 200, np.uint8)
    area = sequence(DisplayedAreaTopLeftHandCorner=[-4, 6], DisplayedAreaBottomRightHandCorner=[10, 25],
                    PresentationSizeMode="TRUE SIZE")  # fmt: skip
    data, pr = written(image(samples)), state(DisplayedAreaSelectionSequence=area)
    shown = picture(data, pr)
    assert shown.shape == (20, 15)
    assert (shown[:15, 5:] == 200).all() and (shown[:, :5] == 0).all() and (shown[15:] == 0).all()
    assert true_size(read_state(pr), read(data))


@pytest.mark.parametrize(("shape", "visible"), [
    ({"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": 5, "ShutterRightVerticalEdge": 20,
      "ShutterUpperHorizontalEdge": 3, "ShutterLowerHorizontalEdge": 10}, 16 * 8),
    ({"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [15, 15], "RadiusOfCircularShutter": 10}, 317),
    ({"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [5, 5, 5, 14, 14, 14, 14, 5]}, 100),
])  # fmt: skip
def test_shutters_hide_the_rest(shape: dict[str, Any], visible: int) -> None:
    data = written(image(np.full((30, 30), 250, np.uint8)))
    shown = picture(data, state(ShutterPresentationValue=0, **shape))
    assert int((shown == 250).sum()) == visible
    assert int((shown == 0).sum()) == 900 - visible
    white = picture(data, state(ShutterPresentationValue=65_535, **shape))
    assert int((white == 255).sum()) == 900 - visible


def test_case_74_graphics_lie_where_the_pixels_are() -> None:
    """A bright pixel and a point drawn at its middle stay together through rotation, flip and cutting."""
    for rotation in (0, 90, 180, 270):
        for flip in "NY":
            samples = np.zeros((20, 30), np.uint8)
            samples[7, 12] = 255
            graphic = sequence(GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=1,
                               GraphicData=[12.5, 7.5], GraphicType="POINT")  # fmt: skip
            area = sequence(DisplayedAreaTopLeftHandCorner=[3, 2], DisplayedAreaBottomRightHandCorner=[28, 18])
            annotation = sequence(GraphicLayer="ONE", GraphicObjectSequence=graphic)
            pr = state(
                ImageRotation=rotation,
                ImageHorizontalFlip=flip,
                DisplayedAreaSelectionSequence=area,
                GraphicAnnotationSequence=annotation,
            )
            data = written(image(samples))
            row, column = (int(index[0]) for index in np.nonzero(picture(data, pr) == 255))
            assert [d.points for d in drawings(read_state(pr), read(data))] == [((column + 0.5, row + 0.5),)]


def test_kinds_of_graphics_and_text() -> None:
    def graphic(kind: str, *points: float, filled: str = "N") -> Dataset:
        return sequence(GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=len(points) // 2,
                        GraphicData=list(points), GraphicType=kind, GraphicFilled=filled)[0]  # fmt: skip

    objects = [graphic("POLYLINE", 0, 0, 5, 5, 0, 5), graphic("CIRCLE", 10, 10, 14, 10, filled="Y"),
               graphic("ELLIPSE", 5, 10, 15, 10, 10, 8, 10, 12), graphic("INTERPOLATED", 0, 0, 5, 5, 9, 0)]  # fmt: skip
    text = sequence(UnformattedTextValue="左\r\nlesion", AnchorPoint=[0.5, 0.25], AnchorPointAnnotationUnits="DISPLAY",
                    AnchorPointVisibility="N")  # fmt: skip
    annotation = sequence(GraphicLayer="A", GraphicObjectSequence=objects, TextObjectSequence=text)
    pr = state(SpecificCharacterSet="ISO_IR 192", GraphicAnnotationSequence=annotation)
    found = drawings(read_state(pr), read(written(image(np.zeros((40, 20), np.uint8)))))
    assert [d.kind for d in found] == ["line"] * 4 + ["text"]
    assert found[0].points == ((0, 0), (5, 5), (0, 5))
    assert found[1].filled and all(abs(np.hypot(x - 10, y - 10) - 4) < 1e-6 for x, y in found[1].points)
    assert all(abs(((x - 10) / 5) ** 2 + ((y - 10) / 2) ** 2 - 1) < 1e-6 for x, y in found[2].points)
    assert found[3].points[0] == (0, 0) and found[3].points[-1] == (9, 0)
    assert (found[4].text, found[4].points) == ("左 lesion", ((10.0, 10.0),))


def test_geometry_follows_the_picture() -> None:
    """The patient's position of every corner pixel is the same by the turned geometry and by the source's."""
    geometry = Geometry((10.0, 20.0, 30.0), (1, 0, 0, 0, 1, 0), Spacing(2.0, 0.5, Scale.CALIBRATED))
    for rotation in range(4):
        for flipped in (False, True):
            place = Placement(6, 8, left=1, top=2, right=7, bottom=6, rotation=rotation, flipped=flipped)
            result = place.geometry(geometry)
            assert result.position and result.orientation and result.spacing
            numbers = np.arange(48).reshape(6, 8)
            shown = place.apply(numbers, -1)
            for row, column in ((0, 0), (0, shown.shape[1] - 1), (shown.shape[0] - 1, 0)):
                source_row, source_column = divmod(int(shown[row, column]), 8)
                wanted = np.array([10 + source_column * 0.5, 20 + source_row * 2.0, 30])
                steps = column * result.spacing.column * np.array(result.orientation[:3])
                steps = steps + row * result.spacing.row * np.array(result.orientation[3:])
                assert np.allclose(np.array(result.position) + steps, wanted)


def test_overlays_are_shown_only_when_the_state_activates_them() -> None:
    dataset = image(np.zeros((16, 16), np.uint8))
    for element, vr, value in ((0x10, "US", 16), (0x11, "US", 16), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
                               (0x100, "US", 1), (0x102, "US", 0)):  # fmt: skip
        dataset.add_new(0x60000000 + element, vr, value)
    dataset.add_new(0x60003000, "OW", b"\xff" * 32)
    data = written(dataset)
    assert load_frame(read(data)).overlay is not None
    assert load_frame(read(data), presentation=read_state(state())).overlay is None
    pr = pydicom.dcmread(io.BytesIO(state()))
    pr.add_new(0x60001001, "CS", "LAYER")
    assert load_frame(read(data), presentation=read_state(written(pr))).overlay is not None


def test_placement_of_a_whole_image() -> None:
    data = written(image(np.zeros((20, 30), np.uint8), ImagePositionPatient=[0, 0, 0]))
    place = placement(read_state(state(ImageRotation=90)), read(data))
    assert (place.width, place.height) == (20, 30)
    assert turned(read_state(state()), read(data)).position == (0, 0, 0)
