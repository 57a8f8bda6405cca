"""Does the privacy task catch what copies, and leave alone what is innocent? Simulated generators of known kind.

    python -m benchmarks.validity.privacy [--repetitions 200] [--seed 0]

Prints a table in Markdown. Subjects have two clips each; a clip is a smooth picture of its subject (ten numbers) with
noise, and a quarter of it is hidden. Every generator keeps what is seen. An innocent one fills in the mean of what is
seen; a perfect one the truth. A copying one fills in a training clip, in a share of the clips, blended with the
innocent fill at a strength. Copies: mean share of clips called so; beside it what is expected of none. AUC: of telling
training clips by the filled region. Told: share of repetitions with two-sided p <= 0.05 and AUC above one half; at
chance: share with the 95 % interval within 0.1 of one half.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.auc import auc
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.tasks.nearest import Names, hidden_distances, nearest, nearest_versions, threshold
from translator.clips.clip import Frames, Mask

SIDE, FRAMES, CLIPS, LATENT = 16, 2, 2, 10
SIZES = ((12, 12), (40, 40), (40, 12), (12, 40))  # training and held-out subjects
FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class Generator:
    """How it fills: the truth, or a mean blended with a training clip at `strength` in a share of the clips."""

    name: str
    strength: float = 0.0
    share: float = 1.0
    perfect: bool = False


GENERATORS = (
    Generator("innocent"),
    Generator("perfect", perfect=True),
    Generator("copies a quarter", 0.25),
    Generator("copies half", 0.5),
    Generator("copies", 1.0),
    Generator("copies in one clip of five", 1.0, 0.2),
)


@dataclass(frozen=True)
class Outcome:
    """What one simulated study came to."""

    copied: float
    expected: float
    auc: float
    told: bool
    at_chance: bool


def pictures(subjects: int, rng: np.random.Generator, basis: Floats) -> Frames:
    """Clips (2 * subjects, frames, side, side) of subjects in turn: s0, s0, s1, s1, ..."""
    own = rng.normal(size=(subjects, LATENT)) @ basis
    clips = np.repeat(own, CLIPS, axis=0).reshape(-1, 1, SIDE, SIDE)
    noisy = 128 + 25 * clips + rng.normal(0, 10, (len(clips), FRAMES, SIDE, SIDE))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def simulate(generator: Generator, sizes: tuple[int, int], rng: np.random.Generator) -> Outcome:
    """One study: what is called a copy, and whether members can be told."""
    x = np.linspace(0, 1, SIDE)
    waves = [np.outer(np.cos(np.pi * i * x), np.cos(np.pi * j * x)).ravel() for i in range(4) for j in range(4)]
    basis = np.stack(waves[1 : LATENT + 1])
    training, heldout = (pictures(n, rng, basis) for n in sizes)
    hidden = np.zeros((FRAMES, SIDE, SIDE), bool)
    top, left = rng.integers(0, SIDE // 2, 2)
    hidden[:, top : top + SIDE // 2, left : left + SIDE // 2] = True
    made = np.stack([_made(generator, clip, training, hidden, rng) for clip in heldout])
    pool, masks = [*training, *heldout], [hidden] * len(heldout)
    subjects = np.array(
        [f"t{i // CLIPS}" for i in range(len(training))] + [f"h{i // CLIPS}" for i in range(len(heldout))]
    )
    member = np.arange(len(pool)) < len(training)
    of_real, of_made = (hidden_distances(list(part), masks, pool) for part in (heldout, made))
    own = subjects[~member]
    limit = threshold(_ratios(of_real, own, subjects, member), FALSE_ALARMS)
    if limit is None:
        raise ValueError("a simulated study has clips")
    copied = np.mean([ratio < limit.value for ratio in _ratios(of_made, own, subjects, member)])
    score = nearest_versions(of_made, own, subjects, int(rng.integers(2**31))).nearest
    found = auc(Grouped.of(subjects.tolist(), member, -score))
    value, low, high = found.value or 0.0, found.low or 0.0, found.high or 1.0
    told = value == 1 or (found.p is not None and found.p <= 0.05 and value > 0.5)
    return Outcome(float(copied), limit.expected, value, told, low > 0.4 and high < 0.6)


def _made(generator: Generator, clip: Frames, training: Frames, hidden: Mask, rng: np.random.Generator) -> Frames:
    if generator.perfect:
        return clip
    mean = float(clip[~hidden].mean())
    strength = generator.strength if rng.random() < generator.share else 0.0
    fill = (1 - strength) * mean + strength * training[rng.integers(len(training))]
    return np.where(hidden, fill, clip).astype(np.uint8)


def _ratios(apart: Floats, own: Names, subjects: Names, member: NDArray[np.bool_]) -> list[float]:
    found = []
    for row, subject in zip(apart, own.tolist(), strict=True):
        near = [nearest(row, subject, subjects, among) for among in (member, ~member)]
        if near[0] is not None and near[1]:
            found.append(near[0] / near[1])
    return found


def table(repetitions: int, seed: int) -> Iterator[str]:
    """One line a generator and design."""
    yield "| generator | training subjects | held-out subjects | copies | expected of none | AUC | told | at chance |"
    yield "| --- " * 8 + "|"
    for generator in GENERATORS:
        for sizes in SIZES:
            rngs = (np.random.default_rng([seed, *sizes, k]) for k in range(repetitions))
            drawn = [simulate(generator, sizes, rng) for rng in rngs]
            cells = [np.mean([getattr(one, what) for one in drawn]) for what in
                     ("copied", "expected", "auc", "told", "at_chance")]  # fmt: skip
            numbers = " | ".join(f"{cell:.3f}" for cell in cells)
            yield f"| {generator.name} | {sizes[0]} | {sizes[1]} | {numbers} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for line in table(asked.repetitions, asked.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
