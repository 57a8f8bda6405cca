"""The table of mutation testing: what is drawn, what counts as noticed, and where a mutation stands in its file."""

from pathlib import Path

import pytest
from statsmodels.stats.proportion import proportion_confint

pytest.importorskip("benchmarks.validity", reason="no benchmarks beside the tests")

from benchmarks.validity.mutation import Tried, change, counted, drawn, table

NAMES = [f"x_f__mutmut_{number}" for number in range(1, 81)]


def test_the_same_mutants_are_drawn_for_the_same_module_and_seed_and_all_where_there_are_few() -> None:
    assert drawn("a", NAMES, 20, 0) == drawn("a", NAMES, 20, 0)
    assert len(set(drawn("a", NAMES, 20, 0))) == 20
    assert len({tuple(drawn(module, NAMES, 20, seed)) for module in "ab" for seed in (0, 1)}) == 4
    assert drawn("a", NAMES, 0, 0) == drawn("a", NAMES, 80, 0) == NAMES


def test_a_crash_is_noticed_and_a_mutant_that_no_test_calls_is_not() -> None:
    statuses = {"a": "killed", "b": "segfault", "c": "timeout", "d": "survived", "e": "no tests", "f": "killed"}
    found = counted("module", statuses, 40)
    assert found == Tried("module", 40, 3, 1, ("d", "e"))
    assert found.tried == 6


def test_a_run_that_was_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="module: mutants with the status not checked"):
        counted("module", {"a": "killed", "b": "not checked"}, 2)


def test_the_score_is_of_what_was_killed_with_wilsons_interval_and_the_last_line_adds_up() -> None:
    lines = list(table([Tried("one", 90, 17, 1, ("a", "b")), Tried("two", 10, 10, 0, ())]))
    low, high = proportion_confint(17, 20, method="wilson")
    assert lines[2] == f"| one | 90 | 20 | 17 | 1 | 2 | 0.850 ({low:.3f} to {high:.3f}) |"
    low, high = proportion_confint(27, 30, method="wilson")
    assert lines[-1] == f"| all | 100 | 30 | 27 | 1 | 2 | 0.900 ({low:.3f} to {high:.3f}) |"


def test_a_change_names_its_line_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text('"""Some."""\n\n\ndef f(a: int, b: int = 1) -> int:\n    c = a + b\n    return c\n', "utf-8")
    original = "def x_f__mutmut_orig(a: int, b: int = 1) -> int:\n    c = a + b\n    return c"
    mutant = "def x_f__mutmut_3(a: int, b: int = 1) -> int:\n    c = a - b\n    return c"
    default = original.replace("orig", "1").replace("b: int = 1", "b: int = 2")
    assert change(path, original, mutant, "f") == f"{path}:5: c = a + b  ->  c = a - b"
    assert change(path, original, default, "f").startswith(f"{path}:4: def f(a: int, b: int = 1)")
