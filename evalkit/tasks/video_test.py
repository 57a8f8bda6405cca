"""The two-sample test with a small video network: fitted to half of the subjects, tried on the others, fitted once.

Permutations swap versions of the held-out subjects only and do not fit again: valid, as the network has not seen them,
but half of the subjects are spent on fitting.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.tasks import two_sample
from evalkit.tasks.declare import Bench, Version
from evalkit.tasks.two_sample import TwoSample
from translator.clips.clip import Frames
from translator.errors import bad_input

VIDEO_VERSION = 1
FEWEST_SUBJECTS = 4
Pair = tuple[Version, Version]


def held_out_test(stage: str, bench: Bench, pairs: Sequence[Pair], epochs: int, permutations: int) -> TwoSample:
    """Scores are NaN of clips whose subject the network was fitted to.

    Raises: InputError if there are fewer than four subjects.
    """
    subjects = [real.entry.subject_id for real, _ in pairs]
    codes = two_sample.subject_codes(subjects)
    count = int(codes.max()) + 1
    if count < FEWEST_SUBJECTS:
        what = f"{count} subjects with both versions of a clip: a video network needs {FEWEST_SUBJECTS}"
        raise bad_input(stage, what, "Use frozen features")
    order = np.random.default_rng((52, bench.seed)).permutation(count)
    held, fitted = order[: count // 2], order[count // 2 :]
    watched = fitted[: max(1, len(fitted) // 4)]
    parts = {
        "training": np.flatnonzero(np.isin(codes, fitted) & ~np.isin(codes, watched)),
        "validation": np.flatnonzero(np.isin(codes, watched)),
        "asked": np.flatnonzero(np.isin(codes, held)),
    }

    def build(folder: Path) -> None:
        from evalkit.networks.video_classifier import fit_and_score

        sets = {part: [_frames(pairs[at]) for at in chosen.tolist()] for part, chosen in parts.items()}
        scores, came_to = fit_and_score(
            sets["training"], sets["validation"], sets["asked"], epochs, bench.seed, folder,
            lambda done, total: bench.progress(f"{stage}: train", done, total),
        )  # fmt: skip
        np.save(folder / "scores.npy", scores, allow_pickle=False)
        card: dict[str, Any] = {
            part: [pairs[at][0].entry.clip_id for at in chosen.tolist()] for part, chosen in parts.items()
        }
        (folder / "card.json").write_text(json.dumps({**card, **came_to}, indent=2, sort_keys=True) + "\n")

    inputs = {
        f"{real.entry.clip_id} {at}": version.key() for real, made in pairs for at, version in enumerate((real, made))
    }
    params = {"epochs": epochs, "seed": bench.seed, "subjects": codes.tolist()}
    store = next((made.store for _, made in pairs if made.store is not bench.store), bench.store)
    kept = store.make("video-classifier", VIDEO_VERSION, params, inputs, build)
    found = np.round(np.load(kept / "scores.npy", allow_pickle=False), 10)
    scores = np.full((len(pairs), 2), np.nan)
    scores[parts["asked"]] = found
    return _tested(scores, found, [subjects[at] for at in parts["asked"].tolist()], permutations, bench.seed)


def _tested(
    scores: two_sample.Floats, found: two_sample.Floats, subjects: Sequence[str], permutations: int, seed: int
) -> TwoSample:
    auc, null = two_sample.swapped_aucs(found, subjects, permutations, seed)
    p = (np.count_nonzero(null >= auc - 1e-12) + 1) / (len(null) + 1)
    smallest = max(1 / (permutations + 1), 2.0 ** -len(set(subjects)))
    return TwoSample(scores, auc, float(p), smallest, null, 1)


def _frames(pair: Pair) -> tuple[Frames, Frames]:
    """At most a few dozen frames from the middle of both versions."""
    from evalkit.networks.video_classifier import FRAMES

    real, made = (version.clip() for version in pair)
    first = max((min(real.header.frames, made.header.frames) - 4 * FRAMES) // 2, 0)
    chosen = [
        np.stack([frame for index, frame in enumerate(clip.frames()) if first <= index < first + 4 * FRAMES])
        for clip in (real, made)
    ]
    return chosen[0], chosen[1]
