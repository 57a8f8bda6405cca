"""Evidence planes: ten of them in 0..1, blind to what is hidden."""

import numpy as np
import pytest

from translator.clips.clip import Frames, Mask
from translator.fill.evidence import CONFIDENCE, MASK, PLANES, PRIOR, VISIBLE, evidence_planes
from translator.fill.prior import phase_prior, trusted
from translator.fill.propagate import propagate
from translator.simulate.heart import heart_clip


def _heart(frames: int = 6) -> tuple[Frames, Mask]:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, frames, 48, 25.0)
    mask = np.zeros(grey.shape, np.bool_)
    for t in range(frames):
        mask[t, 12 + t : 24 + t, 14:30] = True
    return grey, mask


@pytest.mark.parametrize("frames", [1, 6])
def test_the_planes_are_ten_in_0_to_1(frames: int) -> None:
    planes = evidence_planes(*_heart(frames))
    assert planes.shape == (frames, PLANES, 48, 48)
    assert planes.dtype == np.float32
    assert planes.min() >= 0
    assert planes.max() <= 1


def test_each_plane_holds_what_its_name_says() -> None:
    grey, mask = _heart()
    planes = evidence_planes(grey, mask)
    prior = phase_prior(grey, mask)
    forward, backward = propagate(grey, mask, trusted(mask))
    expected = [
        np.where(mask, 0, grey / 255), mask.astype(float), prior.value / 255, prior.confidence,
        forward.value / 255, forward.nearness, backward.value / 255, backward.nearness, prior.match / 255,
        prior.telea / 255,
    ]  # fmt: skip
    for index, plane in enumerate(expected):
        assert planes[:, index] == pytest.approx(plane, abs=1e-6), index
    assert (VISIBLE, MASK, PRIOR, CONFIDENCE) == (0, 1, 2, 3)


def test_what_is_hidden_has_no_influence() -> None:
    grey, mask = _heart()
    planes = evidence_planes(grey, mask)
    grey[mask] = np.random.default_rng(1).integers(0, 256, int(mask.sum()), dtype=np.uint8)
    assert np.array_equal(evidence_planes(grey, mask), planes)


def test_visible_pixels_show_themselves_in_every_value_plane() -> None:
    grey, mask = _heart()
    planes = evidence_planes(grey, mask)
    for index in (VISIBLE, PRIOR, 4, 6, 8, 9):
        assert planes[:, index][~mask] == pytest.approx(grey[~mask] / 255, abs=1e-6)
