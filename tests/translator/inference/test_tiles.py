"""Tiles: what is made in tiles is what is made in one piece, and no tile is larger than asked."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.translator.inference.networks import Small
from translator.fill.evidence import MASK, PLANES, VISIBLE
from translator.inference.generator import Generator
from translator.inference.heads import Prediction, Values
from translator.inference.tiles import predict, reach, tiles
from translator.inference.torch_engine import TorchEngine


class _Spy:
    """Counts the pixels that an engine is given."""

    def __init__(self, engine: TorchEngine) -> None:
        self.engine, self.sizes, self.identity = engine, list[int](), dict(engine.identity)

    def run(self, planes: Values) -> Prediction:
        self.sizes.append(planes.shape[2] * planes.shape[3])
        return self.engine.run(planes)


def _planes(height: int, width: int) -> Values:
    rng = np.random.default_rng(0)
    planes = rng.random((1, PLANES, height, width), np.float32)
    planes[:, MASK] = rng.random((1, height, width)) < 0.3
    planes[:, VISIBLE] *= 1 - planes[:, MASK]
    return planes


@pytest.mark.parametrize("shape", [(200, 168), (400, 40), (40, 400), (104, 104)], ids=str)
@pytest.mark.parametrize("with_spread", [True, False])
def test_tiles_give_what_one_piece_gives(shape: tuple[int, int], with_spread: bool) -> None:
    network = Small(with_spread)
    margin = reach(network)
    assert margin is not None
    engine, planes = _Spy(TorchEngine(network, "cpu", 1)), _planes(*shape)
    whole = predict(engine, planes, margin)
    limit = (2 * margin + 32) ** 2
    tiled = predict(engine, planes, margin, limit)
    assert len(engine.sizes) > 2
    assert max(engine.sizes[1:]) <= limit
    assert np.abs(tiled.refined - whole.refined).max() * 255 < 0.01
    assert (whole.spread is None) == (tiled.spread is None) == (not with_spread)
    if whole.spread is not None and tiled.spread is not None:
        assert np.abs(tiled.spread - whole.spread).max() * 255 < 0.01


def test_a_margin_that_is_too_small_would_show() -> None:
    network = Small(with_spread=False)
    engine, planes = TorchEngine(network, "cpu", 1), _planes(200, 168)
    narrow = predict(engine, planes, 8, 48**2).refined
    assert np.abs(narrow - engine.run(planes).refined).max() * 255 > 0.1


def test_the_shipped_network_sees_no_further_than_its_margin() -> None:
    generator = Generator(threads=1)
    assert generator.margin is not None
    planes = _planes(2 * generator.margin + 176, 64)
    planes[:, MASK] = 0
    planes[:, MASK, generator.margin + 40 : generator.margin + 48] = 1
    whole = generator.engine.run(planes).refined
    other = planes.copy()
    other[:, :, 2 * generator.margin + 48 :] = 0.5  # beyond what the hidden rows can see
    seen = generator.engine.run(other).refined
    rows = slice(generator.margin + 40, generator.margin + 48)
    assert np.abs(seen[:, :, rows] - whole[:, :, rows]).max() * 255 < 0.01


def test_tiles_cover_everything_once() -> None:
    count = np.zeros((203, 77), int)
    for tile in tiles(203, 77, 16, 64 * 64):
        count[tile.keep] += 1
        assert tile.read[0].start % 8 == tile.read[1].start % 8 == 0
        inside = [(r.start + i.start, r.start + i.stop) for r, i in zip(tile.read, tile.inner, strict=True)]
        assert inside == [(k.start, k.stop) for k in tile.keep]
    assert (count == 1).all()


def test_tiles_without_hidden_pixels_are_left_out_and_keep_what_is_visible() -> None:
    network = Small(with_spread=True)
    engine, planes = _Spy(TorchEngine(network, "cpu", 1)), _planes(400, 40)
    planes[:, MASK] = 0
    planes[:, MASK, :8, :8] = 1
    made = predict(engine, planes, 16, 64 * 64)
    assert len(engine.sizes) == 1
    assert np.array_equal(made.refined[:, 0, 200:], planes[:, VISIBLE, 200:])
    assert made.spread is not None
    assert (made.spread[:, 0, 200:] == 0).all()


def test_a_network_that_sees_everything_is_not_tiled() -> None:
    class Everywhere(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix = nn.Linear(PLANES, 1)

        def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            made = planes[:, :1] + self.mix(planes.mean(dim=(2, 3)))[:, :, None, None]
            return made, made

    network = Everywhere()
    assert reach(network) is None
    engine = _Spy(TorchEngine(network, "cpu", 1))
    predict(engine, _planes(64, 64), None, 64)
    assert engine.sizes == [64 * 64]
