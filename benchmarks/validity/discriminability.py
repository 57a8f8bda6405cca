"""How often the two-sample test of `discriminability` finds what is not there, beside two naive ways to permute.

    python -m benchmarks.validity.discriminability [--repetitions 200] [--permutations 99] [--seed 0]

Both versions of a clip are exchangeable but not identical: each is the clip's content, plus what a version does to all
clips of a subject (a scanner's setting, a generator's habit), plus noise. A share of p up to 5 % above 5 % means that
the test does not hold its level; with 200 repetitions a true 5 % shows as 2 to 8 %. Power: the same with a gap between
the versions of 0.8 noise deviations in each of ten features. Prints a table in Markdown.

swapped subjects   the test as it is: all clips of a subject together
swapped clips      each clip by itself, as if a subject's clips were independent
shuffled labels    all labels at random, as if versions of a clip were independent
"""

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks.validity.nested import clips_of_subjects
from evalkit.tasks import two_sample
from evalkit.tasks.two_sample import Codes, Floats

NUMBERS = (6, 12, 24)
FEATURES = 10
ALPHA = 0.05
Labels = Callable[[Codes, int, np.random.Generator], Floats]


def versions(subjects: int, rng: np.random.Generator, gap: float = 0.0) -> tuple[Floats, Codes]:
    """Features (clips, 2, FEATURES) of clips of subjects, and the subject of each clip."""
    code = clips_of_subjects(subjects, rng)
    content = rng.normal(size=(len(code), 1, FEATURES))
    habit = rng.normal(size=(subjects, 2, FEATURES))[code]
    noise = rng.normal(size=(len(code), 2, FEATURES))
    return np.asarray(content + habit + noise + gap * np.array([0.0, 1.0])[None, :, None], np.float64), code


def swapped_subjects(codes: Codes, number: int, rng: np.random.Generator) -> Floats:
    """Labels (2 clips, number)."""
    signs = rng.choice([-1.0, 1.0], (int(codes.max()) + 1, number))[codes]
    return np.stack([-signs, signs], axis=1).reshape(-1, number)


def swapped_clips(codes: Codes, number: int, rng: np.random.Generator) -> Floats:
    """Labels (2 clips, number)."""
    return swapped_subjects(np.arange(len(codes)), number, rng)


def shuffled_labels(codes: Codes, number: int, rng: np.random.Generator) -> Floats:
    """Labels (2 clips, number)."""
    truth = np.tile([-1.0, 1.0], len(codes))
    return np.stack([rng.permutation(truth) for _ in range(number)], axis=1)


WAYS: dict[str, Labels] = {
    "swapped subjects": swapped_subjects,
    "swapped clips": swapped_clips,
    "shuffled labels": shuffled_labels,
}


def found_shares(subjects: int, repetitions: int, permutations: int, seed: int, gap: float = 0.0) -> dict[str, float]:
    """Share of repetitions with p up to 5 %, by way of permuting, of the very same scores."""
    counts = dict.fromkeys(WAYS, 0)
    for repetition in range(repetitions):
        rng = np.random.default_rng((seed, subjects, repetition))
        features, code = versions(subjects, rng, gap)
        fits = two_sample.scorer(features, code, repetition)
        truth = np.tile([-1.0, 1.0], len(code))[:, None]
        auc = two_sample.aucs(fits.scores(truth), truth)[0]
        for name, permuted in WAYS.items():
            labels = permuted(code, permutations, rng)
            null = two_sample.aucs(fits.scores(labels), labels)
            counts[name] += bool((np.count_nonzero(null >= auc - 1e-12) + 1) / (permutations + 1) <= ALPHA)
    return {name: count / repetitions for name, count in counts.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--permutations", type=int, default=99)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(
        "| subjects | " + " | ".join(f"{name}: found, nothing there" for name in WAYS) + " | power, swapped subjects |"
    )
    print("|---" * (len(WAYS) + 2) + "|")
    for number in NUMBERS:
        null = found_shares(number, asked.repetitions, asked.permutations, asked.seed)
        power = found_shares(number, asked.repetitions, asked.permutations, asked.seed + 1, gap=0.8)
        cells = [f"{100 * share:.0f} %" for share in (*null.values(), power["swapped subjects"])]
        print(f"| {number} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
