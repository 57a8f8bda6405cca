"""Feature vectors of real clips and of translations, each made once and kept in the store as a sidecar of its clip."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.arms.load import Arm
from evalkit.backbones import Backbone, extractor, kept_vectors
from evalkit.measuring import Stores, reason, translated
from evalkit.plan import Plan
from evalkit.statistics.set_distances import Sample
from translator.clips.clip import Clip
from translator.clips.manifest import Entry
from translator.clips.npz import read_npz

Progress = Callable[[str, int, int], None]


class Embedded(NamedTuple):
    """The vectors of a set of clips, and of each clip the one in the middle; what has none, with the reason.

    `absent` are clips that the set does not have, as those without a real greyscale file; `failed` those that should
    have been in it.
    """

    all: Sample
    middle: Sample
    clips: int
    absent: int
    failed: dict[str, str]


def embed(
    plan: Plan, entries: list[Entry], arm: Arm | None, backbone: Backbone, stores: Stores, progress: Progress
) -> Embedded:
    """Vectors of the real greyscale clips (`arm` None), or of what an arm makes of the colour Doppler clips.

    Raises: InputError if the backbone cannot be loaded (WeightsAbsentError if it has no weights).
    """
    found, absent, failed = _vectors(plan, entries, arm, backbone, stores, progress)
    middle = [(entry, vectors[len(vectors) // 2][None]) for entry, vectors in found]
    return Embedded(_sample(found, backbone), _sample(middle, backbone), len(found), absent, failed)


def clip_vectors(
    plan: Plan, entries: list[Entry], arm: Arm | None, backbone: Backbone, stores: Stores, progress: Progress
) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """clip_id -> mean vector (d,) of its frames, and clip_id -> why there is none; as `embed` otherwise."""
    found, _, failed = _vectors(plan, entries, arm, backbone, stores, progress)
    return {entry.clip_id: vectors.mean(axis=0) for entry, vectors in found}, failed


def _vectors(
    plan: Plan, entries: list[Entry], arm: Arm | None, backbone: Backbone, stores: Stores, progress: Progress
) -> tuple[list[tuple[Entry, NDArray[np.float64]]], int, dict[str, str]]:
    extractor(backbone, plan.study.device)
    stage = f"{backbone.name}: {arm.name if arm else 'real'}"
    found: list[tuple[Entry, NDArray[np.float64]]] = []
    absent, failed = 0, dict[str, str]()
    for index, entry in enumerate(entries):
        progress(stage, index, len(entries))
        if entry.greyscale is None if arm is None else entry.cfd is None and not arm.finished:
            absent += 1
            continue
        try:
            kept = _real(plan, entry, backbone, stores) if arm is None else _made(plan, entry, arm, backbone, stores)
            found.append((entry, np.load(kept / "vectors.npy", allow_pickle=False).astype(np.float64)))
        except Exception as error:  # an arm is foreign code and a file can be damaged: the other clips go on
            failed[entry.clip_id] = reason(plan, entry, error)
    progress(stage, len(entries), len(entries))
    return found, absent, failed


def _sample(found: list[tuple[Entry, NDArray[np.float64]]], backbone: Backbone) -> Sample:
    vectors = np.concatenate([np.empty((0, backbone.dimensions)), *(each for _, each in found)])
    return Sample(vectors, np.array([entry.subject_id for entry, each in found for _ in each], dtype=np.str_))


def _real(plan: Plan, entry: Entry, backbone: Backbone, stores: Stores) -> Path:
    def clip() -> Clip:
        opened = plan.open_clip(entry, "greyscale")
        if opened is None:
            raise ValueError("a clip without greyscale is in no set of real ones")
        return opened

    inputs = {"real": plan.inputs[entry.clip_id]["greyscale"]}
    return kept_vectors(stores.shared, backbone, inputs, clip, plan.study.device, plan.device)


def _made(plan: Plan, entry: Entry, arm: Arm, backbone: Backbone, stores: Stores) -> Path:
    file = translated(plan, entry, arm, stores)
    inputs = {"made": file.parent.name}
    store, device = stores.of(arm), plan.study.device
    return kept_vectors(store, backbone, inputs, lambda: read_npz(file).named(entry.clip_id), device, plan.device)
