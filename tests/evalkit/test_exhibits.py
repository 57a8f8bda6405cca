"""Exhibits: which clips the report shows, by hand, and what is stored for each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.arms.load import Scheme
from evalkit.exhibits import choose, store_exhibits
from evalkit.measuring import Stores
from evalkit.plan import Plan, freeze
from evalkit.records import Measurement, Status
from evalkit.run import run_study
from evalkit.study import Study
from translator.artefacts import Store
from translator.clips.clip import Clip, grey_clip
from translator.clips.npz import read_npz, read_npz_mask
from translator.translation import Translation

CopyStudy = Callable[[str], Path]
ARMS = [{"name": "grey", "translator": "trivial:grey"}, {"name": "telea", "translator": "trivial:telea"}]
SSIM, MAE = "ssim[wang2004]", "mae"


class _Fails:
    """Raises on the clips it is told to."""

    def __init__(self, clips: set[str]) -> None:
        self.clips = clips
        self.identity = {"fails": sorted(clips)}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        if clip.header.source in self.clips:
            raise RuntimeError("no luck")
        return Translation(grey_clip(clip))


def _stores(folder: Path) -> Stores:
    return Stores(shared=Store(folder / "cache"), own=Store(folder / "own"))


def _plan(folder: Path, schemes: dict[str, Scheme] | None = None, **more: Any) -> Plan:
    study = Study.model_validate({"title": "T", "manifest": "data/manifest.csv", "arms": ARMS} | more)
    if "random" not in study.exhibits.model_fields_set:
        study = study.model_copy(update={"exhibits": study.exhibits.model_copy(update={"random": 0})})
    return freeze(study, folder, schemes or {})


def _clip(number: int) -> str:
    return f"phantom-11-{number:04d}-0"


def _row(
    number: int, value: float | None, arm: str = "grey", metric: str = SSIM, region: str = "mask", status: Status = "ok"
) -> Measurement:
    return Measurement(arm, _clip(number), f"phantom-11-{number:04d}", metric, region, "simulated", value, status)


VALUES = (0.5, 0.9, 0.1, 0.3, 0.7, 0.2, 0.8)  # sorted: .1 .2 .3 .5 .7 .8 .9


def test_worst_median_and_best_by_hand_where_higher_is_better(copy_study: CopyStudy) -> None:
    rows = [_row(number, value) for number, value in enumerate(VALUES)]
    assert choose(_plan(copy_study("one")), rows) == [
        (_clip(2), f"worst by {SSIM} in the mask of grey"),
        (_clip(0), f"median by {SSIM} in the mask of grey"),
        (_clip(1), f"best by {SSIM} in the mask of grey"),
    ]


def test_worst_and_best_change_places_where_lower_is_better(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), exhibits={"metric": MAE})
    chosen = choose(plan, [_row(number, value, metric=MAE) for number, value in enumerate(VALUES)])
    assert [clip for clip, _ in chosen] == [_clip(1), _clip(0), _clip(2)]
    assert [why.split()[0] for _, why in chosen] == ["worst", "median", "best"]


def test_where_a_target_is_best_the_worst_is_the_farthest_on_either_side(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), metrics=["sharpness_ratio"], exhibits={"metric": "sharpness_ratio"})
    values = (0.5, 1.1, 2.0, 0.3, 0.8, 1.4, 0.95)  # distances .5 .1 1 .7 .2 .4 .05
    chosen = choose(plan, [_row(number, value, metric="sharpness_ratio") for number, value in enumerate(values)])
    assert [clip for clip, _ in chosen] == [_clip(2), _clip(5), _clip(6)]


def test_only_the_arm_metric_and_region_asked_for_count(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), exhibits={"arm": "telea", "metric": MAE, "region": "seam"})
    asked = [_row(number, value, "telea", MAE, "seam") for number, value in enumerate(VALUES)]
    other = [_row(4, 0.0, "grey", MAE, "seam"), _row(4, 0.0, "telea", MAE), _row(4, 99.0, "telea", SSIM, "seam")]
    assert choose(plan, other + asked) == choose(plan, asked)
    assert choose(plan, asked)[0] == (_clip(1), "worst by mae in the seam of telea")


def test_clips_that_the_study_names_come_first_and_none_comes_twice(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), exhibits={"always": [_clip(6), _clip(2)]})
    chosen = choose(plan, [_row(number, value) for number, value in enumerate(VALUES)])
    worst = f"named by the study; worst by {SSIM} in the mask of grey"
    assert chosen[:2] == [(_clip(6), "named by the study"), (_clip(2), worst)]
    assert [clip for clip, _ in chosen] == [_clip(6), _clip(2), _clip(0), _clip(1)]


def test_clips_without_a_value_and_outside_the_population_are_passed_over(copy_study: CopyStudy) -> None:
    """Subject 3 is the kidney, with the lowest value; 2 failed.

    Of .5 .9 .7 .2 .8 the worst is 5, the median 4, the best 1.
    """
    plan = _plan(copy_study("one"), population={"anatomy": "heart"})
    rows = [_row(number, 0.05 if number == 3 else value) for number, value in enumerate(VALUES) if number != 2]
    chosen = choose(plan, [*rows, _row(2, None, status="failed")])
    assert [clip for clip, _ in chosen] == [_clip(5), _clip(4), _clip(1)]


def test_equal_values_are_settled_by_clip_id_and_not_by_the_order_of_the_rows(copy_study: CopyStudy) -> None:
    plan, rows = _plan(copy_study("one")), [_row(number, 0.5) for number in range(7)]
    assert choose(plan, rows) == choose(plan, rows[::-1])
    assert len(choose(plan, rows)) == 3


def test_without_any_value_only_the_named_clips_are_shown(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    assert choose(_plan(folder), []) == []
    assert choose(_plan(folder, exhibits={"always": [_clip(1)]}), []) == [(_clip(1), "named by the study")]


def test_what_is_drawn_at_random_depends_on_the_seed_and_on_no_result(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), exhibits={"random": 3}, seed=4)
    other = _plan(copy_study("two"), exhibits={"random": 3}, seed=5)
    high, low = ([_row(number, value) for number in range(7)] for value in (0.9, 0.1))
    drawn = [clip for clip, why in choose(plan, []) if why == "drawn at random"]
    assert len(set(drawn)) == 3
    for rows in (high, low[::-1]):
        assert {clip for clip, why in choose(plan, rows) if why.endswith("drawn at random")} == set(drawn)
    assert drawn != [clip for clip, _ in choose(other, [])]


def test_each_exhibit_holds_its_pictures_without_loss(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    rows = [_row(number, value) for number, value in enumerate(VALUES)]
    store_exhibits(_plan(folder), rows, folder / "exhibits", _stores(folder))
    index = json.loads((folder / "exhibits" / "index.json").read_text(encoding="utf-8"))
    assert [item["clip_id"] for item in index["clips"]] == [_clip(2), _clip(0), _clip(1)]
    assert index["rule"].endswith(f"by {SSIM} in the mask of grey")
    assert index["clips"][0]["pictures"] == {
        "cfd": "cfd.npz", "grey": "arm-0.npz", "telea": "arm-1.npz", "real": "real.npz"}  # fmt: skip
    shown, data = folder / "exhibits" / _clip(2), folder / "data"
    cfd = read_npz(data / f"{_clip(2)}.cfd.npz")
    np.testing.assert_array_equal(read_npz(shown / "cfd.npz").array(), cfd.array())
    np.testing.assert_array_equal(read_npz(shown / "real.npz").array(), read_npz(data / f"{_clip(2)}.grey.npz").array())
    np.testing.assert_array_equal(read_npz(shown / "arm-0.npz").array(), grey_clip(cfd).array())
    stored, painted = read_npz_mask(shown / "cfd.npz"), read_npz_mask(data / f"{_clip(2)}.cfd.npz")
    assert stored is not None
    assert painted is not None
    np.testing.assert_array_equal(stored.array(), painted.array())


class _Tells:
    """Evidence (all invented) and, where asked for, uncertainty beside the luma."""

    def __init__(self, uncertain: bool) -> None:
        self.uncertain = uncertain
        self.identity = {"tells": uncertain}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip), mask, mask if self.uncertain else None)


def test_what_an_arm_tells_of_its_pictures_is_stored_beside_them(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    arms = [{"name": "both", "translator": "tells:x"}, {"name": "one", "translator": "tells:"}, ARMS[0]]
    plan = _plan(folder, {"tells": lambda rest: _Tells(bool(rest))}, arms=arms, exhibits={"always": [_clip(1)]})
    store_exhibits(plan, [], folder / "exhibits", _stores(folder))
    (item,) = json.loads((folder / "exhibits" / "index.json").read_text(encoding="utf-8"))["clips"]
    assert item["beside"] == {
        "both": {"evidence": "arm-0.evidence.npz", "uncertainty": "arm-0.uncertainty.npz"},
        "one": {"evidence": "arm-1.evidence.npz"},
    }
    shown = folder / "exhibits" / _clip(1)
    assert len(list(shown.glob("arm-*"))) == 3 + 3
    evidence = read_npz(shown / "arm-0.evidence.npz").array()
    assert set(np.unique(evidence)) == {0, 255}
    np.testing.assert_array_equal(read_npz(shown / "arm-0.uncertainty.npz").array(), evidence)


def test_exhibits_of_an_earlier_attempt_do_not_stay(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "exhibits" / "old").mkdir(parents=True)
    (folder / "exhibits" / "old" / "real.npz").touch()
    store_exhibits(_plan(folder), [], folder / "exhibits", _stores(folder))
    assert [path.name for path in (folder / "exhibits").rglob("*")] == ["index.json"]


def test_a_failed_arm_is_shown_as_failed_beside_the_others(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    fails = _Fails({_clip(1)})
    plan = _plan(folder, {"fake": lambda rest: fails}, exhibits={"always": [_clip(1)]},
                 arms=[{"name": "mine", "translator": "fake:x"}, ARMS[1]])  # fmt: skip
    store_exhibits(plan, [], folder / "exhibits", _stores(folder))
    (item,) = json.loads((folder / "exhibits" / "index.json").read_text(encoding="utf-8"))["clips"]
    assert item["pictures"] == {
        "mine": "failed: RuntimeError: no luck",
        "telea": "arm-1.npz",
        "cfd": "cfd.npz",
        "real": "real.npz",
    }


def test_a_named_clip_that_cannot_be_read_does_not_end_the_run(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "data" / f"{_clip(1)}.cfd.npz").write_bytes(b"no clip at all")
    plan = _plan(folder, exhibits={"always": [_clip(1)]})
    run = run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None)
    assert {row.status for row in run.measurements if row.clip_id == _clip(1)} == {"undefined"}
    index = json.loads((folder / "out" / "exhibits" / "index.json").read_text(encoding="utf-8"))
    assert index["clips"][0]["clip_id"] == _clip(1)


def test_a_named_clip_whose_mask_does_not_fit_does_not_end_the_run(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    manifest = folder / "data" / "manifest.csv"
    text = manifest.read_text(encoding="utf-8")
    wrong = folder / "data" / "wrong.npz"
    np.savez(wrong, frames=np.zeros((6, 10, 10), np.uint8))
    entry = f"{_clip(1)}.cfd.npz,{_clip(1)}.grey.npz,{_clip(1)}.cfd.npz"
    assert entry in text
    manifest.write_text(text.replace(entry, f"{_clip(1)}.cfd.npz,{_clip(1)}.grey.npz,wrong.npz"), encoding="utf-8")
    plan = _plan(folder, exhibits={"always": [_clip(1)]})
    run = run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None)
    rows = [row for row in run.measurements if row.clip_id == _clip(1)]
    assert {(row.status, "mask is 6 frames of 10 x 10" in row.note) for row in rows} == {("undefined", True)}


@pytest.mark.parametrize("column", ["cfd", "greyscale"])
def test_an_exhibit_says_which_of_its_pictures_are_not_there(copy_study: CopyStudy, column: str) -> None:
    folder = copy_study("one")
    manifest = folder / "data" / "manifest.csv"
    text = manifest.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(_clip(1)))
    gone = f"{_clip(1)}.{'cfd' if column == 'cfd' else 'grey'}.npz"
    changed = line.replace("simulated", "unpaired", 1).replace(gone, "")
    manifest.write_text(text.replace(line, changed), encoding="utf-8")
    store_exhibits(_plan(folder, exhibits={"always": [_clip(1)]}), [], folder / "exhibits", _stores(folder))
    (item,) = json.loads((folder / "exhibits" / "index.json").read_text(encoding="utf-8"))["clips"]
    panel = {"cfd": "cfd", "greyscale": "real"}[column]
    assert item["pictures"][panel].startswith("not computed: ")
    assert item["pairing"] == "unpaired"
