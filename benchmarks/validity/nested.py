"""Simulated measurements with a known truth: subjects with nested clips and frames, and scores of readers.

A value is a subject's effect, plus a clip's, plus a frame's, with variances 1, 0.5 and 0.5; subjects have 1 to 8 clips
(most have few), clips 10 frames. Subjects' effects are normal, skewed (log-normal, skewness 6) or heavy-tailed
(Student's t with 3 degrees of freedom), each with mean 0 and variance 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from evalkit.readers.list_mode import ReaderStudy
from evalkit.statistics.grouped import Floats, Grouped

SHAPES = ("normal", "skewed", "heavy tails")
FRAMES = 10
GAIN = 1.7
TRUE_AUC = float(norm.cdf(GAIN / 2))  # scores differ by GAIN and have variance 2 each


@dataclass(frozen=True)
class Nested:
    """The same values as a hospital has them (clips of subjects) and as the naive count them (frames)."""

    clips: Grouped
    frames: Floats


def effects(shape: str, number: int, rng: np.random.Generator) -> Floats:
    """Subjects' effects with mean 0 and variance 1."""
    found: Floats
    if shape == "skewed":
        found = (rng.lognormal(size=number) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
    elif shape == "heavy tails":
        found = rng.standard_t(3, number) / np.sqrt(3)
    else:
        found = rng.normal(size=number)
    return found


def clips_of_subjects(subjects: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The subject of each clip."""
    return np.repeat(np.arange(subjects), np.minimum(8, rng.geometric(0.35, subjects)))


def measurements(subjects: int, shape: str, rng: np.random.Generator) -> Nested:
    """Values with true mean 0."""
    code = clips_of_subjects(subjects, rng)
    clips = effects(shape, subjects, rng)[code] + np.sqrt(0.5) * rng.normal(size=len(code))
    frames = clips[:, None] + np.sqrt(0.5) * rng.normal(size=(len(code), FRAMES))
    return Nested(Grouped(frames.mean(axis=1)[:, None], code, subjects), frames.ravel())


def two_arms(subjects: int, rng: np.random.Generator) -> Grouped:
    """Right or wrong of two equally good arms by clip; each arm has its own difficulties with each subject."""
    code = clips_of_subjects(subjects, rng)
    skill = rng.normal(size=(2, subjects))[:, code] + rng.normal(size=subjects)[code]
    right = rng.normal(size=skill.shape) + skill > -0.5
    return Grouped(right.T.astype(np.float64), code, subjects)


def classifier(subjects: int, rng: np.random.Generator) -> Grouped:
    """Truth (the subject's) and score of clips; the true AUC is `TRUE_AUC`."""
    code = clips_of_subjects(subjects, rng)
    truth = (np.arange(subjects) % 2)[code]
    score = GAIN * truth + rng.normal(size=subjects)[code] + rng.normal(size=len(code))
    return Grouped(np.column_stack([truth, score]), code, subjects)


def readers_at_chance(readers: int, cases: int, rng: np.random.Generator) -> ReaderStudy:
    """Scores 1 to 5 of readers whose own AUCs vary about one half; some cases look more synthetic to all."""
    truth = np.arange(cases) % 2 == 0
    looks, lean = rng.normal(size=(1, 1, cases)), rng.normal(0, 0.35, (1, readers, 1))
    raw = looks + lean * np.where(truth, 0.5, -0.5) + rng.normal(size=(1, readers, cases))
    scores: Floats = np.digitize(raw, [-1.5, -0.5, 0.5, 1.5]).astype(np.float64) + 1.0
    names = tuple(f"r{i}" for i in range(readers)), tuple(f"c{i:03d}" for i in range(cases))
    return ReaderStudy(names[0], names[1], ("m",), truth, scores)
