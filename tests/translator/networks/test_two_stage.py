"""Two stages: the prior at first, and never a pixel outside the mask."""

import pytest
import torch
from torch import Tensor

from translator.fill.evidence import MASK, PLANES, PRIOR, VISIBLE
from translator.networks.two_stage import PRESETS, TwoStage


def _planes(height: int = 24, width: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    planes = torch.rand(2, PLANES, height, width, generator=generator)
    mask = (planes[:, MASK] > 0.6).float()
    planes[:, MASK] = mask
    planes[:, VISIBLE] *= 1 - mask
    return planes


def _random(preset: str = "tiny") -> TwoStage:
    """A network whose last layers are not zero, as after training."""
    torch.manual_seed(1)
    network = TwoStage(PRESETS[preset])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    return network


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_an_untrained_network_gives_the_prior_in_the_mask_and_what_is_visible_outside(preset: str) -> None:
    planes = _planes()
    with torch.no_grad():
        coarse, refined = TwoStage(PRESETS[preset])(planes)
    hidden = planes[:, MASK : MASK + 1] == 1
    expected = torch.where(hidden, planes[:, PRIOR : PRIOR + 1], planes[:, VISIBLE : VISIBLE + 1])
    assert torch.equal(coarse, expected)
    assert torch.equal(refined, expected)


def test_any_weights_write_only_inside_the_mask() -> None:
    planes = _planes()
    with torch.no_grad():
        coarse, refined = _random()(planes)
    shown = planes[:, MASK : MASK + 1] == 0
    visible, prior = planes[:, VISIBLE : VISIBLE + 1], planes[:, PRIOR : PRIOR + 1]
    for picture in (coarse, refined):
        assert torch.equal(picture[shown], visible[shown])
        assert (picture[~shown] != prior[~shown]).float().mean() > 0.99


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 40), (64, 24)])
def test_every_multiple_of_eight_keeps_its_size(height: int, width: int) -> None:
    with torch.no_grad():
        coarse, refined = _random()(_planes(height, width))
    assert coarse.shape == refined.shape == (2, 1, height, width)


def test_frames_of_a_batch_do_not_see_each_other() -> None:
    planes, network = _planes().double(), _random().double().eval()
    with torch.no_grad():
        both, one = network(planes)[1], network(planes[1:])[1]
    assert torch.allclose(both[1:], one, atol=1e-6)


def test_the_refining_loss_does_not_reach_the_coarse_network() -> None:
    network = _random()
    _, refined = network(_planes())
    refined.sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in network.coarse.parameters())
    assert all(p.grad is not None and p.grad.any() for p in network.refine.parameters())


def test_an_untrained_network_can_learn() -> None:
    network = TwoStage(PRESETS["tiny"])
    coarse, refined = network(_planes())
    (coarse.square().sum() + refined.square().sum()).backward()
    for head in (network.coarse.leave, network.refine.leave):
        assert head.weight.grad is not None
        assert head.weight.grad.abs().max() > 0
