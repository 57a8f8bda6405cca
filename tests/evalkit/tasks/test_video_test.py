"""The video network's two-sample test, and where a frozen network sees evidence."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.tasks.registry import make_task
from tests.evalkit.tasks.benches import ArrayBench, array_bench
from translator.errors import InputError

VIDEO = {"features": "video", "permutations": 19, "epochs": 3}


def _bench(folder: Path, subjects: int, same: bool) -> ArrayBench:
    bench = array_bench(folder)
    for index in range(subjects):
        real = np.random.default_rng(index).integers(60, 120, (8, 40, 40)).astype(np.uint8)
        made = real if same else real // 3 + 150
        bench.add("test", f"c{index}", f"s{index}", real, {"arm": made})
    return bench


def test_fewer_than_four_subjects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 subjects with both versions"):
        make_task("told", "discriminability", VIDEO).measure(_bench(tmp_path, 3, same=True))


@pytest.mark.slow
def test_it_is_tried_on_subjects_that_it_was_not_fitted_to(tmp_path: Path) -> None:
    bench = _bench(tmp_path, 8, same=False)
    found = make_task("told", "discriminability", VIDEO).measure(bench)
    told = found.details["arms"]["arm"]
    assert (told["clips"], told["subjects"], told["smallest_p"]) == (4, 4, 1 / 16)
    assert told["auc"] > 0.9
    fitted = {row.clip_id for row in found.predictions if row.status == "undefined"}
    assert len(fitted) == 4
    again = make_task("told", "discriminability", VIDEO).measure(bench)
    assert again.details == found.details


@pytest.mark.slow
def test_identical_versions_have_an_auc_of_a_half(tmp_path: Path) -> None:
    found = make_task("told", "discriminability", {**VIDEO, "epochs": 1}).measure(_bench(tmp_path, 4, same=True))
    told = found.details["arms"]["arm"]
    assert (told["auc"], told["p"]) == (0.5, 1.0)


@pytest.mark.slow
def test_evidence_lies_where_the_synthetic_clip_was_changed(tmp_path: Path) -> None:
    bench = array_bench(tmp_path)
    for index in range(8):
        real = np.random.default_rng(index).integers(60, 120, (1, 96, 96)).astype(np.uint8)
        made, hidden = real.copy(), np.zeros_like(real)
        made[:, :32, :32] = 200
        hidden[:, :32, :32] = 255
        bench.add("test", f"c{index}", f"s{index}", real, {"arm": made}, hidden=hidden)
    options = {"features": "efficientnet-lite0", "permutations": 199}
    told = make_task("told", "discriminability", options).measure(bench).details["arms"]["arm"]
    assert told["auc"] > 0.9
    assert told["evidence"]["share_in_mask"] > 2 * told["evidence"]["area_of_mask"]
    assert np.sum(told["evidence"]["map"]) == pytest.approx(1)
