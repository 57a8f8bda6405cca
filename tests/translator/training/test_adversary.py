"""The adversary: pairs in order, patches that see the mask only, a loss that a short game can lower."""

import torch

from translator.training.adversary import PatchDiscriminator, adversary_loss, deception_losses, pairs_of


def _pictures(seed: int, frames: int = 4) -> torch.Tensor:
    return torch.rand(frames, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_a_pair_is_two_frames_that_follow_each_other_and_their_masks() -> None:
    pictures, mask = _pictures(0), (_pictures(1) > 0.5).float()
    pairs = pairs_of(pictures, mask)
    assert pairs.shape == (2, 4, 32, 32)
    assert torch.equal(pairs[1], torch.cat([pictures[2], pictures[3], mask[2], mask[3]]))


def test_scores_and_features_have_the_promised_sizes() -> None:
    score, features = PatchDiscriminator()(pairs_of(_pictures(0), _pictures(1)))
    assert score.shape == (2, 1, 4, 4)
    assert [f.shape[2] for f in features] == [16, 8, 4, 4]


def test_patches_that_see_no_mask_do_not_count() -> None:
    torch.manual_seed(0)
    adversary = PatchDiscriminator()
    real, empty = _pictures(0), torch.zeros(4, 1, 32, 32)
    assert adversary_loss(adversary, pairs_of(real, empty), pairs_of(_pictures(1), empty)).item() == 0
    deceived, _ = deception_losses(adversary, pairs_of(real, empty), pairs_of(_pictures(1), empty))
    assert deceived.item() == 0


def test_equal_pairs_have_no_feature_distance() -> None:
    torch.manual_seed(0)
    adversary = PatchDiscriminator().eval()  # spectral norms stand still
    pairs = pairs_of(_pictures(0), torch.ones(4, 1, 32, 32))
    assert deception_losses(adversary, pairs, pairs)[1].item() == 0
    assert deception_losses(adversary, pairs, pairs_of(_pictures(1), torch.ones(4, 1, 32, 32)))[1].item() > 0


def test_it_learns_to_tell_smooth_from_rough() -> None:
    torch.manual_seed(0)
    adversary, mask = PatchDiscriminator(), torch.ones(8, 1, 32, 32)
    optimiser = torch.optim.Adam(adversary.parameters(), 1e-3)
    losses = []
    for step in range(30):
        rough = _pictures(step, 8)
        smooth = torch.nn.functional.avg_pool2d(rough, 5, 1, 2)
        loss = adversary_loss(adversary, pairs_of(rough, mask), pairs_of(smooth, mask))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
