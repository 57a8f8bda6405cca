"""A small network with the interface of the shipped ones, so that the engines are tested apart from any design."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from translator.fill.evidence import MASK, PLANES, PRIOR, VISIBLE


class Output(NamedTuple):
    """Coarse, refined and spread, (N, 1, H, W) each."""

    coarse: Tensor
    refined: Tensor
    spread: Tensor


class Small(nn.Module):
    """Two scales, a dilated layer, random weights; its output is nonsense that stays near 0..1."""

    def __init__(self, with_spread: bool, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.with_spread = with_spread
        self.fold, self.unfold = nn.PixelUnshuffle(2), nn.PixelShuffle(2)
        self.enter = nn.Conv2d(4 * PLANES, 24, 3, padding=1)
        self.down = nn.Conv2d(24, 32, 3, stride=2, padding=1)
        self.context = nn.Conv2d(32, 32, 3, padding=2, dilation=2)
        self.up = nn.Conv2d(32, 96, 3, padding=1)
        self.leave, self.doubt = nn.Conv2d(24, 4, 3, padding=1), nn.Conv2d(24, 4, 3, padding=1)

    def forward(self, planes: Tensor) -> tuple[Tensor, ...]:
        visible, mask, prior = (planes[:, i : i + 1] for i in (VISIBLE, MASK, PRIOR))
        shallow = functional.elu(self.enter(self.fold(planes)))
        x = functional.elu(self.down(shallow))
        x = self.unfold(self.up(x + functional.elu(self.context(x))))
        x = functional.elu(shallow + x)
        coarse = visible + mask * prior
        refined = coarse + mask * self.unfold(self.leave(x))
        if not self.with_spread:
            return coarse, refined
        return Output(coarse, refined, mask * functional.softplus(self.unfold(self.doubt(x))))
