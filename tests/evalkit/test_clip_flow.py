"""The flow of clips: every clip in one step for each arm, exclusions by reason."""

from typing import Any

import pytest

from evalkit.clip_flow import clip_flow
from evalkit.records import Measurement, Status


def _document(excluded: list[dict[str, str]]) -> dict[str, Any]:
    clips = [{"clip_id": f"c{k}", "subject_id": f"s{k // 2}", "view": "A4C" if k < 8 else "A2C"} for k in range(10)]
    return {
        "study": {"split": "test", "population": {"view": "A4C"}, "arms": [{"name": "a"}, {"name": "b"}]},
        "clips": clips,
        "excluded": excluded,
        "listed": {"clips": 20, "subjects": 9},
    }


def _row(arm: str, clip: int, status: Status = "ok", pairing: str = "simulated") -> Measurement:
    value = 0.5 if status == "ok" else None
    return Measurement(arm, f"c{clip}", f"s{clip // 2}", "mae", "mask", pairing, value, status, "")


def test_every_clip_of_the_population_stands_in_one_step_of_each_arm() -> None:
    rows = [_row("a", k) for k in range(5)]
    rows += [_row("a", 5, "failed"), _row("a", 6, "undefined"), _row("a", 7, "undefined", "unpaired"), _row("a", 8)]
    gone = [
        {"clip_id": "x1", "subject_id": "s0", "reason": "blurred"},
        {"clip_id": "x2", "subject_id": "s9", "reason": "blurred"},
    ]
    flow = clip_flow(_document(gone), rows, [])
    assert flow["excluded"] == [{"reason": "blurred", "clips": 2, "subjects": 2}]
    assert flow["in_split"] == {"clips": 12, "subjects": 6}
    assert flow["in_run"] == {"clips": 10, "subjects": 5}
    assert flow["in_population"] == {"clips": 8, "subjects": 4}
    arm = flow["arms"][0]
    assert {step: arm[step]["clips"] for step in ("failed", "undefined", "unpaired", "measured")} == {
        "failed": 1, "undefined": 1, "unpaired": 1, "measured": 5,
    }  # fmt: skip
    assert arm["given"]["clips"] == 8
    assert flow["arms"][1]["given"]["clips"] == 0


@pytest.mark.parametrize("other", ["undefined", "ok"])
def test_a_clip_on_which_any_metric_failed_failed(other: Status) -> None:
    flow = clip_flow(_document([]), [_row("a", 0, other), _row("a", 0, "failed")], [])
    assert flow["arms"][0]["failed"]["clips"] == 1
