"""Every anatomy: seeded, labelled, moving, and different from subject to subject."""

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from translator.clips.clip import Frames
from translator.simulate.anatomies import ANATOMIES, GROUPS, Choice
from translator.simulate.anatomy import Simulated, simulate
from translator.simulate.heart import heart_clip
from translator.simulate.kidney import kidney_clip
from translator.simulate.looks import LOOKS, SITES, draw_look

Make = Callable[..., tuple[Frames, Frames, dict[str, Any]]]
EACH = pytest.mark.parametrize("name", ANATOMIES)
BLOOD = {
    "a4c": ((1, 2, 3, 4), 5), "a2c": ((1, 3), 5), "plax": ((1, 2, 3), 5), "psax": ((1, 2), 5),
    "fetal-heart": ((1, 2, 3, 4), 5), "carotid": ((1, 3), 2), "liver": ((2,), 1),
}  # fmt: skip


def _make(name: str, subject: int, clip: int, frames: int = 2, size: int = 64) -> Simulated:
    seeds = np.random.default_rng((1, subject)), np.random.default_rng((2, subject, clip))
    return simulate(ANATOMIES[name], *seeds, frames, size, 25.0, SITES[0])


@EACH
def test_a_clip_shows_its_sector_and_its_labels_and_nothing_beside(name: str) -> None:
    made = _make(name, 3, 0, 2, 65)
    assert made.frames.shape == made.labels.shape == (2, 65, 65)
    assert made.frames.dtype == made.labels.dtype == np.uint8
    assert made.sector.shape == (65, 65)
    assert 0.3 < made.sector.mean() < 0.95
    assert (made.frames[:, made.sector] > 10).mean() > 0.3
    assert not made.frames[:, ~made.sector].any()
    assert not made.labels[:, ~made.sector].any()
    assert set(np.unique(made.labels)) - {0} <= set(ANATOMIES[name].labels)


@EACH
def test_every_label_is_seen_in_some_subject(name: str) -> None:
    missing = set(ANATOMIES[name].labels)
    for subject in range(6):
        missing -= {int(label) for label in np.unique(_make(name, subject, 0, 1, 96).labels)}
        if not missing:
            break
    assert not missing


@EACH
def test_the_same_seeds_give_the_same_clip_and_others_do_not(name: str) -> None:
    made, again = _make(name, 0, 0), _make(name, 0, 0)
    assert np.array_equal(made.frames, again.frames)
    assert np.array_equal(made.labels, again.labels)
    assert made.parameters == again.parameters
    assert not np.array_equal(made.frames, _make(name, 0, 1).frames)


@EACH
def test_the_subject_gives_the_anatomy_and_the_clip_gives_the_rest(name: str) -> None:
    first, second, other = (_make(name, *seed, 1).parameters for seed in ((0, 0), (0, 1), (1, 0)))
    assert first["shape"] == second["shape"] != other["shape"]
    assert first["probe"] != second["probe"]
    assert first["pose"] != second["pose"]


@pytest.mark.parametrize("name", BLOOD)
def test_blood_is_darker_than_its_wall(name: str) -> None:
    lumens, wall = BLOOD[name]
    darker = []
    for subject in range(3):
        made = _make(name, subject, 0, 1, 96)
        around = made.frames[made.labels == wall].mean()
        darker += [
            made.frames[made.labels == lumen].mean() < around for lumen in lumens if (made.labels == lumen).any()
        ]
    assert len(darker) >= 3
    assert np.mean(darker) >= 0.9  # a shadow or a bright near field may lie over one


@pytest.mark.parametrize(("name", "label"), [("a4c", 1), ("a2c", 1), ("plax", 1), ("psax", 1), ("carotid", 1)])
def test_the_area_of_the_lumen_follows_the_heart_rate(name: str, label: int) -> None:
    fps, seeds = 10.0, (np.random.default_rng(6), np.random.default_rng(7))
    made = simulate(ANATOMIES[name], *seeds, 50, 96, fps, SITES[0])
    area = (made.labels == label).sum(axis=(1, 2)).astype(float)
    assert area.min() < (0.88 if name != "carotid" else 0.97) * area.max()
    power = np.abs(np.fft.rfft((area - area.mean()) * np.hanning(50), 4000))
    band = np.fft.rfftfreq(4000, 1 / fps)
    power[band < 0.6] = 0  # the hand sways more slowly than any heart beats
    assert band[power.argmax()] * 60 == pytest.approx(made.parameters["shape"]["heart_rate"], rel=0.08)


def _composition(made: Simulated) -> np.ndarray:
    """Which share of the labelled area each label has."""
    count = np.bincount(made.labels.ravel(), minlength=12)[1:].astype(float)
    return np.asarray(count / count.sum())


@pytest.mark.parametrize("name", ["a4c", "carotid"])
def test_subjects_differ_more_than_the_clips_of_one_subject(name: str) -> None:
    found = np.stack([[_composition(_make(name, subject, clip, 1)) for clip in range(2)] for subject in range(6)])
    within = found.var(axis=1).mean(axis=0).sum()
    between = found.mean(axis=1).var(axis=0).sum()
    assert between > within


@EACH
def test_frames_move_little_by_little(name: str) -> None:
    frames = _make(name, 0, 0, 4).frames.astype(float)
    assert np.abs(frames[1:] - frames[:-1]).mean() > 0
    tissue = frames.mean(axis=0) > 40
    series = frames[:, tissue] - frames[:, tissue].mean(axis=1, keepdims=True)
    assert np.diag(np.corrcoef(series), 1).mean() > 0.5


def test_a_kidney_has_a_bright_sinus_inside_its_cortex() -> None:
    made = _make("kidney", 3, 0, 2, 96)
    assert made.frames[made.labels == 1].mean() > made.frames[made.labels == 2].mean() + 20


def test_a_rib_throws_a_shadow_and_a_dry_lung_shows_its_pleura_again() -> None:
    dry = next(
        made for made in (_make("lung", s, 0, 1, 128) for s in range(20)) if made.parameters["shape"]["wet"] < 0.4
    )
    lung, pleura = dry.frames[dry.labels == 3], dry.frames[dry.labels == 2]
    assert pleura.mean() > 2 * lung.mean()
    assert np.percentile(lung, 99) > 2 * np.median(lung)  # A-lines


@pytest.mark.parametrize(("make", "name"), [(heart_clip, "a4c"), (kidney_clip, "kidney")])
def test_the_short_cuts_make_what_the_anatomy_makes(make: Make, name: str) -> None:
    frames, labels, parameters = make(np.random.default_rng(1), np.random.default_rng(2), 2, 48, 25.0)
    made = simulate(ANATOMIES[name], np.random.default_rng(1), np.random.default_rng(2), 2, 48, 25.0)
    assert np.array_equal(frames, made.frames)
    assert np.array_equal(labels, made.labels)
    assert parameters == made.parameters


def test_every_choice_of_the_command_is_a_group_of_known_anatomies() -> None:
    assert set(get_args(Choice)) == set(GROUPS)
    assert {name for members in GROUPS.values() for name in members} == set(ANATOMIES)
    assert not {"kidney", "carotid", "lung", "liver"} & set(GROUPS["heart"])


def test_sites_use_their_scanners_and_scanners_look_different() -> None:
    rng = np.random.default_rng(0)
    used = {site.name: {draw_look(site, rng).name for _ in range(60)} for site in SITES}
    assert used == {site.name: set(site.scanners) for site in SITES}
    assert set().union(*used.values()) == set(LOOKS)
    means = []
    for site in SITES:
        seeds = np.random.default_rng(1), np.random.default_rng(2)
        means.append(simulate(ANATOMIES["liver"], *seeds, 1, 64, 25.0, site).frames.mean())
    assert max(means) - min(means) > 5
