"""Measuring a pair in regions: each pixel counts the same, an empty region has no value."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import metrics as skimage_metrics

from evalkit.metrics.mae import MAE
from evalkit.metrics.measure import measure_pair, missing_rows
from evalkit.metrics.registry import find_metric
from evalkit.metrics.ssim import SSIM
from translator.clips.clip import Clip, mask_clip
from translator.errors import InputError

Pixels = NDArray[np.uint8]
structural_similarity: Any = skimage_metrics.structural_similarity  # it has no types
Where = NDArray[np.bool_]


def _clip(frames: Pixels, source: str = "array") -> Clip:
    return Clip.from_array(frames, source=source)


def _measure(reference: Pixels, test: Pixels, mask: Where, sector: Where, region: str) -> float | str:
    real = _clip(reference)
    return measure_pair(real, _clip(test), mask_clip(mask, real), sector, [MAE], [region])["mae", region]


def _small() -> tuple[Pixels, Pixels, Where, Where]:
    """Two frames of 2 x 3; the errors are 1..6 in the first and 10 everywhere in the second."""
    reference = np.zeros((2, 2, 3), np.uint8)
    test = np.array([[[1, 2, 3], [4, 5, 6]], [[10, 10, 10], [10, 10, 10]]], np.uint8)
    mask = np.array([[[1, 0, 0], [0, 0, 1]], [[0, 0, 0], [1, 0, 0]]], np.bool_)
    sector = np.array([[1, 1, 0], [1, 1, 0]], np.bool_)
    return reference, test, mask, sector


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("frame", (21 + 60) / 12),
        ("sector", (1 + 2 + 4 + 5 + 4 * 10) / 8),
        ("mask", (1 + 6 + 10) / 3),  # the frame with two hidden pixels weighs twice the one with one
    ],
)
def test_value_is_the_mean_over_all_pixels_of_the_region_in_all_frames(region: str, expected: float) -> None:
    assert _measure(*_small(), region) == pytest.approx(expected, abs=1e-12)


def test_seam_is_the_3_pixels_on_both_sides_of_the_border_within_the_sector() -> None:
    """One hidden pixel at the centre of 9 x 9 has the 7 x 7 around it as seam; the sector cuts off the right."""
    mask = np.zeros((1, 9, 9), np.bool_)
    mask[0, 4, 4] = True
    sector = np.ones((9, 9), np.bool_)
    sector[:, 6:] = False
    test = np.zeros((1, 9, 9), np.uint8)
    test[0, 1:8, 1:8] = 12  # the seam
    test[0, :, 8] = 255
    assert _measure(np.zeros_like(test), test, mask, sector, "seam") == pytest.approx(12.0, abs=1e-12)
    test[0, 4, 0] = 200  # 4 pixels away: outside
    assert _measure(np.zeros_like(test), test, mask, sector, "seam") == pytest.approx(12.0, abs=1e-12)
    test[0, 1, 5] = 47  # in it: 35 pixels of the sector, one is 35 levels more
    assert _measure(np.zeros_like(test), test, mask, sector, "seam") == pytest.approx(13.0, abs=1e-12)


def test_deep_inside_of_a_large_mask_is_no_seam() -> None:
    mask = np.zeros((1, 21, 21), np.bool_)
    mask[0, 3:18, 3:18] = True
    test = np.zeros((1, 21, 21), np.uint8)
    test[0, 6:15, 6:15] = 255
    assert _measure(np.zeros_like(test), test, mask, np.ones((21, 21), np.bool_), "seam") == 0.0


def test_hidden_pixels_are_parted_into_those_seen_at_another_time_and_those_never_seen() -> None:
    reference, test, mask, sector = _small()
    mask[:, 1, 1] = True  # hidden in both frames; the others in one
    assert _measure(reference, test, mask, sector, "unseen") == pytest.approx((5 + 10) / 2, abs=1e-12)
    assert _measure(reference, test, mask, sector, "seen") == pytest.approx((1 + 6 + 10) / 3, abs=1e-12)
    assert _measure(reference, test, mask, sector, "mask") == pytest.approx((1 + 6 + 10 + 5 + 10) / 5, abs=1e-12)


def test_of_a_still_every_hidden_pixel_is_unseen() -> None:
    reference, test, mask, sector = _small()
    still = reference[:1], test[:1], mask[:1], sector
    assert _measure(*still, "unseen") == pytest.approx((1 + 6) / 2, abs=1e-12)
    assert _measure(*still, "seen") == "the hidden part that is seen at other times is empty"


@pytest.mark.parametrize(
    ("region", "called"),
    [
        ("mask", "mask"),
        ("seam", "seam"),
        ("sector", "sector"),
        ("seen", "hidden part that is seen at other times"),
        ("unseen", "hidden part that is never seen"),
    ],
)
def test_an_empty_region_has_no_value_rather_than_0(region: str, called: str) -> None:
    reference, test, mask, sector = _small()
    nothing = _measure(reference, test, np.zeros_like(mask), np.zeros_like(sector), region)
    assert nothing == f"the {called} is empty"


def test_ssim_in_a_mask_that_lies_in_the_border_has_no_value() -> None:
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (2, 20, 20), dtype=np.uint8)
    mask = np.zeros((2, 20, 20), np.bool_)
    mask[:, :5] = True
    real = _clip(frames)
    rows = measure_pair(real, _clip(frames), mask_clip(mask, real), mask[0], [SSIM, MAE], ["mask", "frame"])
    assert rows["ssim[wang2004]", "mask"] == "no pixel of the mask has a value"
    assert rows["mae", "mask"] == 0.0
    assert rows["ssim[wang2004]", "frame"] == pytest.approx(1.0, abs=1e-10)


def test_ssim_of_the_frame_is_the_mean_of_scikit_images_over_the_frames() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 256, (2, 3, 24, 30), dtype=np.uint8)
    real, sector = _clip(first), np.ones((24, 30), np.bool_)
    nothing = mask_clip(np.zeros_like(first, np.bool_), real)
    rows = measure_pair(real, _clip(second), nothing, sector, [SSIM], ["frame"])
    expected = [
        structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)
        for a, b in zip(first, second, strict=True)
    ]
    assert rows["ssim[wang2004]", "frame"] == pytest.approx(np.mean(expected), abs=1e-10)


def test_ssim_in_a_region_averages_the_map_of_the_whole_frame() -> None:
    """Scikit-image's full map, computed on whole frames, averaged over the same pixels."""
    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 256, (2, 1, 30, 30), dtype=np.uint8)
    mask = np.zeros((1, 30, 30), np.bool_)
    mask[0, 3:14, 8:12] = True  # rows 3 and 4 lie in the border and have no value
    real = _clip(first)
    rows = measure_pair(real, _clip(second), mask_clip(mask, real), np.ones((30, 30), np.bool_), [SSIM], ["mask"])
    _, full = structural_similarity(
        first[0], second[0], gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True
    )
    assert rows["ssim[wang2004]", "mask"] == pytest.approx(full[5:14, 8:12].mean(), abs=1e-10)


def test_only_the_regions_asked_for_and_declared_are_measured() -> None:
    reference, test, mask, sector = _small()
    real, narrow = _clip(reference), replace(MAE, regions=("mask",))
    rows = measure_pair(real, _clip(test), mask_clip(mask, real), sector, [narrow], ["frame", "mask"])
    assert set(rows) == {("mae", "mask")}


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 8, 9), (2, 8, 8, 3)])
def test_a_translation_of_another_size_is_refused_with_both_sizes(shape: tuple[int, ...]) -> None:
    real = _clip(np.zeros((2, 8, 8), np.uint8), "real-1")
    made = _clip(np.zeros(shape, np.uint8), "made-1")
    mask = mask_clip(np.zeros((2, 8, 8), np.bool_), real)
    with pytest.raises(InputError) as caught:
        measure_pair(real, made, mask, np.ones((8, 8), np.bool_), [MAE], ["frame"])
    (fault,) = caught.value.faults
    assert fault.where == "made-1"
    assert str(shape) in fault.what
    assert "(2, 8, 8)" in fault.what
    assert fault.remedy


def test_a_mask_of_another_size_is_refused() -> None:
    real = _clip(np.zeros((2, 8, 8), np.uint8))
    mask = _clip(np.zeros((1, 8, 8), np.uint8), "mask-1")
    with pytest.raises(InputError, match="mask-1"):
        measure_pair(real, real, mask, np.ones((8, 8), np.bool_), [MAE], ["frame"])


def test_missing_rows_are_one_per_metric_and_region_with_the_reason() -> None:
    narrow = replace(MAE, regions=("mask",))
    rows = missing_rows("a", "c", "s", "near", "failed", "why", [SSIM, narrow], ["frame", "mask"])
    assert [(row.metric, row.region) for row in rows] == [
        ("ssim[wang2004]", "frame"), ("ssim[wang2004]", "mask"), ("mae", "mask")]  # fmt: skip
    assert {(row.arm, row.clip_id, row.subject_id, row.pairing) for row in rows} == {("a", "c", "s", "near")}
    assert {(row.value, row.status, row.note) for row in rows} == {(None, "failed", "why")}


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"'ssim\[wang\]'. Did you mean ssim\[wang2004\]") as caught:
        find_metric("ssim[wang]", "study: metrics")
    assert caught.value.faults[0].where == "study: metrics"


def test_a_metric_name_like_no_other_is_refused_with_all_known_ones() -> None:
    with pytest.raises(InputError, match=r"Known: ssim\[wang2004\], .*mae"):
        find_metric("zzz", "study: metrics")
