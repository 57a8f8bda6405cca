"""Gated convolution: features times a learnt soft mask, so that hidden pixels need not count as black.

Yu et al. 2019, "Free-form image inpainting with gated convolution", doi:10.1109/ICCV.2019.00457
(ELU for the features, no normalisation: it would leak across the mask).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class GatedConv(nn.Module):
    """3x3 convolution to (features, gate); ELU(features) * sigmoid(gate). (N, C, H, W) -> (N, C', H/s, W/s)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        """Same padding at stride 1; halves the size at stride 2."""
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, 3, stride, padding=dilation, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Apply convolution and gate."""
        features, gate = self.convolution(x).chunk(2, dim=1)
        return functional.elu(features) * torch.sigmoid(gate)


class PlainConv(nn.Module):
    """The same without a gate, to measure what the gate is worth: ELU(convolution)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        """As GatedConv."""
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Apply convolution and ELU."""
        return functional.elu(self.convolution(x))
