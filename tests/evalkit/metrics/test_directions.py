"""Every metric of frame fidelity: identical clips, growing noise, blur and shift, and what has no value and why.

And what must hold for every metric that there is: what a region does not contain does not move its error, only metrics
over time know of the frames' order, and a clip played twice has the same means.
"""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.metrics.declare import REGIONS, Metric
from evalkit.metrics.measure import Rows, measure_arms, measure_pair
from evalkit.metrics.registry import METRICS
from tests.evalkit.metrics.fidelity_frames import Pixels, noisy, shifted, soft, speckle
from translator.clips.clip import Clip, mask_clip
from translator.errors import InputError
from translator.regions.seam import seam
from translator.weights import WeightsAbsentError, find_pinned

FRAMEWISE = ["ssim[wang2004]", "ssim[skimage-uniform7]", "ms-ssim", "mae", "rmse", "psnr", "gmsd", "vif[pixel]"]
LOCAL = [name for name in FRAMEWISE if "mask" in METRICS[name].regions]
BEST = {"ssim[wang2004]": 1.0, "ssim[skimage-uniform7]": 1.0, "ms-ssim": 1.0, "mae": 0.0, "rmse": 0.0, "psnr": 100.0,
        "gmsd": 0.0, "vif[pixel]": 1.0}  # fmt: skip
SIDE = 176
MASK = np.zeros((1, SIDE, SIDE), np.bool_)
MASK[:, 40:120, 50:140] = True


def _measure(
    real: Pixels, made: Pixels, metrics: list[Metric], regions: list[str], mask: NDArray[np.bool_] | None = None
) -> Rows:
    """Frames (H, W) or clips (T, H, W); without a mask all is hidden."""
    first, second = (frames.reshape(-1, *frames.shape[-2:]) for frames in (real, made))
    clip = Clip.from_array(first)
    hidden = np.ones(first.shape, np.bool_) if mask is None else np.broadcast_to(mask, first.shape)
    sector = np.ones(first.shape[1:], np.bool_)
    return measure_pair(clip, Clip.from_array(second), mask_clip(hidden, clip), sector, metrics, regions)


def _value(
    name: str, real: Pixels, made: Pixels, region: str = "frame", mask: NDArray[np.bool_] | None = None
) -> float:
    found = _measure(real, made, [METRICS[name]], [region], mask)[name, region]
    assert isinstance(found, float), found
    return found


def _worse(metric: Metric, values: list[float]) -> bool:
    return all(metric.distance(a) < metric.distance(b) for a, b in pairwise(values))


@pytest.mark.parametrize("name", FRAMEWISE)
def test_identical_clips_have_the_best_value(name: str) -> None:
    frame = speckle(1, SIDE, SIDE)
    assert _value(name, frame, frame.copy()) == pytest.approx(BEST[name], abs=1e-7)


@pytest.mark.parametrize("name", FRAMEWISE)
@pytest.mark.parametrize("how", ["noise", "blur", "shift"])
def test_the_more_a_frame_is_spoiled_the_worse_it_is(name: str, how: str) -> None:
    frame = speckle(2, SIDE, SIDE)
    spoiled = {
        "noise": [noisy(frame, sigma) for sigma in (2, 6, 18)],
        "blur": [soft(frame, sigma) for sigma in (0.6, 1.2, 2.4)],
        "shift": [shifted(frame, pixels) for pixels in (1, 2, 4)],
    }[how]
    if name == "gmsd" and how == "shift":
        spoiled = spoiled[:2]  # of wholly unlike speckle the similarity is evenly low, and its deviation no larger
    assert _worse(METRICS[name], [_value(name, frame, made) for made in [frame, *spoiled]])


@pytest.mark.parametrize("name", LOCAL)
def test_in_a_mask_it_is_about_the_mask_alone(name: str) -> None:
    frame = speckle(3, SIDE, SIDE)
    made = np.where(MASK[0], noisy(frame, 20), frame).astype(np.uint8)
    inside, outside, whole = (_value(name, frame, made, region, MASK) for region in ("mask", "unmasked", "frame"))
    metric = METRICS[name]
    assert metric.distance(inside) > metric.distance(outside)
    assert metric.distance(whole) > metric.distance(outside)


@pytest.mark.parametrize("name", LOCAL)
def test_an_empty_mask_has_no_value(name: str) -> None:
    frame = speckle(4, 40, 44)
    found = _measure(frame, noisy(frame, 5), [METRICS[name]], ["mask"], np.zeros((1, 40, 44), np.bool_))
    assert found[name, "mask"] == "the mask is empty"


@pytest.mark.parametrize("name", FRAMEWISE)
def test_one_frame_has_a_value(name: str) -> None:
    frame = speckle(5, SIDE, SIDE)
    assert METRICS[name].distance(_value(name, frame, noisy(frame, 9))) > 0


@pytest.mark.parametrize("name", FRAMEWISE)
def test_two_constant_clips_have_a_finite_value_or_words(name: str) -> None:
    first, second = np.full((2, SIDE, SIDE), 100, np.uint8), np.full((2, SIDE, SIDE), 110, np.uint8)
    found = _measure(first, second, [METRICS[name]], ["frame"])[name, "frame"]
    by_hand = {
        "ssim[wang2004]": 22006.5025 / 22106.5025,
        "ssim[skimage-uniform7]": 22006.5025 / 22106.5025,
        "ms-ssim": (22006.5025 / 22106.5025) ** 0.1333,
        "mae": 10.0, "rmse": 10.0, "psnr": 10 * np.log10(255**2 / 100), "gmsd": 0.0,
    }  # fmt: skip
    if name == "vif[pixel]":
        assert found == "the real frames are flat, and hold no information to keep"
    elif name == "gmsd":  # the gradients at the border, where zeros begin, differ
        assert found == pytest.approx(_value(name, second, first), abs=1e-9)
    else:
        assert found == pytest.approx(by_hand[name], abs=1e-9)


@pytest.mark.parametrize("name", FRAMEWISE)
@pytest.mark.parametrize("shape", [(177, 183), (161, 200)])
def test_odd_sides_have_a_value(name: str, shape: tuple[int, int]) -> None:
    frame = speckle(6, *shape)
    good, bad = (_value(name, frame, noisy(frame, sigma)) for sigma in (3, 15))
    assert _worse(METRICS[name], [good, bad])


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("ssim[wang2004]", (10, 60), "no pixel of the frame has a value"),
        ("ssim[skimage-uniform7]", (60, 6), "no pixel of the frame has a value"),
        ("ms-ssim", (160, 300), "frames of 160 x 300 are too small: five scales need 161 pixels a side"),
        ("vif[pixel]", (40, 90), "the frames are too small: four scales need 41 pixels a side"),
        ("gmsd", (2, 1), "the frame has fewer than two pixels at half the size, and one has no deviation"),
    ],
)
def test_frames_smaller_than_the_window_have_none_and_say_so(name: str, shape: tuple[int, int], words: str) -> None:
    frame = speckle(7, *shape)
    assert _measure(frame, noisy(frame, 5), [METRICS[name]], ["frame"])[name, "frame"] == words


@pytest.mark.parametrize(
    ("name", "shape"),
    [("ssim[wang2004]", (11, 11)), ("ssim[skimage-uniform7]", (7, 7)), ("ms-ssim", (161, 161)),
     ("vif[pixel]", (41, 41)), ("gmsd", (3, 3))],
)  # fmt: skip
def test_the_smallest_frames_have_a_value(name: str, shape: tuple[int, int]) -> None:
    frame = speckle(8, *shape)
    assert np.isfinite(_value(name, frame, noisy(frame, 5)))


@pytest.mark.parametrize("name", FRAMEWISE)
def test_another_shape_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="A translation must keep size"):
        _measure(np.zeros((2, 40, 40), np.uint8), np.zeros((2, 40, 41), np.uint8), [METRICS[name]], ["frame"])


def _moving() -> tuple[Pixels, Pixels, NDArray[np.bool_]]:
    """Five frames of other speckle each, made of them with noise and blur, under a mask that moves."""
    real = np.stack([speckle(20 + t, SIDE, SIDE) for t in range(5)])
    made = np.stack([noisy(soft(frame, 0.5 + t / 4), 3 + 2 * t, t) for t, frame in enumerate(real)])
    hidden = np.zeros(real.shape, np.bool_)
    for t in range(5):
        hidden[t, 30 + 4 * t : 110 + 4 * t, 40 + 3 * t : 130] = True
    return real, made, hidden


def _computable() -> list[Metric]:
    """All but those whose network or weights may be absent here."""
    return [metric for metric in METRICS.values() if "lpips" not in metric.name]


@pytest.mark.parametrize("region", REGIONS)
def test_pixels_outside_a_region_never_move_its_error(region: str) -> None:
    real, made, hidden = _moving()
    sector = np.zeros(real.shape[1:], np.bool_)
    sector[10:-10, 20:-20] = True
    clip = Clip.from_array(real)
    never = hidden.all(axis=0)
    areas = {
        "frame": np.ones(hidden.shape, np.bool_), "sector": np.broadcast_to(sector, hidden.shape), "mask": hidden,
        "unmasked": ~hidden, "seen": hidden & ~never, "unseen": hidden & never,
    }  # fmt: skip
    if region == "seam":
        areas["seam"] = np.stack([seam(frame, sector) for frame in hidden])
    other = np.where(areas[region], made, 255 - made).astype(np.uint8)

    def value(frames: Pixels) -> float | str:
        metric = [METRICS["mae"], METRICS["rmse"]]
        return measure_pair(clip, Clip.from_array(frames), mask_clip(hidden, clip), sector, metric, [region])[
            "mae", region
        ]

    assert value(other) == value(made)
    assert value(np.where(areas[region], 255 - made, made).astype(np.uint8)) != value(made)


def _textured() -> tuple[dict[str, Pixels], NDArray[np.bool_], NDArray[np.bool_]]:
    """Twelve frames that move, what is made of them and of what, and labels; a mask with room for texture; a sector."""
    frames, side = 12, 76
    whole = speckle(40, side + frames, side)
    real = np.stack([whole[frames - t :][:side] for t in range(frames)])
    clips = {
        "real": real,
        "made": np.stack([noisy(soft(frame, 0.5 + t / 8), 3 + t, t) for t, frame in enumerate(real)]),
        "source": np.stack([noisy(frame, 9, t + 50) for t, frame in enumerate(real)]),
        "labels": np.zeros(real.shape, np.uint8),
    }
    clips["labels"][:, 16:30, 18:32] = 1
    clips["labels"][:, :8] = 1
    hidden, sector = np.zeros(real.shape, np.bool_), np.zeros((side, side), np.bool_)
    hidden[:, 28:64, 12:58] = True
    sector[2:-2, 3:-3] = True
    return clips, hidden, sector


def _with_other_surroundings(clips: dict[str, Pixels], area: NDArray[np.bool_]) -> dict[str, Pixels]:
    random = np.random.default_rng(41)
    other = {name: random.integers(0, 256, frames.shape, dtype=np.uint8) for name, frames in clips.items()}
    other["labels"] = np.ones_like(clips["labels"])
    return {name: np.where(area, frames, other[name]) for name, frames in clips.items()}


@pytest.mark.parametrize("region", ["sector", "mask", "unmasked", "seam"])
def test_a_metric_is_declared_local_exactly_where_pixels_outside_a_region_do_not_move_it(region: str) -> None:
    clips, hidden, sector = _textured()
    around = np.stack([seam(frame, sector) for frame in hidden])
    whole = np.broadcast_to(sector, hidden.shape)
    area = {"sector": whole, "mask": hidden, "unmasked": ~hidden, "seam": around}[region]
    metrics = [metric for metric in _computable() if region in metric.regions]

    def measured(of: dict[str, Pixels]) -> Rows:
        real, made, source, labels = (Clip.from_array(of[name]) for name in ("real", "made", "source", "labels"))
        mask = mask_clip(hidden, real)
        rows = measure_arms(real, {"": made}, mask, sector, metrics, [region], source=source, labels=labels)[""]
        assert not isinstance(rows, Exception)
        return rows

    before, after = measured(clips), measured(_with_other_surroundings(clips, area))
    known = {metric.name for metric in metrics if not isinstance(before[metric.name, region], str)}
    local = {metric.name for metric in metrics if metric.local}
    assert {"mae", "rmse", "psnr", "change", "temporal_error"} <= known & local
    assert {name for name in known if before[name, region] == after[name, region]} == known & local


def test_the_order_of_the_frames_moves_metrics_over_time_alone() -> None:
    real, made, hidden = _moving()
    _assert_only_time_is_moved(real, made, hidden, _computable(), {"temporal_error", "warping_error"})


def test_the_order_of_the_frames_moves_of_perceptual_distances_that_over_time_alone() -> None:
    metrics = [metric for metric in METRICS.values() if metric not in _computable() and not _absent(metric)]
    if not metrics:
        pytest.skip("no weights of LPIPS or ST-LPIPS here")
    real, made, hidden = _moving()
    small = np.s_[:, :40, 40:84]
    moved = {metric.name for metric in metrics if metric.temporal}
    _assert_only_time_is_moved(real[small], made[small], hidden[small], metrics, moved)


def _absent(metric: Metric) -> bool:
    pytest.importorskip("torch")
    try:
        for name in metric.weights:
            find_pinned(name)
    except WeightsAbsentError:
        return True
    return False


def _assert_only_time_is_moved(
    real: Pixels, made: Pixels, hidden: NDArray[np.bool_], metrics: list[Metric], expected: set[str]
) -> None:
    """Of these metrics only those over time are moved by another order of the five frames, and those `expected` are."""
    regions = ["frame", "mask"]
    before, after = (
        _measure(real[order], made[order], metrics, regions, hidden[order])
        for order in ([0, 1, 2, 3, 4], [3, 0, 4, 2, 1])
    )
    moved = {name for name, region in before if not _same(before[name, region], after[name, region])}
    assert moved <= {metric.name for metric in metrics if metric.temporal}
    assert expected <= moved


def test_a_clip_with_every_frame_twice_has_the_same_means() -> None:
    real, made, hidden = _moving()
    metrics = [metric for metric in _computable() if not metric.temporal]
    twice = np.repeat(np.arange(5), 2)
    regions = ["frame", "mask", "unmasked"]
    once = _measure(real, made, metrics, regions, hidden)
    again = _measure(real[twice], made[twice], metrics, regions, hidden[twice])
    assert [key for key in once if not _same(once[key], again[key])] == []


def _same(first: float | str, second: float | str) -> bool:
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    return first == pytest.approx(second, rel=1e-9, abs=1e-10)
