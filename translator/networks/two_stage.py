"""The two networks: a coarse one that restores structure, a refining one that restores texture.

After arXiv:2511.03255 (two stages, gated convolutions), with temporal evidence as input: the phase prior is
the base, the coarse network corrects it at a quarter of the resolution with dilated context, the refining
network corrects that at half. Both write only inside the mask.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from translator.fill.evidence import MASK, PLANES, PRIOR, VISIBLE
from translator.networks.gated import GatedConv

MULTIPLE = 8  # height and width must be multiples of this


@dataclass(frozen=True)
class Preset:
    """Widths of the two networks."""

    coarse: int
    deep: int
    refine: int
    refine_layers: int


PRESETS = {"tiny": Preset(8, 12, 8, 2), "small": Preset(56, 96, 40, 6)}


class CoarseNetwork(nn.Module):
    """Structure: a correction of the phase prior at 1/4 resolution, context by dilation 2-4-8 at 1/8."""

    def __init__(self, preset: Preset) -> None:
        """Build from a preset's `coarse` and `deep` widths."""
        super().__init__()
        wide, deep = preset.coarse, preset.deep
        self.fold, self.unfold = nn.PixelUnshuffle(4), nn.PixelShuffle(4)
        self.enter = GatedConv(16 * PLANES, wide)
        self.down = GatedConv(wide, deep, stride=2)
        self.context = nn.ModuleList([GatedConv(deep, deep, dilation=d) for d in (1, 2, 4, 8)])
        self.up = nn.Sequential(GatedConv(deep, 4 * wide), nn.PixelShuffle(2))
        self.merge = GatedConv(2 * wide, wide)
        self.leave = nn.Conv2d(wide, 16, 3, padding=1)

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (N, 9, H, W) in 0..1 -> correction (N, 1, H, W)."""
        shallow = self.enter(self.fold(planes))
        x = self.down(shallow)
        for layer in self.context:
            x = x + layer(x)
        x = self.merge(torch.cat([shallow, self.up(x)], dim=1))
        corrected: Tensor = self.unfold(self.leave(x))
        return corrected


class RefineNetwork(nn.Module):
    """Texture: a correction of the coarse picture at 1/2 resolution."""

    def __init__(self, preset: Preset) -> None:
        """Build from a preset's `refine` width and number of layers."""
        super().__init__()
        width = preset.refine
        self.fold, self.unfold = nn.PixelUnshuffle(2), nn.PixelShuffle(2)
        self.enter = GatedConv(4 * (PLANES + 1), width)
        dilations = [(1, 2, 4)[i % 3] for i in range(preset.refine_layers)]
        self.layers = nn.ModuleList([GatedConv(width, width, dilation=d) for d in dilations])
        self.leave = nn.Conv2d(width, 4, 3, padding=1)

    def forward(self, planes: Tensor, coarse: Tensor) -> Tensor:
        """Planes (N, 9, H, W) and coarse picture (N, 1, H, W) -> correction (N, 1, H, W)."""
        x = self.enter(self.fold(torch.cat([planes, coarse], dim=1)))
        for layer in self.layers:
            x = x + layer(x)
        corrected: Tensor = self.unfold(self.leave(x))
        return corrected


class TwoStage(nn.Module):
    """Coarse, then refine; each composited inside the mask."""

    def __init__(self, preset: Preset) -> None:
        """Build both networks; their last layers start at zero, so that training starts from the prior."""
        super().__init__()
        self.coarse, self.refine = CoarseNetwork(preset), RefineNetwork(preset)
        for head in (self.coarse.leave, self.refine.leave):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Planes (N, 9, H, W) -> (coarse, refined) pictures (N, 1, H, W) in 0..1, H and W multiples of 8."""
        mask = planes[:, MASK : MASK + 1]
        visible = planes[:, VISIBLE : VISIBLE + 1]
        prior = planes[:, PRIOR : PRIOR + 1]
        coarse = visible + mask * (prior + self.coarse(planes))
        start = coarse.detach()  # the refining loss must not pull structure out of the coarse network
        refined = visible + mask * (start + self.refine(planes, start))
        return coarse, refined
