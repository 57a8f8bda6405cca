"""Planted faults: each changes what it says it changes, and at strength 0 nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

pytest.importorskip("benchmarks.validity", reason="no benchmarks beside the tests")

from benchmarks.validity.faults import FAULTS, Fault, Scene

EVERYWHERE = {"grey conversion", "dropped frames", "repeated frame", "shift", "changed pixels outside the mask",
              "another patient's clip", "real relabelled as synthetic"}  # fmt: skip
BY_NAME = {fault.name: fault for fault in FAULTS}


def _scene(seed: int = 0) -> Scene:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=(3, 9, 32, 40)), (0, 3, 4, 4))
    real, other, training = (110 + 30 * smooth / smooth.std()).clip(20, 200).astype(np.uint8)
    hidden = np.zeros(real.shape, np.bool_)
    hidden[:, 8:24, 10:30] = True
    made = np.where(hidden, np.clip(real + rng.integers(-9, 10, real.shape), 0, 255), real).astype(np.uint8)
    grey = np.where(hidden, 150, real).astype(np.uint8)
    return Scene(real, made, grey, hidden, other, training, rng)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_without_strength_there_is_no_fault_and_at_gross_strength_there_is(fault: Fault) -> None:
    assert np.array_equal(fault.planted(_scene(), 0), _scene().made)
    gross = fault.planted(_scene(), fault.strengths[-1])
    assert gross.shape == _scene().made.shape
    assert gross.dtype == np.uint8
    assert not np.array_equal(gross, _scene().made)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name not in EVERYWHERE], ids=lambda fault: fault.name)
def test_faults_of_the_fill_leave_visible_pixels_alone(fault: Fault) -> None:
    scene = _scene()
    gross = fault.planted(scene, fault.strengths[-1])
    assert np.array_equal(gross[~scene.hidden], scene.made[~scene.hidden])


@pytest.mark.parametrize("fault", [f for f in FAULTS if not f.share], ids=lambda fault: fault.name)
def test_the_stronger_the_fault_the_farther_from_the_good_translation(fault: Fault) -> None:
    away = [np.abs(fault.planted(_scene(), s).astype(int) - _scene().made).mean() for s in (0, *fault.strengths)]
    assert np.all(np.diff(away) > 0)


def test_a_share_of_the_clips_has_the_fault() -> None:
    fault = BY_NAME["grey conversion"]
    scenes = [replace(_scene(), place=place / 40) for place in range(40)]
    hit = {share: [not np.array_equal(fault.planted(s, share), s.made) for s in scenes] for share in (0.05, 0.25, 1)}
    assert [sum(each) for each in hit.values()] == [2, 10, 40]
    assert not [few for few, many in zip(hit[0.05], hit[0.25], strict=True) if few and not many]
