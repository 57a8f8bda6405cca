"""The section on real or synthetic: its sentence, shortcuts, and where the evidence lies."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evalkit.records import Prediction
from evalkit.statistics.discrimination import discrimination
from reports.page.discriminability import discriminability_parts, roc
from reports.page.rendering import rendered

SHORTCUT = {"fact": "height", "clips_differing": 8, "auc": 0.5, "p": 1.0, "why": "differs in 8 of 8 clips"}

WORTH = {"name": "speckle_std[60db]", "auc_alone": 0.9, "auc_lost_without": 0.1, "weight": 1.0, "larger_in": "real"}


def _page(gap: float, p: float, **more: Any) -> str:
    """The section of 60 clips of 60 subjects whose scores differ by `gap`."""
    rows = []
    for index, pair in enumerate(
        np.random.default_rng(0).normal([0.5 - gap / 2, 0.5 + gap / 2], 0.1, (60, 2)).tolist()
    ):
        for label, share in zip(("real", "synthetic"), pair, strict=True):
            said = json.dumps({"real": 1 - share, "synthetic": share})
            taken = "synthetic" if share > 0.5 else "real"
            rows.append(Prediction("told", "arm", f"c{index}", f"s{index}", 0, label, taken, said, "ok"))
    told = {
        "auc": 0.5, "p": p, "smallest_p": 0.001, "clips": 20, "subjects": 20,
        "texture": {"auc": 0.5, "p": p, "region": "frame", "features": [WORTH]},
        "facts": {"auc": 0.5, "p": 1.0, "differing": [], "shortcuts": []}, "evidence": None, **more,
    }  # fmt: skip
    details = {"kind": "discriminability", "features": "texture", "margin": 0.2, "arms": {"arm": told}}
    plan = {"study": {"seed": 0}, "tasks": {"told": {"kind": "discriminability"}}}
    run: Any = SimpleNamespace(plan=plan, tasks={"told": details}, predictions=rows)
    parts = discriminability_parts(run, frozenset(row.clip_id for row in rows))
    return rendered("sections/discriminability.html.j2", discriminability=parts)


def test_clips_that_are_told_apart_are_said_to_be_and_by_what() -> None:
    page = _page(0.5, 0.001)
    assert "tells real from synthetic clips" in page
    assert "speckle_std[60db]" in page


def test_chance_is_said_to_be_within_the_margin() -> None:
    page = _page(0.0, 0.4)
    assert "no better than chance, to within 0.2" in page
    assert "What gives the synthetic clips away" not in page


def test_neither_shown_is_no_chance() -> None:
    assert "the interval is too wide" in _page(0.06, 0.2)


def test_a_shortcut_is_a_warning_beside_the_sentence() -> None:
    page = _page(0.5, 0.001, facts={"auc": 0.5, "p": 1.0, "differing": ["height"], "shortcuts": [SHORTCUT]})
    assert "Beware" in page
    assert "Shortcut: height differs in 8 of 8 clips." in page


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_evidence_is_drawn_by_place(share: float) -> None:
    places = {"clips": 3, "share_in_mask": share, "area_of_mask": 0.1, "map": [[0.1, 0.2], [0.3, 0.4]]}
    page = _page(0.5, 0.001, evidence=places)
    assert f"{share:.1%}" in page
    assert page.count("fill-opacity=") == 4
    assert 'fill-opacity="1.00"' in page


def _said(label: str, share: float) -> Prediction:
    said = json.dumps({"real": 1 - share, "synthetic": share})
    return Prediction("told", "arm", "c", "s", 0, label, "real", said, "ok")


def test_the_roc_of_four_clips_by_hand() -> None:
    rows = [_said("synthetic", 0.9), _said("real", 0.8), _said("synthetic", 0.7), _said("real", 0.1)]
    assert roc(rows) == ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])


def test_the_area_under_the_roc_that_is_drawn_is_the_auc_that_is_told() -> None:
    drawn = np.random.default_rng(1).random((80, 2)).round(1)  # with ties
    rows = [_said("synthetic" if one > 0.4 else "real", two) for one, two in drawn.tolist()]
    area = discrimination([replace(row, subject_id=f"s{i % 9}") for i, row in enumerate(rows)], 0.2).auc.value
    false, true = roc(rows)
    assert np.trapezoid(true, false) == pytest.approx(area, abs=1e-12)


def test_one_class_has_no_roc() -> None:
    assert roc([_said("real", 0.2), _said("real", 0.4)]) == ([], [])


def test_the_roc_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    drawn = np.random.default_rng(2).random((60, 2)).round(1)
    rows = [_said("synthetic" if one > 0.5 else "real", two) for one, two in drawn.tolist()]
    expected = metrics.roc_curve(drawn[:, 0] > 0.5, drawn[:, 1], drop_intermediate=False)[:2]
    assert np.allclose(roc(rows), expected, atol=1e-12)


def test_the_roc_stands_on_the_page_with_its_points_to_save() -> None:
    page = _page(0.5, 0.001)
    assert "arm, AUC 1.000" in page
    assert 'download="roc-told.csv"' in page
