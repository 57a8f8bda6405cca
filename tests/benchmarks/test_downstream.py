"""The phantom study of the downstream tasks, and the table of real stills."""

from typing import get_args

import numpy as np

from benchmarks.validity.downstream import CLAIMS, _noisy, study
from benchmarks.validity.ucsf_views import table
from evalkit.records import Outcome

RESULT = {"value": 0.5, "low": 0.25, "high": 0.75, "note": ""}


def test_the_study_is_valid_and_built_to_have_all_four_verdicts() -> None:
    made = study()
    assert [claim.id for claim in made.claims] == [claim["id"] for claim, _ in CLAIMS]
    assert {outcome for _, outcome in CLAIMS} == set(get_args(Outcome))


def test_faint_noise_is_faint_and_leaves_the_black_border_black() -> None:
    frames = np.zeros((2, 8, 8), np.uint8)
    frames[:, 2:6] = 100
    made = _noisy(frames, np.random.default_rng(1)).astype(int)
    assert not made[frames == 0].any()
    assert 0 < np.abs(made - frames).mean() < 3


def test_versions_differences_and_reasons_stand_in_the_table() -> None:
    real = {"f1_macro": RESULT, "accuracy": {**RESULT, "low": None, "note": "few"}, "calibration": {"ece": 0.125}}
    against = {
        "f1_macro": RESULT,
        "accuracy": RESULT,
        "mcnemar": [{"p": 0.25, "note": ""}, {"p": None, "note": "agree"}],
    }
    figures = {"arms": {"real": real, "telea": real, "x": {"note": "none"}}, "against_real": {"telea": against}}
    lines = table(figures)
    assert lines[2].startswith("| real | 0.500 [0.250, 0.750] | 0.500 (few) | 0.125 |")
    assert lines[3].endswith("| 0.500 [0.250, 0.750] | 0.500 [0.250, 0.750] | 0.250, agree |")
    assert lines[4] == "| x | none |"
