"""Loss terms inside the mask.

L1 in the hole, a little L1 everywhere that may be written, and 1 - SSIM in the mask, for both stages; then, for
the refined picture, the change from frame to frame, local contrast, and features of a fixed network. SSIM
follows Wang et al. 2004 (doi:10.1109/TIP.2003.819861) on zero-padded maps; as a loss its border does not matter.
The adversarial terms are in translator.training.adversary.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from translator.networks.two_stage import Output
from translator.training.config import LossWeights

Terms = dict[str, Tensor]
_LEAST_SPREAD = 1 / 510  # half a grey level
_FLOOR = 4 / 255  # added to a local standard deviation, so that flat patches do not count without bound


class StructureLoss:
    """1 - SSIM map as two banded-matrix products, which beats one-channel convolutions on a CPU."""

    def __init__(self, side: int, device: torch.device | None = None) -> None:
        """For square pictures of `side` pixels."""
        offset = torch.arange(side)[:, None] - torch.arange(side)[None]
        band = torch.exp(-(offset.float() ** 2) / (2 * 1.5**2)) * (offset.abs() <= 5)
        self.band = (band / band.sum(dim=1, keepdim=True)).to(device)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """(N, 1, H, W) pictures in 0..1 -> (N, 1, H, W) map of 1 - SSIM."""
        band = self.band
        mean_x, mean_y, xx, yy, xy = (band @ plane @ band.T for plane in (x, y, x * x, y * y, x * y))
        c1, c2 = 0.01**2, 0.03**2
        covariance = xy - mean_x * mean_y
        variance = xx - mean_x**2 + yy - mean_y**2
        similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
        return 1 - similarity / ((mean_x**2 + mean_y**2 + c1) * (variance + c2))


def picture_losses(
    made: Output,
    truth: Tensor,
    mask: Tensor,
    weights: LossWeights,
    structure: StructureLoss,
    features: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Terms:
    """Weighted terms by name. All pictures (N, 1, H, W) in 0..1; frames 2i and 2i + 1 follow each other in time.

    features(x, y) gives a distance for each picture, (N,); its mean is divided by the share of masked pixels.
    """
    coarse, refined, spread = (plane.float() for plane in made)
    terms = _stage("", refined, truth, mask, weights, structure)
    for name, term in _stage("coarse ", coarse, truth, mask, weights, structure).items():
        terms[name] = weights.coarse * term
    if weights.temporal:
        terms["temporal"] = weights.temporal * temporal_loss(refined, truth, mask)
    if weights.contrast:
        terms["contrast"] = weights.contrast * contrast_loss(refined, truth, mask)
    if weights.perceptual and features is not None:
        terms["perceptual"] = weights.perceptual * features(refined, truth).mean() / mask.mean().clamp(min=0.02)
    terms["uncertainty"] = spread_loss(spread, refined, truth, mask)
    return terms


def _stage(
    name: str, picture: Tensor, truth: Tensor, mask: Tensor, weights: LossWeights, structure: StructureLoss
) -> Terms:
    error = (picture - truth).abs()
    near = functional.max_pool2d(mask, 3, 1, 1)
    hidden = (error * mask).sum() / mask.sum().clamp(min=1)
    similar = (structure(picture, truth) * near).sum() / near.sum().clamp(min=1)
    return {
        f"{name}hidden": weights.hidden * hidden,
        f"{name}everywhere": weights.everywhere * error.mean(),
        f"{name}structure": weights.structure * similar,
    }


def temporal_loss(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute difference of the changes from frame to frame, where either frame is hidden: flicker."""
    either = torch.maximum(mask[0::2], mask[1::2])
    change = (picture[1::2] - picture[0::2]) - (truth[1::2] - truth[0::2])
    return (change.abs() * either).sum() / either.sum().clamp(min=1)


def contrast_loss(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute log ratio of local contrasts (root mean square of a high-pass in 9 x 9 pixels) in the mask.

    L1 and SSIM reward blur where the truth is uncertain; this does not. After the texture statistics of Gatys et
    al. 2015, arXiv:1505.07376, cut to second moments of one high-pass.
    """
    made, real = _contrast(picture), _contrast(truth)
    return (torch.log(made / real).abs() * mask).sum() / mask.sum().clamp(min=1)


def _contrast(picture: Tensor) -> Tensor:
    high = picture - functional.avg_pool2d(picture, 5, 1, 2, count_include_pad=False)
    return torch.sqrt(functional.avg_pool2d(high**2, 9, 1, 4, count_include_pad=False) + _FLOOR**2)


def spread_loss(spread: Tensor, picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Negative log likelihood of the error under a Laplace distribution of scale `spread`; trains the spread alone.

    Kendall and Gal 2017, arXiv:1703.04977.
    """
    error = (picture.detach() - truth).abs()
    scale = spread + _LEAST_SPREAD
    return ((torch.log(2 * scale) + error / scale) * mask).sum() / mask.sum().clamp(min=1)
