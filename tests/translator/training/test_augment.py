"""Augmentation: seeded, of the promised size, black where it was black."""

import numpy as np

from translator.training.augment import ROWS, augmented


def _frames(frames: int = 4) -> np.ndarray:
    rng = np.random.default_rng(0)
    grey = rng.integers(30, 200, (frames, 150, 200), dtype=np.uint8)
    grey[:, :, :40] = 0
    return grey


def test_the_same_seed_gives_the_same_frames_and_another_others() -> None:
    one, again, other = (augmented(_frames(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_every_kind_of_change_keeps_frames_uint8_and_within_the_heights() -> None:
    for seed in range(40):
        made = augmented(_frames(), np.random.default_rng(seed))
        assert made.dtype == np.uint8
        assert made.flags.c_contiguous
        assert len(made) == 4
        assert ROWS[0] <= made.shape[1] <= ROWS[1]
        assert made.shape[2] / made.shape[1] == 200 / 150 or abs(made.shape[2] - made.shape[1] * 200 / 150) <= 0.5


def test_a_still_scene_stays_still_but_for_noise() -> None:
    still = _frames(1).repeat(3, axis=0)
    moving = [augmented(still, np.random.default_rng(seed)) for seed in range(30)]
    changes = [np.abs(np.diff(made.astype(int), axis=0)).mean() for made in moving]
    assert sum(change == 0 for change in changes) > 10
    assert max(changes) < 25


def test_black_stays_black_but_for_text() -> None:
    blank = np.zeros((2, 150, 200), np.uint8)
    shares = [(augmented(blank, np.random.default_rng(seed)) > 0).mean() for seed in range(30)]
    assert min(shares) == 0
    assert max(shares) < 0.1
