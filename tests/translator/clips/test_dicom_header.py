"""What a DICOM header says of time and space: kept where it can be true, not given where it cannot."""

from typing import Any

import pydicom
import pytest
from pydicom import examples
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from translator.clips.dicom_header import frame_times, rate, spacing, tissue_boxes


def _data(**elements: Any) -> Dataset:
    data = Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in elements.items():
            setattr(data, keyword, value)
    return data


def _region(box: tuple[int, int, int, int], kind: int = 1, form: int = 1, **elements: Any) -> Dataset:
    """A region by DICOM's own corners: x0, y0, x1, y1, all of them in it."""
    corners = dict(zip(("MinX0", "MinY0", "MaxX1", "MaxY1"), box, strict=True))
    named = {f"RegionLocation{key}": value for key, value in corners.items()}
    return _data(RegionDataType=kind, RegionSpatialFormat=form, **named, **elements)


def _boxes(*regions: Dataset) -> tuple[tuple[int, int, int, int], ...]:
    return tissue_boxes(_data(SequenceOfUltrasoundRegions=Sequence(regions)), 480, 640)


def test_frame_times_are_the_sums_of_the_vector_from_zero() -> None:
    data = _data(FrameTimeVector=["0", "40", "20", "60"])
    times = frame_times(data, 4)
    assert times == (0.0, 40.0, 60.0, 120.0)
    assert rate(data, times) == pytest.approx(25.0)  # three steps in 120 ms


def test_a_first_step_that_is_not_zero_does_not_shift_the_frames() -> None:
    assert frame_times(_data(FrameTimeVector=[33, 40, 20]), 3) == (0.0, 40.0, 60.0)


@pytest.mark.parametrize(
    "vector", [["0", "40"], ["0", "40", "-1"], ["0", "0", "0"], ["0", "40", "nan"], [], None, "40"]
)
def test_a_vector_that_cannot_be_true_counts_as_not_given(vector: Any) -> None:
    data = _data(FrameTimeVector=vector, CineRate="30")
    assert frame_times(data, 3) is None
    assert rate(data, None) == 30.0


@pytest.mark.parametrize(
    ("elements", "fps"),
    [
        ({"FrameTime": "40", "CineRate": "30"}, 25.0),
        ({"FrameTime": "0", "CineRate": "30"}, 30.0),
        ({"FrameTime": "-40", "RecommendedDisplayFrameRate": "20"}, 20.0),
        ({"FrameTime": "nan", "CineRate": "0", "RecommendedDisplayFrameRate": "20"}, 20.0),
        ({"FrameTime": "1e-9"}, None),
        ({}, None),
    ],
)
def test_the_first_rate_that_can_be_true_is_taken(elements: dict[str, str], fps: float | None) -> None:
    assert rate(_data(**elements), None) == fps


@pytest.mark.parametrize("pixels", [["-1", "0.5"], ["0", "1"], ["0.5"], ["inf", "1"]])
def test_a_spacing_that_cannot_be_true_gives_way_to_a_region(pixels: list[str]) -> None:
    scale: dict[str, Any] = {
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.05,
        "PhysicalDeltaY": -0.02,
    }
    data = _data(PixelSpacing=pixels, SequenceOfUltrasoundRegions=Sequence([_region((0, 0, 639, 479), **scale)]))
    assert spacing(data, 480, 640) == pytest.approx((0.2, 0.5))
    assert spacing(_data(PixelSpacing=pixels), 480, 640) is None


def test_a_tissue_region_is_a_box_whose_ends_are_not_in_it() -> None:
    assert _boxes(_region((84, 31, 595, 414))) == ((31, 84, 415, 596),)


def test_flow_counts_and_spectra_and_other_formats_do_not() -> None:
    flow, spectrum, m_mode = _region((0, 0, 99, 99), kind=2), _region((0, 200, 99, 299), kind=3), None
    m_mode = _region((200, 0, 299, 99), form=2)
    assert _boxes(flow, spectrum, m_mode) == ((0, 0, 100, 100),)


def test_a_flow_box_within_its_sector_and_a_region_given_twice_are_dropped() -> None:
    outer, inner = _region((10, 20, 500, 400)), _region((100, 100, 200, 200), kind=2)
    assert _boxes(inner, outer, outer) == ((20, 10, 401, 501),)


def test_two_sectors_side_by_side_are_two_boxes() -> None:
    assert len(_boxes(_region((0, 0, 310, 479)), _region((320, 0, 639, 479)))) == 2


def test_a_region_that_ends_one_pixel_outside_is_clipped() -> None:
    assert _boxes(_region((0, 0, 640, 480))) == ((0, 0, 480, 640),)


def test_one_region_of_another_resolution_makes_all_of_them_worthless() -> None:
    assert _boxes(_region((0, 0, 300, 200)), _region((0, 0, 900, 700))) == ()


@pytest.mark.parametrize("box", [(100, 100, 90, 200), (5, 5, 10, 300)], ids=["right before left", "six pixels wide"])
def test_a_region_that_shows_nothing_is_no_box(box: tuple[int, int, int, int]) -> None:
    assert _boxes(_region(box)) == ()


def test_a_real_header_of_another_resolution_gives_no_box() -> None:
    data = pydicom.dcmread(examples.get_path("ybr_color"), stop_before_pixels=True)
    assert data.SequenceOfUltrasoundRegions
    assert tissue_boxes(data, data.Rows, data.Columns) == ()
