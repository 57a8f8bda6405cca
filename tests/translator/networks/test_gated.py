"""Gated convolution against hand computation and against scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import signal

from translator.networks.gated import GatedConv


def _layer(features: float, gate_bias: float) -> GatedConv:
    """One channel in, one out: features = f * x, gate = sigmoid(bias)."""
    layer = GatedConv(1, 1)
    with torch.no_grad():
        layer.convolution.weight.zero_()
        layer.convolution.weight[0, 0, 1, 1] = features
        assert layer.convolution.bias is not None
        layer.convolution.bias.copy_(torch.tensor([0.0, gate_bias]))
    return layer


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1.5, 3.0 * 0.75),  # ELU(2 x) = 3, gate = sigmoid(ln 3) = 3/4
        (-1.0, (math.exp(-2.0) - 1) * 0.75),  # ELU(-2) = e^-2 - 1
        (0.0, 0.0),
    ],
)
def test_one_pixel_worked_by_hand(x: float, expected: float) -> None:
    with torch.no_grad():
        y = _layer(2.0, math.log(3.0))(torch.full((1, 1, 1, 1), x))
    assert y.item() == pytest.approx(expected, abs=1e-6)


def test_a_closed_gate_lets_nothing_through() -> None:
    with torch.no_grad():
        assert _layer(2.0, -100.0)(torch.rand(1, 1, 4, 4)).abs().max() < 1e-6


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_any_kernel_agrees_with_scipy(dilation: int) -> None:
    torch.manual_seed(0)
    layer = GatedConv(2, 1, dilation=dilation)
    x = torch.randn(1, 2, 12, 13)
    with torch.no_grad():
        found = layer(x)[0, 0].numpy()
        weights = layer.convolution.weight.numpy()
        assert layer.convolution.bias is not None
        bias = layer.convolution.bias.numpy()
    planes = []
    for out in range(2):
        total = np.full((12, 13), bias[out], np.float64)
        for channel in range(2):
            spread = np.zeros((2 * dilation + 1, 2 * dilation + 1))
            spread[::dilation, ::dilation] = weights[out, channel]
            total += signal.correlate2d(x[0, channel].numpy(), spread, mode="same")
        planes.append(total)
    features, gate = planes
    expected = np.where(features > 0, features, np.expm1(features)) / (1 + np.exp(-gate))
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("stride", "dilation", "size"), [(1, 1, 16), (1, 8, 16), (2, 1, 8)])
def test_the_size_is_kept_at_stride_1_and_halved_at_stride_2(stride: int, dilation: int, size: int) -> None:
    with torch.no_grad():
        assert GatedConv(3, 5, stride, dilation)(torch.zeros(2, 3, 16, 16)).shape == (2, 5, size, size)
