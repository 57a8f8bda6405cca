"""The trial of the trial: what is red of made-up candidates, and that nothing is of good ones."""

from collections.abc import Callable, Collection

import numpy as np
import pytest

pytest.importorskip("benchmarks.validity", reason="no benchmarks beside the tests")

from benchmarks.validity.trial import BASELINE, ENDPOINTS, Candidate, Trial, from_which
from evalkit.records import Measurement
from translator.clips.manifest import Entry

SUBJECTS = [f"s{number:02d}" for number in range(24)]
Change = Callable[[str, str], float]


def _rows(arm: str, seed: int, change: Change = lambda subject, metric: 0.0) -> list[Measurement]:
    """A value for each endpoint and subject; arms differ from each other by little."""
    usual, own = np.random.default_rng(0), np.random.default_rng(seed)
    return [
        Measurement(arm, f"c{subject}", subject, metric, region, "simulated",
                    float(0.5 + 0.1 * usual.random() + 0.01 * own.standard_normal() + change(subject, metric)), "ok")
        for subject in SUBJECTS
        for metric, region in ENDPOINTS
    ]  # fmt: skip


@pytest.fixture(scope="module")
def trial() -> Trial:
    entries = [Entry.model_construct(clip_id=f"c{name}", subject_id=name, pairing="simulated") for name in SUBJECTS]
    arms = {BASELINE: 1} | {f"none-{number}": 2 + number for number in range(6)}
    rows = [row for arm, seed in arms.items() for row in _rows(arm, seed)]
    rows += _rows("worse", 20, lambda subject, metric: 0.2 if metric == "mae" else 0.0)
    rows += _rows("one clip", 21, lambda subject, metric: 0.4 if (subject, metric) == ("s03", "mae") else 0.0)
    rows += _rows("by heart", 22, lambda subject, metric: -0.4 if (subject, metric) == ("s03", "mae") else 0.0)
    rows += _rows("one view", 23, lambda subject, metric: 0.1 if metric == "mae" and int(subject[1:]) % 4 == 1 else 0.0)
    return Trial(entries, rows, 0, calibrating=3)


def test_good_candidates_are_green_and_a_worse_one_is_red_at_any_number_of_subjects(trial: Trial) -> None:
    for number in (12, 24):
        assert trial.seen(trial.arm(trial.kept[0]), number).share == 0
        found = trial.seen(trial.arm("worse"), number)
        assert found.share == 1
        assert "mae in the mask" in found.checks
    assert found.draws == 1  # all subjects: one draw


def test_a_single_clip_is_named_whichever_way_it_leaps(trial: Trial) -> None:
    red, leaps = trial.red(Candidate(trial.by_arm["one clip"]), SUBJECTS, views=False)
    assert "single clips: mae in the mask" in red
    assert not leaps
    assert trial.red(Candidate(trial.by_arm["by heart"]), SUBJECTS, views=False) == (set(), True)


def test_a_view_is_named_only_where_views_are_strata(trial: Trial) -> None:
    one = Candidate(trial.by_arm["one view"])
    assert "mae in the mask in view = v1" in trial.red(one, SUBJECTS, views=True)[0]
    assert not any("view" in check for check in trial.red(one, SUBJECTS, views=False)[0])


def test_clips_that_are_left_out_are_refused(trial: Trial) -> None:
    fewer = Candidate(trial.by_arm[trial.kept[0]], frozenset(f"c{name}" for name in SUBJECTS[2:]))
    assert trial.red(fewer, SUBJECTS, views=False) == ({"refused: clips are in the baseline alone"}, False)


def test_disjoint_groups_share_no_subject_and_leave_what_is_too_few(trial: Trial) -> None:
    looked: list[list[str]] = []

    def candidate(subjects: Collection[str]) -> Candidate:
        looked.append(list(subjects))
        return Candidate(trial.by_arm[trial.kept[0]])

    assert trial.apart(candidate, 10).draws == 2
    assert len({name for group in looked for name in group}) == 20


def test_a_fault_is_seen_only_from_where_every_greater_one_is() -> None:
    assert from_which([(1, 0.9), (2, 0.5), (3, 0.8), (4, 1.0)]) == 3
    assert from_which([(1, 0.9), (2, 0.5)]) is None
    assert from_which([(1, 0.9), (2, 1.0)]) == 1
