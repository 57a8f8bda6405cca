"""Two stages: the base at first, never a pixel outside the mask, and switches that take one part away each."""

import pytest
import torch
from torch import Tensor

from translator.design import PRESETS, Design
from translator.fill.evidence import MASK, MATCH, PLANES, PRIOR, SPATIAL, VISIBLE
from translator.networks.two_stage import TwoStage

DESIGNS = {
    **{preset: Design.model_validate({"preset": preset}) for preset in PRESETS},
    "plain": Design(preset="micro", gated=False),
    "coarse only": Design(preset="micro", refine=False),
    "no neighbours": Design(preset="micro", without=("neighbours", "match")),
}


def _planes(height: int = 24, width: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    planes = torch.rand(2, PLANES, height, width, generator=generator)
    mask = (planes[:, MASK] > 0.6).float()
    planes[:, MASK] = mask
    planes[:, VISIBLE] *= 1 - mask
    return planes


def _random(design: Design = DESIGNS["micro"]) -> TwoStage:
    """A network whose last layers are not zero, as after training."""
    torch.manual_seed(1)
    network = TwoStage(design)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    return network


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_an_untrained_network_gives_the_prior_in_the_mask_and_what_is_visible_outside(name: str) -> None:
    planes = _planes()
    with torch.no_grad():
        made = TwoStage(DESIGNS[name])(planes)
    hidden = planes[:, MASK : MASK + 1] == 1
    expected = torch.where(hidden, planes[:, PRIOR : PRIOR + 1], planes[:, VISIBLE : VISIBLE + 1])
    assert torch.equal(made.coarse, expected)
    assert torch.equal(made.refined, expected)


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_any_weights_write_only_inside_the_mask(name: str) -> None:
    planes = _planes()
    with torch.no_grad():
        made = _random(DESIGNS[name])(planes)
    shown = planes[:, MASK : MASK + 1] == 0
    visible, prior = planes[:, VISIBLE : VISIBLE + 1], planes[:, PRIOR : PRIOR + 1]
    for picture in (made.coarse, made.refined):
        assert torch.equal(picture[shown], visible[shown])
        assert (picture[~shown] != prior[~shown]).float().mean() > 0.99
    assert (made.spread[shown] == 0).all()
    assert (made.spread[~shown] >= 0).all()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 40), (64, 24)])
def test_every_multiple_of_eight_keeps_its_size(height: int, width: int) -> None:
    with torch.no_grad():
        made = _random()(_planes(height, width))
    assert made.coarse.shape == made.refined.shape == made.spread.shape == (2, 1, height, width)


def test_frames_of_a_batch_do_not_see_each_other() -> None:
    planes, network = _planes().double(), _random().double().eval()
    with torch.no_grad():
        both, one = network(planes).refined, network(planes[1:]).refined
    assert torch.allclose(both[1:], one, atol=1e-6)


def test_the_refining_loss_does_not_reach_the_coarse_network() -> None:
    network = _random()
    network(_planes()).refined.sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in network.coarse.parameters())
    refining = [p for name, p in network.refine.named_parameters() if not name.startswith("doubt")]
    assert all(p.grad is not None and p.grad.any() for p in refining)


def test_learning_the_uncertainty_changes_nothing_else() -> None:
    network = _random()
    network(_planes()).spread.sum().backward()
    touched = {name for name, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert touched == {name for name, _ in network.named_parameters() if name.startswith("refine.doubt.")}


def test_an_untrained_network_can_learn() -> None:
    network = TwoStage(DESIGNS["micro"])
    made = network(_planes())
    (made.coarse.square().sum() + made.refined.square().sum()).backward()
    for head in (network.coarse.leave, network.refine.leave):
        assert head.weight.grad is not None
        assert head.weight.grad.abs().max() > 0


@pytest.mark.parametrize(("source", "plane"), [("prior", PRIOR), ("neighbours", 4), ("match", MATCH)])
def test_a_source_that_is_switched_off_is_not_seen(source: str, plane: int) -> None:
    network = _random(Design.model_validate({"preset": "micro", "without": [source]}))
    planes = _planes()
    changed = planes.clone()
    changed[:, plane] = torch.rand_like(changed[:, plane])
    with torch.no_grad():
        assert torch.equal(network(planes).refined, network(changed).refined)


def test_without_the_prior_the_spatial_fill_is_the_base() -> None:
    planes = _planes()
    with torch.no_grad():
        made = TwoStage(Design(preset="micro", without=("prior",)))(planes)
    hidden = planes[:, MASK : MASK + 1] == 1
    assert torch.equal(made.refined[hidden], planes[:, SPATIAL : SPATIAL + 1][hidden])


def test_without_the_refining_network_the_picture_is_the_coarse_one() -> None:
    with torch.no_grad():
        made = _random(DESIGNS["coarse only"])(_planes())
    assert torch.equal(made.refined, made.coarse)


def test_tiny_has_fewer_than_a_million_parameters_and_the_plain_one_about_as_many() -> None:
    gated, plain = (
        sum(p.numel() for p in TwoStage(Design(preset="tiny", gated=gated)).parameters()) for gated in (True, False)
    )
    assert gated < 1_000_000
    assert plain == pytest.approx(gated, rel=0.1)
