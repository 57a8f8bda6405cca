"""The two networks: a coarse one that restores structure, a refining one that restores texture.

After arXiv:2511.03255 (two stages, gated convolutions), with temporal evidence as input: the phase prior is
the base, the coarse network corrects it at a quarter of the resolution with dilated context (Yu and Koltun
2016, arXiv:1511.07122), the refining network corrects that at half. Resolution is traded for channels and back
by pixel shuffling (Shi et al. 2016, doi:10.1109/CVPR.2016.207). Both write only inside the mask. A third head
on the refining network's features says how far off the result is expected to be.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from translator.design import Design
from translator.fill.evidence import (
    BACKWARD,
    BACKWARD_NEARNESS,
    CONFIDENCE,
    FORWARD,
    FORWARD_NEARNESS,
    MASK,
    MATCH,
    PLANES,
    PRIOR,
    SPATIAL,
    VISIBLE,
)
from translator.networks.gated import GatedConv, PlainConv

MULTIPLE = 8  # height and width must be multiples of this
_SOURCES = {
    "prior": (PRIOR, CONFIDENCE),
    "neighbours": (FORWARD, FORWARD_NEARNESS, BACKWARD, BACKWARD_NEARNESS),
    "match": (MATCH,),
}
_SPREAD_START = -3.0  # softplus of it is 0.05: the order of the error before training


class Output(NamedTuple):
    """Coarse and refined picture in 0..1, and the expected absolute error of the refined one, 0 outside the mask.

    Each (N, 1, H, W).
    """

    coarse: Tensor
    refined: Tensor
    spread: Tensor


class CoarseNetwork(nn.Module):
    """Structure: a correction of the base at 1/4 resolution, context by dilation 1-2-4-8 at 1/8."""

    def __init__(self, design: Design) -> None:
        """Build from a design's `coarse` and `deep` widths."""
        super().__init__()
        wide, deep = design.widths.coarse, design.widths.deep
        block = GatedConv if design.gated else PlainConv
        self.fold, self.unfold = nn.PixelUnshuffle(4), nn.PixelShuffle(4)
        self.enter = block(16 * PLANES, wide)
        self.down = block(wide, deep, stride=2)
        self.context = nn.ModuleList([block(deep, deep, dilation=d) for d in (1, 2, 4, 8)])
        self.up = nn.Sequential(block(deep, 4 * wide), nn.PixelShuffle(2))
        self.merge = block(2 * wide, wide)
        self.leave = nn.Conv2d(wide, 16, 3, padding=1)

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (N, 10, H, W) in 0..1 -> correction (N, 1, H, W)."""
        shallow = self.enter(self.fold(planes))
        x = self.down(shallow)
        for layer in self.context:
            x = x + layer(x)
        x = self.merge(torch.cat([shallow, self.up(x)], dim=1))
        corrected: Tensor = self.unfold(self.leave(x))
        return corrected


class RefineNetwork(nn.Module):
    """Texture: a correction of the coarse picture at 1/2 resolution, and how uncertain the result is."""

    def __init__(self, design: Design) -> None:
        """Build from a design's `refine` width and number of layers."""
        super().__init__()
        width = design.widths.refine
        block = GatedConv if design.gated else PlainConv
        self.fold, self.unfold = nn.PixelUnshuffle(2), nn.PixelShuffle(2)
        self.enter = block(4 * (PLANES + 1), width)
        dilations = [(1, 2, 4)[i % 3] for i in range(design.widths.refine_layers)]
        self.layers = nn.ModuleList([block(width, width, dilation=d) for d in dilations])
        self.leave = nn.Conv2d(width, 4, 3, padding=1)
        self.doubt = nn.Sequential(block(width + 4 * (PLANES + 1), 16), nn.Conv2d(16, 4, 3, padding=1))

    def forward(self, planes: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Planes (N, 10, H, W) and coarse picture (N, 1, H, W) -> correction and spread, (N, 1, H, W) each."""
        folded = self.fold(torch.cat([planes, coarse], dim=1))
        x = self.enter(folded)
        for layer in self.layers:
            x = x + layer(x)
        corrected: Tensor = self.unfold(self.leave(x))
        # the uncertainty is read off the features: learning it must not change the picture
        doubt = self.doubt(torch.cat([x.detach(), folded], dim=1))
        spread = functional.softplus(self.unfold(doubt) + _SPREAD_START)
        return corrected, spread


class TwoStage(nn.Module):
    """Coarse, then refine; each composited inside the mask."""

    shown: Tensor

    def __init__(self, design: Design) -> None:
        """Build both networks; their last layers start at zero, so that training starts from the base."""
        super().__init__()
        self.coarse, self.refine = CoarseNetwork(design), RefineNetwork(design)
        for head in (self.coarse.leave, self.refine.leave, self.refine.doubt[1]):
            nn.init.zeros_(head.weight)  # type: ignore[arg-type]
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]
        self.base = SPATIAL if "prior" in design.without else PRIOR
        self.refines = design.refine
        shown = torch.ones(1, PLANES, 1, 1)
        for source in design.without:
            shown[:, list(_SOURCES[source])] = 0
        self.register_buffer("shown", shown, persistent=False)

    def forward(self, planes: Tensor) -> Output:
        """Planes (N, 10, H, W) in 0..1, H and W multiples of 8."""
        mask = planes[:, MASK : MASK + 1]
        visible = planes[:, VISIBLE : VISIBLE + 1]
        base = planes[:, self.base : self.base + 1]
        seen = planes * self.shown
        coarse = visible + mask * (base + self.coarse(seen))
        start = coarse.detach()  # the refining loss must not pull structure out of the coarse network
        correction, spread = self.refine(seen, start)
        refined = visible + mask * (start + correction) if self.refines else coarse
        return Output(coarse, refined, mask * spread)
