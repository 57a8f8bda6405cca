"""Pixel and structure losses inside the mask.

L1 in the hole, a little L1 everywhere that may be written, and 1 - SSIM in the mask. SSIM follows Wang et
al. 2004 (doi:10.1109/TIP.2003.819861) on zero-padded maps; as a loss its border does not matter. The
adversarial and perceptual losses of arXiv:2511.03255 are not in this preset: the card says so.
"""

import torch
from torch import Tensor

_HIDDEN, _EVERYWHERE, _STRUCTURE, _COARSE = 1.0, 0.1, 0.4, 0.5


class StructureLoss:
    """1 - SSIM map as two banded-matrix products, which beats one-channel convolutions on a CPU."""

    def __init__(self, side: int) -> None:
        """For square pictures of `side` pixels."""
        offset = torch.arange(side)[:, None] - torch.arange(side)[None]
        band = torch.exp(-(offset.float() ** 2) / (2 * 1.5**2)) * (offset.abs() <= 5)
        self.band = band / band.sum(dim=1, keepdim=True)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """(N, 1, H, W) pictures in 0..1 -> (N, 1, H, W) map of 1 - SSIM."""
        band = self.band.to(x.device)
        mean_x, mean_y, xx, yy, xy = (band @ plane @ band.T for plane in (x, y, x * x, y * y, x * y))
        c1, c2 = 0.01**2, 0.03**2
        covariance = xy - mean_x * mean_y
        variance = xx - mean_x**2 + yy - mean_y**2
        similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
        return 1 - similarity / ((mean_x**2 + mean_y**2 + c1) * (variance + c2))


def translation_loss(coarse: Tensor, refined: Tensor, truth: Tensor, mask: Tensor, structure: StructureLoss) -> Tensor:
    """Scalar loss of both stages; all pictures (N, 1, H, W) in 0..1."""
    return _stage(refined, truth, mask, structure) + _COARSE * _stage(coarse, truth, mask, structure)


def _stage(picture: Tensor, truth: Tensor, mask: Tensor, structure: StructureLoss) -> Tensor:
    error = (picture - truth).abs()
    near = torch.nn.functional.max_pool2d(mask, 3, 1, 1)
    hidden = (error * mask).sum() / mask.sum().clamp(min=1)
    similar = (structure(picture, truth) * near).sum() / near.sum().clamp(min=1)
    return _HIDDEN * hidden + _EVERYWHERE * error.mean() + _STRUCTURE * similar
