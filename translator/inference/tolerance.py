"""How far an engine's pictures may be from those of torch in float32, and whether they are, with given weights.

The engines in float32 are held to one grey level by the tests. Those that round more coarsely are measured with the
weights at hand when they are first opened: on simulated clips of anatomies that int8 was not calibrated on.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from translator.artefacts import Store, user_cache
from translator.errors import bad_input
from translator.fill.evidence import MASK, evidence_planes
from translator.inference.heads import Engine, Values
from translator.simulate.anatomies import ANATOMIES
from translator.simulate.anatomy import simulate
from translator.simulate.overlay import draw_settings, paint_flow

VERSION = 1
_ANATOMIES, _SEED = ("a2c", "fetal-heart", "carotid", "kidney"), 12
_FRAMES, _SIZE, _COVERAGES = 8, 128, (0.05, 0.1, 0.2, 0.3)


class Difference(NamedTuple):
    """Absolute difference over hidden pixels: its mean, and what 99 % of them stay below [grey levels]."""

    mean: float
    p99: float


TOLERANCES: Mapping[str, Difference] = {
    "torch-bf16": Difference(0.25, 1.0),
    "openvino-bf16": Difference(0.25, 1.0),
    "openvino-int8": Difference(1.0, 4.0),
}


def check(name: str, engine: Engine, reference: Engine, weights_sha256: str) -> Difference:
    """The difference of an engine from its reference; measured once and kept in the user's cache.

    Raises: InputError if it is beyond the engine's tolerance.
    """

    def build(folder: Path) -> None:
        found = difference(engine, reference, clip_planes(_ANATOMIES, _SEED))
        (folder / "difference.json").write_text(json.dumps(found._asdict()), encoding="utf-8")

    params = {"engine": dict(engine.identity), "reference": dict(reference.identity)}
    try:
        folder = Store(user_cache() / "engines").make("difference", VERSION, params, {"weights": weights_sha256}, build)
        found = Difference(**json.loads((folder / "difference.json").read_text(encoding="utf-8")))
    except OSError:  # the cache cannot be written
        found = difference(engine, reference, clip_planes(_ANATOMIES, _SEED))
    allowed = TOLERANCES[name]
    if found.mean > allowed.mean or found.p99 > allowed.p99:
        what = (
            f"with these weights its pictures differ from float32 by {found.mean:.2f} grey levels on average and 1 % of"
            f" the pixels by {found.p99:.1f} or more; allowed are {allowed.mean} and {allowed.p99}"
        )
        raise bad_input(f"engine {name!r}", what, "Give the engine torch or openvino")
    return found


def difference(engine: Engine, reference: Engine, clips: Iterator[Values]) -> Difference:
    """Difference of two engines over the hidden pixels of clips, given as planes (T, PLANES, H, W)."""
    moved = []
    for planes in clips:
        hidden = planes[:, MASK] > 0
        one, other = (np.clip(runs.run(planes).refined[:, 0], 0, 1)[hidden] for runs in (engine, reference))
        moved.append(np.abs(one - other) * 255)
    all_moved = np.concatenate(moved)
    return Difference(float(all_moved.mean()), float(np.percentile(all_moved, 99)))


def clip_planes(anatomies: tuple[str, ...], seed: int) -> Iterator[Values]:
    """Evidence planes (8, PLANES, 128, 128) of a simulated painted clip for each anatomy."""
    for index, name in enumerate(anatomies):
        rng = np.random.default_rng((5, seed, index))
        made = simulate(ANATOMIES[name], np.random.default_rng((6, seed, index)), rng, _FRAMES, _SIZE, 25.0)
        painted = paint_flow(made.frames, made.sector, rng, draw_settings(rng, _COVERAGES[index % len(_COVERAGES)]))
        yield evidence_planes(made.frames, painted.mask)
