"""Claims on files that they bring along: a reader study, timings."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evalkit.claim_files import as_document, check_file, estimate_of_readers, estimate_of_timings, placed
from evalkit.readers.analyse import analyse
from evalkit.readers.list_mode import read_reader_study
from evalkit.records import Claim
from translator.errors import InputError

READERS = Path(__file__).resolve().parents[1] / "data" / "reader_study.csv"


def _readers(**more: object) -> Claim:
    asked: dict[str, object] = {"id": "c", "sentence": "s", "arm": "a", "statistic": "reader_accuracy",
                                "relation": "equivalent", "reference": 0.5, "margin": 0.1,
                                "readers": str(READERS)}  # fmt: skip
    return Claim.model_validate(asked | more)


def _timings(path: Path, **more: object) -> Claim:
    asked: dict[str, object] = {"id": "c", "sentence": "s", "arm": "ours", "against": "diffusion",
                                "statistic": "times_faster", "relation": "at_least", "reference": 100.0,
                                "timings": str(path)}  # fmt: skip
    return Claim.model_validate(asked | more)


@pytest.mark.parametrize("statistic", ["reader_accuracy", "reader_auc"])
def test_a_reader_claim_has_the_analysis_own_interval_and_its_test_of_chance(statistic: str) -> None:
    whole = analyse(read_reader_study(READERS))
    name = whole.modalities[0]
    found = estimate_of_readers(_readers(statistic=statistic, metric=name))
    part = whole.per_modality[0]
    mrmc = part.balanced_accuracy if statistic == "reader_accuracy" else part.auc
    assert (found.value, found.low, found.high) == (mrmc.result.value, mrmc.result.low, mrmc.result.high)
    chance = {row.endpoint: row.p_equivalent for row in part.chance}
    asked = "reader-averaged balanced accuracy" if statistic == "reader_accuracy" else "reader-averaged AUC"
    if asked in chance:
        assert found.p == pytest.approx(chance[asked], abs=1e-12)
    assert found.n_subjects == whole.n_negative + whole.n_positive


def test_of_two_modalities_one_has_to_be_named() -> None:
    if len(read_reader_study(READERS).modalities) == 2:
        with pytest.raises(InputError, match="has the modalities"):
            estimate_of_readers(_readers())
    with pytest.raises(InputError, match="asks for nothing-like-it"):
        estimate_of_readers(_readers(metric="nothing-like-it"))


def test_times_faster_is_a_geometric_mean_over_subjects(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.uniform(0.9, 1.1, 12), rng.uniform(140, 190, 12)
    rows = [f"{name},c{k},{value}" for name, values in (("ours", ours), ("diffusion", theirs))
            for k, value in enumerate(values)]  # fmt: skip
    path = tmp_path / "timings.csv"
    path.write_text("\n".join(["system,clip_id,seconds", *rows, "ours,c99,1"]), encoding="utf-8")
    found = estimate_of_timings(_timings(path))
    logs = np.log(theirs / ours)
    ends = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(np.exp(logs.mean()))
    assert (found.low, found.high) == pytest.approx((np.exp(ends.low), np.exp(ends.high)))
    assert found.p == pytest.approx(stats.ttest_1samp(logs, np.log(100), alternative="greater").pvalue)
    assert (found.n_clips, found.n_undefined) == (12, 1)


def test_bad_timings_are_named_by_row(tmp_path: Path) -> None:
    path = tmp_path / "timings.csv"
    path.write_text("system,clip_id,seconds\nours,c1,fast\n,c2,1\nours,c3,-1\nours,c4,1\n", encoding="utf-8")
    with pytest.raises(InputError) as found:
        check_file(_timings(path))
    assert [fault.where.rsplit(": ", 1)[1] for fault in found.value.faults] == ["row 2", "row 3", "row 4"]
    path.write_text("system,clip\na,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no clip_id and no seconds"):
        check_file(_timings(path))
    with pytest.raises(InputError, match="cannot be read"):
        check_file(_timings(tmp_path / "absent.csv"))


def test_timings_of_one_system_alone_compare_nothing(tmp_path: Path) -> None:
    path = tmp_path / "timings.csv"
    path.write_text("system,clip_id,seconds\nours,c1,1\n", encoding="utf-8")
    found = estimate_of_timings(_timings(path))
    assert (found.value, found.note) == (None, "not computed: no clip was timed for ours and diffusion")


def test_files_count_from_the_claims_own_folder_and_plans_hold_their_digest(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("system,clip_id,seconds\nours,c1,1\n", encoding="utf-8")
    claim = placed(_timings(Path("t.csv")), tmp_path)
    assert claim.timings == str((tmp_path / "t.csv").resolve())
    told = as_document(claim)
    assert told["timings"].startswith("sha256:")
    assert str(tmp_path) not in str(told)
