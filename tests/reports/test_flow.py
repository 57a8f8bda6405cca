"""The flow diagram: every number of the flow stands in it, long reasons are cut, many are summed."""

import pytest

from reports.figures.flow import flow_diagram


def _count(clips: int, subjects: int) -> dict[str, int]:
    return {"clips": clips, "subjects": subjects}


def _flow(reasons: int) -> dict[str, object]:
    arm = {"arm": "mine", "measured": _count(41, 7), "failed": _count(2, 2), "unpaired": _count(0, 0),
           "undefined": _count(1, 1)}  # fmt: skip
    excluded = [{"reason": f"reason {k} " + "x" * 60, "clips": 1, "subjects": 1} for k in range(reasons)]
    return {"listed": _count(90, 9), "split": "test", "in_split": _count(60, 8), "excluded": excluded,
            "in_run": _count(52, 8), "in_population": _count(44, 7), "arms": [arm]}  # fmt: skip


def test_every_number_stands_in_it() -> None:
    drawn = flow_diagram(_flow(1))
    for words in ("90 clips of 9 subjects", "60 clips of 8 subjects", "52 clips of 8 subjects",
                  "44 clips of 7 subjects", "outside the population: 8 clips", "mine: measured", "failed: 2 clips",
                  "without any value: 1 clip"):  # fmt: skip
        assert words in drawn
    assert "without greyscale truth" not in drawn


@pytest.mark.parametrize(("reasons", "shown", "summed"), [(0, 0, False), (6, 6, False), (9, 6, True)])
def test_the_first_reasons_are_shown_cut_and_the_others_summed(reasons: int, shown: int, summed: bool) -> None:
    drawn = flow_diagram(_flow(reasons))
    assert sum(f"excluded, reason {k} " in drawn for k in range(reasons)) == shown
    assert ("excluded for other reasons: 3 clips" in drawn) == summed
    assert "x" * 60 not in drawn
