"""Losses: the structure term against scikit-image, the others worked by hand."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from translator.networks.two_stage import Output
from translator.training.config import LossWeights
from translator.training.losses import (
    StructureLoss,
    Terms,
    contrast_loss,
    picture_losses,
    spread_loss,
    temporal_loss,
)

PIXELS = LossWeights.model_validate({})


def _pictures(side: int = 40) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(1, 1, side, side, generator=generator)
    return x, (x + 0.2 * torch.randn(1, 1, side, side, generator=generator)).clamp(0, 1)


def test_structure_away_from_the_border_is_ssim_of_wang_2004() -> None:
    x, y = _pictures()
    found = 1 - StructureLoss(40)(x, y)[0, 0].numpy()
    _, expected = structural_similarity(  # type: ignore[no-untyped-call]
        x[0, 0].double().numpy(), y[0, 0].double().numpy(), data_range=1.0, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    assert found[5:-5, 5:-5] == pytest.approx(expected[5:-5, 5:-5], abs=1e-4)


def test_equal_pictures_have_no_structure_loss_up_to_their_border() -> None:
    x, _ = _pictures()
    assert StructureLoss(40)(x, x).abs().max() < 1e-4


def _terms(coarse: Tensor, refined: Tensor, truth: Tensor, mask: Tensor, weights: LossWeights = PIXELS) -> Terms:
    return picture_losses(
        Output(coarse, refined, torch.zeros_like(truth)), truth, mask, weights, StructureLoss(truth.shape[-1])
    )


def _total(terms: Terms) -> float:
    return sum(term.item() for name, term in terms.items() if name != "uncertainty")


def test_a_flat_error_in_a_flat_picture_worked_by_hand() -> None:
    # truth 0.5, refined 0.6 and coarse 0.7 everywhere in a mask that is everything:
    # SSIM of flat pictures is the luminance term (2ab + c1) / (a^2 + b^2 + c1), c1 = 1e-4
    truth = torch.full((1, 1, 16, 16), 0.5)

    def stage(error: float) -> float:
        value = 0.5 + error
        luminance = (2 * 0.5 * value + 1e-4) / (0.25 + value**2 + 1e-4)
        return 1.0 * error + 0.1 * error + 0.4 * (1 - luminance)

    found = _total(_terms(truth + 0.2, truth + 0.1, truth, torch.ones_like(truth)))
    assert found == pytest.approx(stage(0.1) + 0.5 * stage(0.2), abs=1e-3)


def test_perfect_pictures_have_no_loss_and_an_empty_mask_no_division_by_zero() -> None:
    x, y = _pictures()
    assert _total(_terms(x, x, x, torch.ones_like(x))) < 1e-3
    empty = _total(_terms(x, y, x, torch.zeros_like(x)))
    assert np.isfinite(empty)
    assert empty == pytest.approx(0.1 * (x - y).abs().mean().item(), abs=1e-6)


def test_an_error_in_the_hole_weighs_more_than_one_beside_it() -> None:
    truth = torch.full((1, 1, 32, 32), 0.5)
    mask = torch.zeros_like(truth)
    mask[..., 8:16, 8:16] = 1
    inside, outside = truth.clone(), truth.clone()
    inside[..., 8:16, 8:16] += 0.1
    outside[..., 20:28, 20:28] += 0.1
    assert _total(_terms(truth, inside, truth, mask)) > 5 * _total(_terms(truth, outside, truth, mask))


def test_a_term_of_weight_zero_is_not_there_and_a_weight_scales_its_term() -> None:
    x, y = _pictures()
    both, mask = torch.cat([x, y]), torch.ones(2, 1, 40, 40)
    assert "temporal" not in _terms(both, both, both, mask)
    one, two = (
        _terms(both, both.flip(0), both, mask, LossWeights.model_validate({"temporal": w, "contrast": w}))
        for w in (1.0, 2.0)
    )
    for name in ("temporal", "contrast"):
        assert two[name].item() == pytest.approx(2 * one[name].item())


def test_flicker_worked_by_hand() -> None:
    # the truth rises by 0.1, the picture by 0.3, over four pixels that are hidden in the second frame only
    truth = torch.tensor([0.2, 0.3]).view(2, 1, 1, 1).expand(2, 1, 4, 4)
    picture = torch.tensor([0.2, 0.5]).view(2, 1, 1, 1).expand(2, 1, 4, 4).clone()
    mask = torch.zeros(2, 1, 4, 4)
    mask[1, :, :2, :2] = 1
    assert temporal_loss(picture, truth, mask).item() == pytest.approx(0.2)
    picture[1, :, 2:, 2:] = 0.9  # never hidden: does not count
    assert temporal_loss(picture, truth, mask).item() == pytest.approx(0.2)


def test_local_contrast_sees_blur_and_noise_alike_and_a_shift_of_brightness_not_at_all() -> None:
    x, _ = _pictures()
    mask = torch.ones_like(x)
    smooth = torch.nn.functional.avg_pool2d(x, 3, 1, 1)
    assert contrast_loss(x + 0.2, x, mask).item() == pytest.approx(0, abs=1e-3)
    assert contrast_loss(smooth, x, mask).item() > 0.5
    assert contrast_loss(x, smooth, mask).item() == pytest.approx(contrast_loss(smooth, x, mask).item())


def test_the_uncertainty_that_costs_least_is_the_mean_absolute_error() -> None:
    truth, mask = torch.full((1, 1, 8, 8), 0.5), torch.ones(1, 1, 8, 8)
    picture = truth + 0.1
    costs = {b: spread_loss(torch.full_like(truth, b - 1 / 510), picture, truth, mask).item() for b in (0.05, 0.1, 0.2)}
    assert min(costs, key=lambda b: costs[b]) == 0.1
    assert costs[0.1] == pytest.approx(np.log(0.2) + 1, abs=1e-5)
