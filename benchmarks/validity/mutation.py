"""Mutation testing of statistics and metrics: how many small changes to the code do the tests notice?

    tox run -e mutation                                   # a sample of every module; docs/mutation.md has its table
    tox run -e mutation -- --sample 0 --module 'evalkit.statistics.auc'    # all mutants of one module
    tox run -e mutation -- --again                        # those alone that no test killed the last time

mutmut makes the mutants, each in a fork of one process that has imported everything, and tries on each the tests that
call the mutated function, of those that `[tool.mutmut]` in pyproject.toml names. A function that runs while its module
is imported has run before the fork: its mutants that live are tried again in a process of their own, on all tests of
their folder. From every module the same number of mutants is drawn, so that small and large ones are known equally
well; the score is killed over tried, with Wilson's interval. What timed out counts as not killed: on a busy machine a
mutant can be slow for no fault of its own (`--again` tries it again). Only functions are mutated: constants and
declarations of modules, properties and other decorated functions are not. Results are kept under mutants/.
"""

import argparse
import ast
import difflib
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from statsmodels.stats.proportion import proportion_confint

MODULES = ("evalkit/statistics/*.py", "evalkit/metrics/*.py", "evalkit/gate/judge.py")
SAMPLE = 50
KINDS = {"killed", "survived", "timeout", "no tests", "suspicious", "segfault"}
_MADE = Path("mutants")
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))
_AT_IMPORT = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from mutmut.state import state
print(json.dumps(sorted(state()._stats)))
"""


@dataclass(frozen=True)
class Tried:
    """What became of the mutants of one module: `of` is how many there are, `lived` the names of those not noticed."""

    module: str
    of: int
    killed: int
    timed_out: int
    lived: tuple[str, ...]

    @property
    def tried(self) -> int:
        """How many mutants were tried."""
        return self.killed + self.timed_out + len(self.lived)


def drawn(module: str, names: Sequence[str], many: int, seed: int) -> list[str]:
    """`many` of the names, or all if fewer or if `many` is 0; the same for the same module, names and seed."""
    if not many or many >= len(names):
        return list(names)
    return random.Random(f"{module}:{seed}").sample(list(names), many)  # noqa: S311 - a sample, not a secret


def counted(module: str, statuses: Mapping[str, str], of: int) -> Tried:
    """What the statuses come to. A crash is noticed; a mutant that no test calls is not.

    Raises: ValueError for a mutant that was not tried to the end.
    """
    kinds = Counter(statuses.values())
    if unknown := sorted(set(kinds) - KINDS):
        raise ValueError(f"{module}: mutants with the status {', '.join(unknown)}: the run was cut short; run it again")
    lived = tuple(sorted(name for name, status in statuses.items() if status in ("survived", "no tests")))
    return Tried(module, of, len(statuses) - len(lived) - kinds["timeout"], kinds["timeout"], lived)


def table(found: Sequence[Tried]) -> Iterator[str]:
    """Lines of a table in Markdown: module by module, and all."""
    yield "| module | mutants | tried | killed | timed out | survived | score (95 %) |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
    of, killed, timed_out = (sum(getattr(each, what) for each in found) for what in ("of", "killed", "timed_out"))
    whole = Tried("all", of, killed, timed_out, tuple(name for each in found for name in each.lived))
    for each in (*found, whole):
        low, high = proportion_confint(each.killed, each.tried, method="wilson")
        cells = (each.module, each.of, each.tried, each.killed, each.timed_out, len(each.lived))
        yield f"| {' | '.join(map(str, cells))} | {each.killed / each.tried:.3f} ({low:.3f} to {high:.3f}) |"


def change(path: Path, original: str, mutated: str, function: str) -> str:
    """FILE:LINE and what the mutation changes there, from the sources of the function's copy and of its mutant."""
    plain = re.compile(r"def \S*__mutmut_\w+\(")
    before, after = (plain.sub(f"def {function}(", source, count=1).splitlines() for source in (original, mutated))
    moves = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    _, start, end, new, new_end = next(move for move in moves if move[0] != "equal")
    tree = ast.parse(path.read_text("utf-8"))
    begin = next(node.lineno for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    was, now = (" ".join(line.strip() for line in lines) for lines in (before[start:end], after[new:new_end]))
    return f"{path}:{begin + start}: {was}  ->  {now}"


def _mutants(path: Path) -> tuple[list[str], dict[str, str]]:
    """The mutants of a file, in mutmut's order, and the source of each function made."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    made = mutate_file_contents(str(path), path.read_text("utf-8"))
    lines = made.code.splitlines()
    spans = made.line_span_by_function_name
    return list(made.mutant_names), {name: "\n".join(lines[at.start - 1 : at.end]) for name, at in spans.items()}


def _codes(path: Path) -> dict[str, int | None]:
    """mutmut's exit codes of the tests on each mutant of a file; None for one that was not tried."""
    return dict(json.loads(_meta(path).read_text("utf-8"))["exit_code_by_key"])


def _meta(path: Path) -> Path:
    return _MADE / f"{path}.meta"


def _statuses(path: Path) -> dict[str, str]:
    """What became of each mutant of a file, by its name in the file."""
    from mutmut.stats import status_by_exit_code

    return {name.rpartition(".")[2]: status_by_exit_code[code] for name, code in _codes(path).items()}


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _alone() -> dict[str, str]:
    """One thread: those of a library that was forked might wait for ever."""
    return {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", **os.environ}


def _run(names: Sequence[str]) -> None:
    done = subprocess.run([_MUTMUT, "run", "--max-children", "1", *names], env=_alone(), check=False)
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}: what it says is above")


def _run_afresh(chosen: Mapping[Path, Sequence[str]]) -> None:
    """Try the living mutants of functions that run at import in processes of their own, and note the outcome."""
    env = {**_alone(), "PYTHONPATH": str(_MADE.resolve())}
    ask = [sys.executable, "-c", _AT_IMPORT, *map(_module, chosen)]
    told = subprocess.run(ask, env=env | {"MUTANT_UNDER_TEST": "stats"}, cwd=_MADE, check=True, stdout=subprocess.PIPE)
    early = set(json.loads(told.stdout))
    for path, names in chosen.items():
        mirror = Path("tests", *path.parts[:-1], f"test_{path.name}")
        tests = [str(each) for each in (mirror, mirror.parent) if (_MADE / each).exists()]  # the likeliest first
        for name in (f"{_module(path)}.{name}" for name in names):
            codes = _codes(path)
            if name.partition("__mutmut_")[0] in early and codes[name] in (0, 33):
                run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
                done = subprocess.run(
                    run, env=env | {"MUTANT_UNDER_TEST": name}, cwd=_MADE, check=False, stdout=subprocess.DEVNULL
                )
                kept = json.loads(_meta(path).read_text("utf-8"))
                kept["exit_code_by_key"][name] = min(abs(done.returncode), 1)
                _meta(path).write_text(json.dumps(kept, indent=4), "utf-8")


def main() -> None:
    """Draw, try, and print the table and the survivors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each module; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--module", default="*", help="pattern of modules, for example 'evalkit.metrics.*'")
    parser.add_argument("--again", action="store_true", help="try only those that no test killed the last time")
    parser.add_argument("--no-run", action="store_true", help="print what the last run found")
    asked = parser.parse_args()
    files = [path for glob in MODULES for path in sorted(Path().glob(glob)) if fnmatch(_module(path), asked.module)]
    made = {path: _mutants(path) for path in files}
    made = {path: (names, sources) for path, (names, sources) in made.items() if names}
    chosen = {path: drawn(_module(path), names, asked.sample, asked.seed) for path, (names, _) in made.items()}
    if not asked.no_run:
        known = {path: _statuses(path) if asked.again else {} for path in chosen}
        _run([f"{_module(path)}.{name}" for path, names in chosen.items() for name in names
              if known[path].get(name) != "killed"])  # fmt: skip
        _run_afresh(chosen)
    found = []
    for path, names in chosen.items():
        statuses = _statuses(path)
        found.append(counted(_module(path), {name: statuses[name] for name in names}, len(statuses)))
    print("\n".join(table(found)), end="\n\n")
    for (path, (_, sources)), each in zip(made.items(), found, strict=True):
        for name in each.lived:
            mangled = name.partition("__mutmut_")[0]
            function = mangled.rpartition("ǁ")[2].removeprefix("x_")
            print(change(path, sources[f"{mangled}__mutmut_orig"], sources[name], function))


if __name__ == "__main__":
    main()
