"""LPIPS and its shift-tolerant variant: distances between grey frames in the feature space of a fixed AlexNet.

Frames are uint8 (N, H, W); the network sees them as three equal channels in -1..1. Features are those of its five
rectified layers, of unit length along the channels; the distance of a layer is the squared difference, weighted by
channel; LPIPS is the sum over layers of its mean over the layer's pixels. The map is the sum of the layers' maps, each
resized bilinearly to (H, W), as the reference implementation does with `spatial=True`: its mean over the frame is near
the distance but not equal to it.

lpips, alex v0.1: Zhang et al. 2018 (doi:10.1109/CVPR.2018.00068).
stlpips, alex vST0.0: Ghildyal and Liu 2022 (arXiv:2207.13686): stride 1, binomial low-pass before every subsampling
(Zhang 2019, arXiv:1904.11486), so that a shift by a pixel changes little.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from evalkit.networks.device import exact
from translator.clips.clip import Frames
from translator.weights import read_pinned

_MEAN, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_TINY = 1e-10  # the reference adds it to the length, not to its square
SMALLEST_ALEX, SMALLEST_SHIFT_TOLERANT = 31, 21  # sides [pixels] of which the last layers still have one pixel
Features = tuple[Tensor, ...]
_State = dict[str, Tensor]


class Alex(NamedTuple):
    """Layers that are applied in turn, and the channel weights of each (1, C, 1, 1)."""

    layers: nn.ModuleList
    heads: tuple[Tensor, ...]


class Perceptual:
    """A perceptual distance. `smallest` is the least side of a frame [pixels]."""

    def __init__(self, alex: Alex, smallest: int, device: str = "cpu") -> None:
        """Move the network to a device of torch."""
        self.smallest, self.device = smallest, device
        self._layers = alex.layers.to(device).eval().requires_grad_(False)
        self._heads = [head.to(device) for head in alex.heads]
        mean, scale = (torch.tensor(three, device=device).view(1, 3, 1, 1) for three in (_MEAN, _SCALE))
        self._mean, self._scale = mean, scale

    def features(self, frames: Frames) -> Features:
        """Unit features of each layer (N, C, h, w) of uint8 frames (N, H, W)."""
        return self.features_of(torch.from_numpy(frames.astype(np.float32))[:, None] / 127.5 - 1)

    @torch.inference_mode()
    def features_of(self, pictures: Tensor) -> Features:
        """The same of pictures in -1..1, grey (N, 1, H, W) or in colour (N, 3, H, W)."""
        x, out = (pictures.to(self.device) - self._mean) / self._scale, []
        with exact(self.device):
            for layer in self._layers:
                x = layer(x)
                out.append(x / (x.pow(2).sum(dim=1, keepdim=True).sqrt() + _TINY))
        return tuple(out)

    @torch.inference_mode()
    def distance(self, one: Features, other: Features) -> list[float]:
        """The distance of each of N pairs of frames: 0 for equal frames, seldom above 1."""
        means = [layer.mean(dim=(1, 2, 3), dtype=torch.float64) for layer in self._apart(one, other)]
        return [float(value) for value in torch.stack(means).sum(dim=0)]

    @torch.inference_mode()
    def distance_map(self, one: Features, other: Features, size: tuple[int, int]) -> NDArray[np.float64]:
        """Distance at every pixel, float64 array (N, H, W), for frames of `size` (H, W)."""
        total = torch.zeros(len(one[0]), 1, *size, device=self.device)
        for layer in self._apart(one, other):
            total += functional.interpolate(layer, size=size, mode="bilinear", align_corners=False)
        return np.asarray(total[:, 0].double().cpu().numpy(), np.float64)

    def _apart(self, one: Features, other: Features) -> list[Tensor]:
        layers = zip(one, other, self._heads, strict=True)
        with exact(self.device):
            return [functional.conv2d((a - b).pow(2), head) for a, b, head in layers]


@cache
def lpips_alex(device: str = "cpu") -> Perceptual:
    """LPIPS with AlexNet, v0.1, from the file that holds trunk and heads.

    Raises: InputError, of which WeightsAbsentError says that there is no such file.
    """
    blob = _loaded("lpips-alex-v0.1")
    states = {f"{i}.{key}": layer[key] for i, layer in enumerate(blob["trunk"]) for key in ("weight", "bias")}
    return Perceptual(Alex(_alex(states), tuple(blob["lin"])), SMALLEST_ALEX, device)


@cache
def lpips_alex_from_parts(device: str = "cpu") -> Perceptual:
    """The same from torchvision's AlexNet and the heads that the `lpips` package carries: a second route, to compare.

    Raises: as lpips_alex.
    """
    trunk, heads = _loaded("alexnet-imagenet1k-v1"), _loaded("lpips-heads-alex-v0.1")
    at = (0, 3, 6, 8, 10)
    states = {f"{i}.{key}": trunk[f"features.{j}.{key}"] for i, j in enumerate(at) for key in ("weight", "bias")}
    return Perceptual(Alex(_alex(states), _heads(heads)), SMALLEST_ALEX, device)


@cache
def stlpips_alex(device: str = "cpu") -> Perceptual:
    """ST-LPIPS with AlexNet, vST0.0.

    Raises: as lpips_alex.
    """
    state = _loaded("stlpips-alex-vst0.0")
    at = ("slice1.0", "slice2.5", "slice3.9", "slice4.11", "slice5.13")
    states = {f"{i}.{key}": state[f"net.{j}.{key}"] for i, j in enumerate(at) for key in ("weight", "bias")}
    return Perceptual(Alex(_shift_tolerant(states), _heads(state)), SMALLEST_SHIFT_TOLERANT, device)


def _loaded(name: str) -> Any:
    return torch.load(read_pinned(name), map_location="cpu", weights_only=True)


def _heads(state: _State) -> tuple[Tensor, ...]:
    return tuple(state[f"lin{i}.model.1.weight"] for i in range(5))


def _alex(states: _State) -> nn.ModuleList:
    first, *rest = _convolutions(states, first_stride=4)
    return _in_turn(nn.Sequential(first, nn.ReLU()), rest, [nn.MaxPool2d(3, 2)], [nn.MaxPool2d(3, 2)])


def _shift_tolerant(states: _State) -> nn.ModuleList:
    first, *rest = _convolutions(states, first_stride=1)
    start = nn.Sequential(first, _LowPass(64), nn.ReLU())
    return _in_turn(start, rest, [nn.MaxPool2d(3, 1), _LowPass(64)], [nn.MaxPool2d(3, 1), _LowPass(192)])


def _in_turn(start: nn.Module, rest: list[nn.Conv2d], *before: list[nn.Module]) -> nn.ModuleList:
    """The first layer, then a rectified convolution each, the first of them after what comes `before` it."""
    every = [*before, *([] for _ in rest[len(before) :])]
    layers = [nn.Sequential(*made, layer, nn.ReLU()) for made, layer in zip(every, rest, strict=True)]
    return nn.ModuleList([start, *layers])


def _convolutions(states: _State, first_stride: int) -> list[nn.Conv2d]:
    made = []
    for index, (stride, padding) in enumerate([(first_stride, 2), (1, 2), (1, 1), (1, 1), (1, 1)]):
        weight = states[f"{index}.weight"]
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride, padding)
        layer.load_state_dict({"weight": weight, "bias": states[f"{index}.bias"]})
        made.append(layer)
    return made


class _LowPass(nn.Module):
    """Every second pixel of a binomial mean over 3 x 3, the border mirrored 2 wide."""

    taps: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("taps", (line[:, None] * line).expand(channels, 1, 3, 3).contiguous())

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H / 2 + 1, W / 2 + 1)."""
        padded = functional.pad(x, (2, 2, 2, 2), mode="reflect")
        return functional.conv2d(padded, self.taps, stride=2, groups=self.taps.shape[0])
