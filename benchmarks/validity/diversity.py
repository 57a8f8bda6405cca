"""How often the intervals of `sonoproof diversity` hold the true value: shares and Hill numbers of simulated clips.

    python -m benchmarks.validity.diversity [--repetitions 200] [--resamples 399] [--seed 0]

Prints a table in Markdown: share of nominal 95 % intervals that hold the truth, and in brackets the share of simulated
sets that have an interval. Four levels have 35, 30, 25 and 10 % of the subjects; a subject has one level, one to three
greyscale clips and, more often in the rare level, a coloured one. The share is that of the rare level. A true 95 %
shows as 92 to 98 % with 200 repetitions.
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.hill import When, hill_estimate, hill_number, share_estimate, share_of
from evalkit.statistics.result import Result

LEVELS, ADDED = np.array([0.35, 0.3, 0.25, 0.1]), np.array([0.1, 0.1, 0.2, 0.8])
NUMBERS = (12, 28, 60)
WHEN: tuple[When, ...] = ("before", "after", "difference")
CLIPS = 2.0  # greyscale clips of a subject on average


def draw(subjects: int, rng: np.random.Generator) -> Grouped:
    """Code of the level, is it there before, is it there after, of each clip."""
    level = rng.choice(len(LEVELS), subjects, p=LEVELS)
    grey, added = rng.integers(1, 4, subjects), rng.random(subjects) < ADDED[level]
    of_clip = np.concatenate([np.repeat(np.arange(subjects), grey), np.flatnonzero(added)])
    before = np.arange(len(of_clip)) < grey.sum()
    return Grouped.of([f"s{subject:04d}" for subject in of_clip], level[of_clip], before, np.ones(len(of_clip)))


def truth(of_counts: Callable[[Floats], Floats], when: When) -> float:
    """The value in the population."""
    before, after = (float(of_counts(LEVELS * clips)) for clips in (np.full(4, CLIPS), CLIPS + ADDED))
    return {"before": before, "after": after, "difference": after - before}[when]


def table(repetitions: int, resamples: int, seed: int) -> Iterator[str]:
    """One line a statistic and number of subjects."""
    yield "| statistic | subjects | before | after | difference |"
    yield "| --- " * 5 + "|"
    n = len(LEVELS)
    methods: dict[str, tuple[Callable[[Floats], Floats], Callable[[Grouped, When], Result]]] = {
        "share": (share_of([n - 1]), lambda rows, when: share_estimate(rows, n, [n - 1], when)),
        "Hill number of order 1": (lambda counts: hill_number(counts, 1),
                                   lambda rows, when: hill_estimate(rows, n, 1, when, 0, resamples)),
        "Hill number of order 2": (lambda counts: hill_number(counts, 2),
                                   lambda rows, when: hill_estimate(rows, n, 2, when, 0, resamples)),
    }  # fmt: skip
    for name, (of_counts, estimate) in methods.items():
        for subjects in NUMBERS:
            drawn = [draw(subjects, np.random.default_rng([seed, subjects, k])) for k in range(repetitions)]
            cells = [_held([estimate(rows, when) for rows in drawn], truth(of_counts, when)) for when in WHEN]
            yield f"| {name} | {subjects} | " + " | ".join(cells) + " |"


def _held(found: list[Result], true: float) -> str:
    ends = [(one.low, one.high) for one in found if one.low is not None and one.high is not None]
    if not ends:
        return "- (0.00)"
    held = np.mean([low <= true <= high for low, high in ends])
    return f"{held:.3f} ({len(ends) / len(found):.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=399)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for line in table(asked.repetitions, asked.resamples, asked.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
