"""The adversary: a patch discriminator on pairs of consecutive frames, with spectral normalisation.

Patches as in Isola et al. 2017 (doi:10.1109/CVPR.2017.632), spectral normalisation and hinge loss as in Miyato
et al. 2018 (arXiv:1802.05957) and Yu et al. 2019 (doi:10.1109/ICCV.2019.00457), two frames at a time as in
Chang et al. 2019 (arXiv:1904.10247), feature matching as in Wang et al. 2018 (doi:10.1109/CVPR.2018.00917).
Only patches that see hidden pixels count.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

_WIDTHS = (32, 64, 128)


class PatchDiscriminator(nn.Module):
    """Two frames and their masks (N, 4, H, W) -> score of each patch (N, 1, H/8, W/8), and the features below it."""

    def __init__(self) -> None:
        """Three halvings, then two convolutions at 1/8."""
        super().__init__()
        layers, inputs = [], 4
        for width in _WIDTHS:
            layers.append(spectral_norm(nn.Conv2d(inputs, width, 4, 2, 1)))
            inputs = width
        layers.append(spectral_norm(nn.Conv2d(inputs, inputs, 3, 1, 1)))
        self.layers = nn.ModuleList(layers)
        self.score = spectral_norm(nn.Conv2d(inputs, 1, 3, 1, 1))

    def forward(self, pairs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores and features."""
        features = []
        x = pairs
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features


def pairs_of(pictures: Tensor, mask: Tensor) -> Tensor:
    """Frames 2i and 2i + 1 (N, 1, H, W) and their masks -> (N / 2, 4, H, W)."""
    return torch.cat([pictures[0::2], pictures[1::2], mask[0::2], mask[1::2]], dim=1)


def _weight(pairs: Tensor, score: Tensor) -> Tensor:
    """1 where a patch sees hidden pixels, (N, 1, h, w)."""
    hidden = torch.maximum(pairs[:, 2:3], pairs[:, 3:4])
    return (functional.adaptive_avg_pool2d(hidden, (score.shape[2], score.shape[3])) > 0.1).float()


def adversary_loss(adversary: PatchDiscriminator, real: Tensor, made: Tensor) -> Tensor:
    """Hinge loss of the discriminator; pairs as from `pairs_of`."""
    scores, fakes = adversary(real)[0].float(), adversary(made.detach())[0].float()
    weight = _weight(real, scores)
    both = functional.relu(1 - scores) + functional.relu(1 + fakes)
    return (both * weight).sum() / weight.sum().clamp(min=1)


def deception_losses(adversary: PatchDiscriminator, real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """What the generator loses: (minus the score of its patches, mean feature distance to the real pair)."""
    with torch.no_grad():
        _, wanted = adversary(real)
    score, found = adversary(made)
    weight = _weight(made, score)
    deceived = -(score.float() * weight).sum() / weight.sum().clamp(min=1)
    share = weight.mean().clamp(min=0.02)
    distances = [(a.float() - b.float()).abs().mean() for a, b in zip(found, wanted, strict=True)]
    return deceived, torch.stack(distances).mean() / share
