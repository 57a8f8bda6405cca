"""Does each default method do what it says? Coverage and false positives on simulated data, beside the naive methods.

    python -m benchmarks.validity.coverage intervals|tests [--repetitions 200] [--resamples 399] [--seed 0]

Prints a table in Markdown. Intervals have the nominal level 95 %; tests the nominal level 2.5 % (one-sided) or 5 %
(two-sided). With 200 repetitions a true 95 % shows as 92 to 98 %, a true 5 % as 2 to 8 %. The bootstraps use fewer
resamples than the default. Minutes on one core.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy import stats

from benchmarks.validity.nested import (
    SHAPES,
    TRUE_AUC,
    Nested,
    classifier,
    measurements,
    readers_at_chance,
    two_arms,
)
from evalkit.readers.list_mode import ReaderStudy
from evalkit.readers.mrmc import mrmc_auc, p_within
from evalkit.statistics.auc import auc
from evalkit.statistics.binomial import proportion_within
from evalkit.statistics.bootstrap import bootstrap
from evalkit.statistics.defaults import t_on_subject_means
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.mcnemar import exact_mcnemar
from evalkit.statistics.mcnemar_clustered import obuchowski
from evalkit.statistics.randomisation import sign_flip
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean
from evalkit.statistics.tost import tost

NUMBERS = (6, 12, 24, 39, 60, 120)
Ends = tuple[float | None, float | None]
Method = Callable[[Nested], Ends]


def naive_t(values: Floats) -> Ends:
    """Student's t interval with every value taken for a subject."""
    found = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return float(found.low), float(found.high)


def interval_methods(resamples: int) -> dict[str, Method]:
    """By the name of their column; all but the last are of a mean with true value 0 in either weighting."""

    def ends(result: Result) -> Ends:
        return result.low, result.high

    return {
        "frames": lambda d: naive_t(d.frames),
        "clips": lambda d: naive_t(d.clips.columns[:, 0]),
        "t on subject means": lambda d: ends(t_on_subject_means(d.clips)),
        "percentile": lambda d: ends(bootstrap(d.clips, mean("clip-weighted"), "percentile", n_resamples=resamples)),
        "studentised": lambda d: ends(bootstrap(d.clips, mean("clip-weighted"), "studentised", n_resamples=resamples)),
    }


def coverage_table(repetitions: int, resamples: int, seed: int) -> Iterator[str]:
    """Share of intervals that hold the true mean; the default of its row stands in bold."""
    methods = interval_methods(resamples)
    yield "| subjects' effects | subjects | " + " | ".join(methods) + " |"
    yield "| --- " * (2 + len(methods)) + "|"
    for shape in SHAPES:
        for number in NUMBERS:
            held = dict.fromkeys(methods, 0)
            for repetition in range(repetitions):
                data = measurements(number, shape, np.random.default_rng([seed, number, repetition]))
                for name, method in methods.items():
                    low, high = method(data)
                    held[name] += low is not None and high is not None and low <= 0 <= high
            cells = [_bold(f"{held[name] / repetitions:.3f}", _is_default(name, number)) for name in methods]
            yield f"| {shape} | {number} | " + " | ".join(cells) + " |"


def _is_default(method: str, subjects: int) -> bool:
    return method == "t on subject means" or method == ("studentised" if subjects < 40 else "percentile")


def _bold(text: str, strong: bool) -> str:
    return f"**{text}**" if strong else text


def rate(found: Iterable[float | None], alpha: float) -> str:
    """Share of p at or below alpha."""
    values = [p is not None and p <= alpha for p in found]
    return f"{np.mean(values):.3f}"


def false_positive_table(repetitions: int, seed: int) -> Iterator[str]:
    """How often each test finds what is not there."""
    yield "| test | design | nominal | naive | ours |"
    yield "| --- | --- | --- | --- | --- |"
    for number in (12, 24, 60):
        for shape in ("normal", "skewed"):
            rngs = [np.random.default_rng([seed, 7, number, k]) for k in range(repetitions)]
            yield from _of_means([measurements(number, shape, rng) for rng in rngs], f"{number} subjects, {shape}")
    for number in (12, 24, 60):
        rngs = [np.random.default_rng([seed, 8, number, k]) for k in range(repetitions)]
        yield _of_arms([two_arms(number, rng) for rng in rngs], number)
        yield _of_auc([classifier(number, rng) for rng in rngs], number)
    for readers, cases in ((4, 40), (6, 60), (10, 100)):
        rngs = [np.random.default_rng([seed, 9, readers, k]) for k in range(repetitions)]
        studies = [readers_at_chance(readers, cases, rng) for rng in rngs]
        yield from _of_readers(studies, f"{readers} readers, {cases} cases")


def _of_means(drawn: list[Nested], design: str) -> list[str]:
    """The margin's edge is the true mean, 0: above it for TOST, so that equivalence is just not true."""
    margin = (-2.0, 0.0)
    naive = [max(float(stats.ttest_1samp(d.clips.columns[:, 0], bound, alternative=side).pvalue)
                 for bound, side in zip(margin, ("greater", "less"), strict=True)) for d in drawn]  # fmt: skip
    flipped = [sign_flip(d.clips, n_resamples=999).p for d in drawn]
    plain = [float(stats.wilcoxon(d.clips.columns[:, 0]).pvalue) for d in drawn]
    return [
        f"| TOST at the margin | {design} | 0.025 | {rate(naive, 0.025)} | "
        f"{rate([tost(d.clips, *margin).p for d in drawn], 0.025)} |",
        f"| sign-flip of subjects (naive: Wilcoxon on clips) | {design} | 0.05 | {rate(plain, 0.05)} | "
        f"{rate(flipped, 0.05)} |",
    ]


def _of_arms(drawn: list[Grouped], number: int) -> str:
    naive = []
    for rows in drawn:
        first, second = rows.columns.T > 0.5
        naive.append(exact_mcnemar(int((first & ~second).sum()), int((~first & second).sum())).p)
    ours = [obuchowski(rows).p for rows in drawn]
    return f"| McNemar, clustered | {number} subjects | 0.05 | {rate(naive, 0.05)} | {rate(ours, 0.05)} |"


def _of_auc(drawn: list[Grouped], number: int) -> str:
    alone = [Grouped(rows.columns, np.arange(rows.n_clips), rows.n_clips) for rows in drawn]
    naive, ours = ([auc(rows, null=TRUE_AUC).p for rows in kind] for kind in (alone, drawn))
    test = "AUC, clustered (naive: DeLong on clips)"
    return f"| {test} | {number} subjects | 0.05 | {rate(naive, 0.05)} | {rate(ours, 0.05)} |"


def _of_readers(drawn: list[ReaderStudy], design: str) -> list[str]:
    whole = [mrmc_auc(study) for study in drawn]
    found = [study.result for study in whole]
    fixed = [float(stats.ttest_1samp([a for a in mrmc.per_reader if a is not None], 0.5).pvalue) for mrmc in whole]
    shifted = [p_within(result, 0.3, 0.5) for result in found]
    pooled = []
    for study in drawn:
        right = (study.scores[0] > 3) == study.truth
        pooled.append(proportion_within(int(right.sum()), right.size, 0.3, 0.5).p)
    return [
        f"| MRMC, AUC of one half (naive: t over readers) | {design} | 0.05 | {rate(fixed, 0.05)} | "
        f"{rate([result.p for result in found], 0.05)} |",
        f"| MRMC, equivalence at the margin (naive: binomial of all answers) | {design} | 0.025 | "
        f"{rate(pooled, 0.025)} | {rate(shifted, 0.025)} |",
    ]


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("intervals", "tests"))
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=399)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.table == "intervals":
        lines = coverage_table(asked.repetitions, asked.resamples, asked.seed)
    else:
        lines = false_positive_table(asked.repetitions, asked.seed)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
