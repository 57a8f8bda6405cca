"""What an engine is, and what it keeps of a network: the refined picture and, where there is one, the spread."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from translator.fill.evidence import PLANES

Values = NDArray[np.float32]
NAMES = ("refined", "spread")


class Prediction(NamedTuple):
    """Refined picture and expected absolute error, float32 (N, 1, H, W), both in units of 0..1, not clipped.

    `spread` is None where the network has no such output.
    """

    refined: Values
    spread: Values | None


class Engine(Protocol):
    """Runs one network. `identity` is JSON-like and holds all of the engine that the output depends on."""

    identity: dict[str, Any]

    def run(self, planes: Values) -> Prediction:
        """Planes float32 (N, PLANES, H, W) in 0..1, H and W multiples of 8, to a Prediction of that size."""
        ...


class Heads(nn.Module):
    """A network without its coarse output, so that engines that run a graph need not make it."""

    def __init__(self, network: nn.Module) -> None:
        """`network(planes)` gives (coarse, refined) or (coarse, refined, spread), also as a named tuple."""
        super().__init__()
        self.network = network

    def forward(self, planes: Tensor) -> tuple[Tensor, ...]:
        """Planes (N, PLANES, H, W) -> (refined,) or (refined, spread), each (N, 1, H, W)."""
        return tuple(self.network(planes)[1:])


def count_heads(network: nn.Module) -> int:
    """1 if the network gives the refined picture alone, 2 if it gives the spread too."""
    parameter = next(network.parameters())
    with torch.inference_mode():
        return len(Heads(network)(torch.zeros(1, PLANES, 64, 64, device=parameter.device)))


def prediction(outputs: Sequence[Values]) -> Prediction:
    """Name one or two outputs."""
    return Prediction(outputs[0], outputs[1] if len(outputs) > 1 else None)
