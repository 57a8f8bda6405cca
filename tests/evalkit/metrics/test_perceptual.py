"""LPIPS metrics over a clip, with a made-up network that works without torch: what is averaged, shared and refused."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from evalkit.metrics import perceptual
from evalkit.metrics.declare import Metric, Moment, Products
from evalkit.metrics.perceptual import LPIPS, LPIPS_MAP, STLPIPS, TLP
from translator.clips.clip import Frames
from translator.errors import bad_input
from translator.weights import WeightsAbsentError


class _Means:
    """A frame's only feature is its mean; the distance is how far means are apart; the map is of grey levels."""

    smallest = 4

    def __init__(self) -> None:
        self.seen = 0

    def features(self, frames: Frames) -> tuple[Any, ...]:
        self.seen += 1
        return (frames.astype(float),)

    def distance(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> list[float]:
        return [float(abs(a.mean() - b.mean())) for a, b in zip(one[0], other[0], strict=True)]

    def distance_map(self, one: tuple[Any, ...], other: tuple[Any, ...], size: tuple[int, int]) -> Any:
        assert one[0].shape[1:] == size
        return np.abs(one[0] - other[0])


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> _Means:
    made = _Means()
    for name in ("_lpips_alex", "_stlpips_alex"):
        monkeypatch.setattr(perceptual, name, lambda device: made)
    for name in ("LPIPS_ALEX", "STLPIPS_ALEX"):
        monkeypatch.setattr(perceptual, name, getattr(perceptual, name)._replace(load=lambda device: made))
    return made


def _levels(*levels: int, size: int = 6) -> Frames:
    return np.stack([np.full((size, size), level, np.uint8) for level in levels])


def _run(metrics: list[Metric], real: Frames, *arms: Frames) -> list[list[dict[str, float | str]]]:
    """Values by region of each metric of each arm, all arms in one pass, as a study measures them."""
    height, width = real.shape[1:]
    left = np.zeros((height, width), bool)
    left[:, : width // 2] = True
    areas = {"frame": np.ones((height, width), bool), "mask": left, "seam": np.zeros((height, width), bool)}
    running = [[metric.start() for metric in metrics] for _ in arms]
    before: list[Moment | None] = [None] * len(arms)
    for time in range(len(real)):
        shared = Products()
        for number, made in enumerate(arms):
            moment = Moment(real[time], made[time], areas, before[number], shared)
            for metric, one in zip(metrics, running[number], strict=True):
                one.add(moment, [region for region in areas if region in metric.regions])
            before[number] = moment
    return [
        [
            {region: one.value(region) for region in areas if region in metric.regions}
            for metric, one in zip(metrics, each, strict=True)
        ]
        for each in running
    ]


def test_frames_are_averaged(network: _Means) -> None:
    [[found]] = _run([LPIPS], _levels(10, 10), _levels(20, 16))
    assert found == {"frame": 8.0}


def test_the_map_is_averaged_over_a_region(network: _Means) -> None:
    made = _levels(10, 10)
    made[:, :, 0] = 40  # one of the mask's three columns
    [[found]] = _run([LPIPS_MAP], _levels(10, 10), made)
    assert found["frame"] == pytest.approx(30 / 6)
    assert found["mask"] == pytest.approx(30 / 3)
    assert found["seam"] == "the seam is empty"


def test_tlp_compares_changes_and_not_frames(network: _Means) -> None:
    real = _levels(10, 20, 20)
    steady, flickers = _levels(50, 60, 60), _levels(50, 53, 60)
    [[one], [other]] = _run([TLP], real, steady, flickers)
    assert one == {"frame": 0.0}
    assert other == {"frame": pytest.approx((abs(10 - 3) + abs(0 - 7)) / 2)}


def test_a_clip_of_one_frame_has_no_tlp(network: _Means) -> None:
    [[found]] = _run([TLP], _levels(10), _levels(20))
    assert found == {"frame": "a clip of one frame shows no change over time"}


def test_a_real_frame_is_looked_at_once_for_all_metrics_of_all_arms(network: _Means) -> None:
    real = _levels(10, 20, 30)
    _run([LPIPS, LPIPS_MAP, TLP], real, real, real)
    assert network.seen == 3 + 2 * 3


def test_equal_clips_are_at_zero_and_permuting_frames_changes_tlp_alone(network: _Means) -> None:
    real, made = _levels(10, 20, 40), _levels(11, 29, 40)
    order = [1, 0, 2]
    [plain] = _run([LPIPS, LPIPS_MAP, TLP], real, made)
    [mixed] = _run([LPIPS, LPIPS_MAP, TLP], real[order], made[order])
    assert plain[:2] == mixed[:2]
    assert plain[2] != mixed[2]
    [same] = _run([LPIPS, LPIPS_MAP, TLP], real, real)
    assert [values["frame"] for values in same] == [0, 0, 0]


def test_frames_that_are_too_small_say_what_is_needed(network: _Means) -> None:
    [found] = _run([LPIPS, LPIPS_MAP, TLP], _levels(1, 2, size=3), _levels(1, 2, size=3))
    assert {values["frame"] for values in found} == {"frames are 3 x 3, the network needs 4 pixels a side"}


@pytest.mark.parametrize("metric", [LPIPS, STLPIPS, TLP, LPIPS_MAP], ids=lambda metric: metric.name)
def test_absent_weights_are_the_reason(metric: Metric, network: _Means, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(device: str) -> None:
        raise WeightsAbsentError(bad_input("not computed: weights absent", "no file", "pip install it").faults)

    for name in ("LPIPS_ALEX", "STLPIPS_ALEX"):
        monkeypatch.setattr(perceptual, name, getattr(perceptual, name)._replace(load=absent))
    [[found]] = _run([metric], _levels(1, 2), _levels(1, 2))
    assert found["frame"] == "not computed: weights absent: no file. pip install it"


def test_the_metrics_are_declared_without_torch() -> None:
    code = "import sys, evalkit.metrics.perceptual; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
