"""gCNR: against its closed form for two normal distributions, and by hand."""

import numpy as np
import pytest
from scipy import stats

from evalkit.metrics.gcnr import GCNR, GCNR_ERROR, contrast, gcnr, sides
from evalkit.metrics.histogram import grey_counts
from tests.evalkit.metrics.one_value import number, value


def test_equal_histograms_have_0_and_disjoint_ones_1() -> None:
    levels = np.eye(256, dtype=np.int64)
    assert gcnr(levels[8], 5 * levels[8]) == 0
    assert gcnr(levels[3], levels[4]) == 1  # of two bins
    assert gcnr(levels[0] + levels[8], levels[8] + levels[16]) == pytest.approx(0.5)


@pytest.mark.parametrize("apart", [10, 30, 60])
def test_two_normal_distributions_have_their_overlap(apart: int) -> None:
    """Of equal spread they cross half way: gCNR = 1 - 2 Phi(-apart / 2 sigma); to .01, with bins of 4 levels."""
    rng = np.random.default_rng(1)
    inside, outside = (np.rint(rng.normal(mean, 15, (500, 500))).astype(np.uint8) for mean in (100, 100 + apart))
    every = np.ones((500, 500), np.bool_)
    expected = 1 - 2 * stats.norm.cdf(-apart / 30)
    assert gcnr(grey_counts(inside, every), grey_counts(outside, every)) == pytest.approx(expected, abs=0.01)


def test_the_ring_has_the_area_of_the_disc_that_it_surrounds() -> None:
    rows, columns = np.indices((101, 101)) - 50
    labels = (np.hypot(rows, columns) <= 30).astype(np.uint8)
    inside, outside = sides(labels)
    assert inside.sum() == labels.sum()
    assert outside.sum() == pytest.approx(inside.sum(), rel=0.02)
    assert not (inside & outside).any()


def test_what_is_not_labelled_is_on_neither_side_and_other_structures_are_outside() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[8:12, 8:12], labels[8:12, 12:], labels[:8] = 1, 2, 255
    inside, outside = sides(labels)
    assert inside.sum() == 16
    assert not outside[:8].any()
    assert outside[9, 12:15].all()
    assert not outside[9, 15:].any()  # more than 3 pixels away


def test_contrast_is_cut_to_the_area_and_none_where_a_side_is_missing() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[8:12, 8:12] = 1
    frame, every = np.where(labels == 1, 10, 200).astype(np.uint8), np.ones((20, 20), np.bool_)
    assert contrast(frame, *sides(labels), every) == 1
    assert contrast(frame, *sides(labels), labels == 1) is None
    assert contrast(frame, *sides(np.full((20, 20), 255, np.uint8)), every) is None
    frame[8:12, 12:] = 10  # brightness of the structure in part of the ring
    assert contrast(frame, *sides(labels), every) == pytest.approx(1 - 12 / sides(labels)[1].sum())


def test_of_a_clip_it_is_the_mean_over_the_labelled_frames() -> None:
    labels = np.zeros((3, 30, 30), np.uint8)
    labels[:2, 10:20, 10:20], labels[2] = 1, 255
    real = np.where(labels == 1, 20, 160).astype(np.uint8)
    made = real.copy()
    made[1] = 160
    assert value(GCNR, None, made, labels=labels) == pytest.approx(0.5)
    assert value(GCNR_ERROR, real, made, labels=labels) == pytest.approx(0.5)
    assert value(GCNR, None, real, labels=labels) == 1
    assert value(GCNR_ERROR, real, real, labels=labels) == 0


def test_without_a_segmentation_or_a_label_there_is_none_and_it_says_so() -> None:
    frames = np.zeros((2, 20, 20), np.uint8)
    assert value(GCNR, None, frames) == "the clip has no segmentation"
    assert value(GCNR_ERROR, frames, frames) == "the clip has no segmentation"
    nothing = value(GCNR, None, frames, labels=np.full(frames.shape, 255, np.uint8))
    assert nothing == "no labelled frame has pixels of label 1 and of its surroundings there"


def test_more_noise_lowers_it() -> None:
    rng = np.random.default_rng(3)
    labels = np.zeros((1, 60, 60), np.uint8)
    labels[0, 20:40, 20:40] = 1
    frame, noise = np.where(labels == 1, 100, 150), rng.standard_normal((1, 60, 60))
    values = [
        number(value(GCNR, None, np.clip(frame + s * noise, 0, 255).astype(np.uint8), labels=labels))
        for s in (5, 20, 60)
    ]
    assert values == sorted(values, reverse=True)
