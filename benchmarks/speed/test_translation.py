"""One simulated clip of 24 frames of 128 x 128 through the generator and the trivial arms."""

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from evalkit.arms.trivial import TRIVIAL, TrivialArm
from translator.clips.clip import Clip, mask_clip
from translator.inference.generator import load
from translator.regions.screen import find_regions
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow
from translator.translation import Translator


@pytest.fixture(scope="module")
def painted() -> tuple[Clip, Clip]:
    rng = np.random.default_rng(0)
    frames, _, _ = heart_clip(rng, rng, 24, 128, 25.0)
    sector = find_regions(Clip.from_array(frames)).sector
    made = paint_flow(frames, sector, rng, draw_settings(rng, coverage=0.15))
    clip = Clip.from_array(made.frames, 25.0)
    return clip, mask_clip(made.mask, clip)


def _arm(name: str) -> Translator:
    return load() if name == "generator" else TrivialArm(name, TRIVIAL[name])


@pytest.mark.benchmark(group="translate 24 frames of 128 x 128, 15 % painted")
@pytest.mark.parametrize("name", ["generator", *TRIVIAL])
def test_arm(benchmark: BenchmarkFixture, painted: tuple[Clip, Clip], name: str) -> None:
    arm = _arm(name)
    frames = benchmark(lambda: arm.translate(*painted).clip.array())
    assert frames.shape == (24, 128, 128)
