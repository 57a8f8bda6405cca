"""The Inception of FID: torchvision's Inception v3 with the poolings of the TensorFlow network of 2015.

Mean poolings leave the padding out, and the last block takes a maximum instead, as the weights of pytorch-fid expect
(Heusel et al. 2017, arXiv:1706.08500; https://github.com/mseitzer/pytorch-fid).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import inception


def _mean_of_neighbours(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class _A(inception.InceptionA):  # type: ignore[misc]  # torchvision ships no types
    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_mean_of_neighbours(x))], 1)


class _C(inception.InceptionC):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_mean_of_neighbours(x))], 1)


class _E(inception.InceptionE):  # type: ignore[misc]
    def __init__(self, channels: int, takes_maximum: bool) -> None:
        super().__init__(channels)
        self.takes_maximum = takes_maximum

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = functional.max_pool2d(x, 3, stride=1, padding=1) if self.takes_maximum else _mean_of_neighbours(x)
        parts = [self.branch1x1(x), self.branch3x3_2a(three), self.branch3x3_2b(three)]
        parts += [self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double), self.branch_pool(pooled)]
        return torch.cat(parts, 1)


class FidInception(nn.Module):
    """Pictures (N, 3, 299, 299) in -1..1 -> features (N, 2048). Its state is that of the whole classifier."""

    def __init__(self) -> None:
        """Untrained; the caller loads the pinned state."""
        super().__init__()
        net = inception.Inception3(num_classes=1008, aux_logits=False, init_weights=False)
        net.Mixed_5b, net.Mixed_5c, net.Mixed_5d = _A(192, 32), _A(256, 64), _A(288, 64)
        net.Mixed_6b, net.Mixed_6c, net.Mixed_6d, net.Mixed_6e = _C(768, 128), _C(768, 160), _C(768, 160), _C(768, 192)
        net.Mixed_7b, net.Mixed_7c = _E(1280, False), _E(2048, True)
        for name, part in list(net.named_children()):
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        """Features before the classifier."""
        for name, part in self.named_children():
            if name not in ("avgpool", "dropout", "fc"):
                x = part(x)
        return x.mean(dim=(2, 3))
