"""Losses: the structure term against scikit-image, the sum worked by hand."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from translator.training.losses import StructureLoss, translation_loss


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


def test_a_flat_error_in_a_flat_picture_worked_by_hand() -> None:
    # truth 0.5, refined 0.6 and coarse 0.7 everywhere in a mask that is everything:
    # SSIM of flat pictures is the luminance term (2ab + c1) / (a^2 + b^2 + c1), c1 = 1e-4
    truth = torch.full((1, 1, 16, 16), 0.5)
    mask = torch.ones_like(truth)
    refined, coarse = truth + 0.1, truth + 0.2

    def stage(error: float) -> float:
        value = 0.5 + error
        luminance = (2 * 0.5 * value + 1e-4) / (0.25 + value**2 + 1e-4)
        return 1.0 * error + 0.1 * error + 0.4 * (1 - luminance)

    found = translation_loss(coarse, refined, truth, mask, StructureLoss(16)).item()
    assert found == pytest.approx(stage(0.1) + 0.5 * stage(0.2), abs=1e-3)


def test_perfect_pictures_have_no_loss_and_an_empty_mask_no_division_by_zero() -> None:
    x, y = _pictures()
    assert translation_loss(x, x, x, torch.ones_like(x), StructureLoss(40)).item() < 1e-3
    empty = translation_loss(x, y, x, torch.zeros_like(x), StructureLoss(40)).item()
    assert np.isfinite(empty)
    assert empty == pytest.approx(0.1 * (x - y).abs().mean().item(), abs=1e-6)


def test_an_error_in_the_hole_weighs_more_than_one_beside_it() -> None:
    truth = torch.full((1, 1, 32, 32), 0.5)
    mask = torch.zeros_like(truth)
    mask[..., 8:16, 8:16] = 1
    inside, outside = truth.clone(), truth.clone()
    inside[..., 8:16, 8:16] += 0.1
    outside[..., 20:28, 20:28] += 0.1
    structure = StructureLoss(32)
    assert translation_loss(truth, inside, truth, mask, structure) > 5 * translation_loss(
        truth, outside, truth, mask, structure
    )
