"""Training pairs: shared out by subject, seeded, and blind to what the flow hides."""

from pathlib import Path

import numpy as np
import pytest

from translator.artefacts import Store
from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Manifest
from translator.clips.npz import write_npz
from translator.fill.evidence import CONFIDENCE, MASK, PLANES, VISIBLE
from translator.simulate.heart import heart_clip
from translator.training import pairs
from translator.training.config import TrainingConfig
from translator.training.pairs import Job, make_pool, plan_jobs, plan_validation

CONFIG = TrainingConfig.model_validate(
    {
        "schema_version": 2, "name": "n", "clips_per_subject": 5, "phantom_subjects": 2,
        "window": 6, "kept_pairs": 3, "crop": 48,
    }
)  # fmt: skip
QUIET = CONFIG.model_copy(update={"phantom_subjects": 0})


def _entry(name: str, subject: str, split: str = "train", greyscale: bool = True) -> Entry:
    files = {"greyscale": f"{name}.npz"} if greyscale else {"cfd": f"{name}.npz"}
    return Entry.model_validate({"clip_id": name, "subject_id": subject, "split": split, **files})


def test_every_subject_gets_the_same_number_of_samples_spread_over_its_clips() -> None:
    entries = [_entry("a1", "a"), _entry("a2", "a"), _entry("b1", "b")]
    jobs = plan_jobs(QUIET, Manifest(entries, Path("/data")))
    assert [(str(job.file), job.count) for job in jobs] == [
        ("/data/a1.npz", 3), ("/data/a2.npz", 2), ("/data/b1.npz", 5)
    ]  # fmt: skip


def test_more_clips_than_samples_leave_some_clips_out() -> None:
    entries = [_entry(f"a{index}", "a") for index in range(9)]
    assert [job.count for job in plan_jobs(QUIET, Manifest(entries, Path()))] == [1] * 5


def test_only_greyscale_of_the_training_split_is_used() -> None:
    entries = [_entry("a", "a", "test"), _entry("b", "b", "validation"), _entry("c", "c", greyscale=False)]
    assert plan_jobs(QUIET, Manifest(entries, Path())) == []


def test_phantoms_follow_the_real_clips_one_sample_each() -> None:
    jobs = plan_jobs(CONFIG, Manifest([_entry("a", "a")], Path()))
    assert [(job.file is None, job.count) for job in jobs] == [(False, 5), (True, 1), (True, 1)]
    assert len({job.seed for job in jobs}) == 3


def test_no_two_jobs_draw_from_one_stream() -> None:
    entries = [_entry("a", "a"), _entry("b", "b")]
    config = CONFIG.model_copy(update={"seed": 1, "phantom_seed": 1})
    jobs = plan_jobs(config, Manifest(entries, Path()))
    assert len({np.random.default_rng(job.seed).random() for job in jobs}) == len(jobs)


def _samples(job: Job, folder: Path, config: TrainingConfig = CONFIG) -> np.ndarray:
    made: np.ndarray = np.load(pairs._kept(config, Store(folder), job) / "pairs.npy")
    return made


def test_a_clip_gives_the_same_samples_whatever_it_is_trained_with() -> None:
    a, b = _entry("a", "a"), _entry("b", "b")
    alone, together = (plan_jobs(QUIET, Manifest(entries, Path())) for entries in ([b], [a, b]))
    assert alone[0] == together[1]


def test_a_sample_holds_the_truth_and_planes_that_agree_outside_the_mask(tmp_path: Path) -> None:
    made = _samples(Job(None, (1, 0), 1), tmp_path)
    assert made.shape == (3, 2, 1 + PLANES, 48, 48)
    assert made.dtype == np.uint8
    frames = made.reshape(6, 1 + PLANES, 48, 48)
    truth, planes = frames[:, 0], frames[:, 1:]
    mask = planes[:, MASK] == 255
    assert mask.any()
    assert set(np.unique(planes[:, MASK])) <= {0, 255}
    assert not planes[:, VISIBLE][mask].any()
    assert (planes[:, CONFIDENCE][~mask] == 255).all()
    assert np.abs(truth.astype(int) - planes[:, VISIBLE])[~mask].mean() < 12  # but for compression and tint


def test_a_sample_depends_on_its_own_seed_alone(tmp_path: Path) -> None:
    first, again, other = (
        _samples(Job(None, seed, 1), tmp_path / str(place)) for place, seed in enumerate(((1, 0), (1, 0), (1, 1)))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("frames", [1, 2, 7, 13])
def test_a_real_clip_of_any_length_gives_as_many_samples_as_were_asked_for(tmp_path: Path, frames: int) -> None:
    rng = np.random.default_rng(0)
    write_npz(tmp_path / "a.npz", Clip.from_array(heart_clip(rng, rng, frames, 64, 25.0)[0], 25.0))
    made = _samples(Job(tmp_path / "a.npz", (0, 0, 0), 2), tmp_path / "store")
    assert made.shape == (2 * 3, 2, 1 + PLANES, 48, 48)
    assert (made[:, :, 1 + MASK] == 255).any()


def test_a_crop_holds_a_painted_pixel_and_stays_in_the_picture() -> None:
    mask = np.zeros((1, 90, 120), np.bool_)
    mask[0, 3, 110] = True
    for seed in range(30):
        rows, columns = pairs._crop(mask, 48, np.random.default_rng(seed))
        assert mask[0, rows, columns].any()
        assert mask[0, rows, columns].shape == (48, 48)


@pytest.mark.slow
def test_the_pool_is_the_same_however_many_processes_make_it(tmp_path: Path) -> None:
    jobs = plan_jobs(CONFIG, None)
    told, made = list[tuple[int, int]](), list[np.ndarray]()
    for threads in (1, 2):
        config = CONFIG.model_copy(update={"threads": threads})
        pool = make_pool(jobs, config, Store(tmp_path / f"{threads}"), lambda i, n: told.append((i, n)))
        made.append(pool.take(np.arange(len(pool))))
    one, two = made
    assert one.shape == (6, 2, 1 + PLANES, 48, 48)
    assert np.array_equal(one, two)
    assert told == [(1, 2), (2, 2)] * 2


def test_anatomies_and_left_out_subjects_are_obeyed() -> None:
    entries = [
        _entry(name, name).model_copy(update={"anatomy": anatomy})
        for name, anatomy in (("a", "heart"), ("b", "lung"), ("c", "heart"))
    ]
    manifest = Manifest(entries, Path("/data"))
    for asked, expected in (
        ({"anatomies": ("heart",)}, ["a", "c"]),
        ({"leave_out": ("lung",)}, ["a", "c"]),
        ({"leave_out": ("c",)}, ["a", "b"]),
    ):
        jobs = plan_jobs(QUIET.model_copy(update=asked), manifest)
        assert [str(job.file) for job in jobs] == [f"/data/{name}.npz" for name in expected]


def test_validation_clips_are_no_training_clips_and_draw_from_other_streams() -> None:
    manifest = Manifest([_entry("a", "a"), _entry("v", "v", "validation")], Path("/data"))
    config = CONFIG.model_copy(update={"validation_phantoms": 2})
    training, kept = plan_jobs(config, manifest), plan_validation(config, manifest)
    assert [str(job.file) for job in kept if job.file] == ["/data/v.npz"]
    assert not {job.seed for job in training} & {job.seed for job in kept}
    both = config.model_copy(update={"splits": ("train", "validation"), "validation_phantoms": 0})
    assert plan_validation(both, manifest) == []
    assert len(plan_jobs(both, manifest)) == len(training) + 1


def test_a_pair_is_two_consecutive_frames(tmp_path: Path) -> None:
    frames = np.full((12, 64, 64), 60, np.uint8) + (np.arange(12, dtype=np.uint8) * 8)[:, None, None]
    write_npz(tmp_path / "a.npz", Clip.from_array(frames, 25.0))
    config = CONFIG.model_copy(update={"window": 12})
    seen = set()
    for seed in range(6):
        made = _samples(Job(tmp_path / "a.npz", (0, 0, seed), 1), tmp_path / "store", config)
        truth = made[:, :, 0].astype(int).reshape(3, 2, -1)
        step = np.median(truth[:, 1] - truth[:, 0], axis=1)
        seen |= {bool(s > 0) for s in step}
        assert ((step >= 0) & (step < 32)).all()
    assert True in seen
