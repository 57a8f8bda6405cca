"""A bench of arrays, for tests of tasks without a run: clips of subjects, real and as arms make them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.records import REAL
from evalkit.tasks.declare import Part, Progress, Version
from translator.artefacts import Store, digest
from translator.card import ModelCard
from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry, Pairing, Split
from translator.errors import bad_input


@dataclass(frozen=True)
class ArrayVersion:
    """A version of a clip that lies in memory; `frames` None cannot be had."""

    arm: str
    entry: Entry
    store: Store
    frames: Frames | None
    drawn: Frames | None = None
    hidden: Frames | None = None
    spacing_mm: tuple[float, float] | None = None
    fps: float | None = 25.0

    def key(self) -> str:
        if self.frames is None:
            raise bad_input("file", "is damaged", "Export it again")
        return digest([self.frames.shape, self.frames.astype(int).ravel()[::7].tolist(), int(self.frames.sum())])

    def clip(self) -> Clip:
        self.key()
        assert self.frames is not None
        return Clip.from_array(self.frames, self.fps, self.spacing_mm, self.entry.clip_id)

    def mask(self) -> Clip | None:
        return None if self.hidden is None else Clip.from_array(self.hidden)

    def labels(self) -> Clip | None:
        return None if self.drawn is None else Clip.from_array(self.drawn)


@dataclass
class ArrayBench:
    """Versions by part, the real ones and each arm's."""

    store: Store
    reals: dict[Part, list[ArrayVersion]] = field(default_factory=dict)
    mades: dict[tuple[str, Part], list[ArrayVersion]] = field(default_factory=dict)
    seed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(arm for arm, _ in self.mades))

    @property
    def progress(self) -> Progress:
        return lambda stage, done, total: None

    def real(self, part: Part) -> Sequence[Version]:
        return self.reals.get(part, [])

    def made(self, arm: str, part: Part) -> Sequence[Version]:
        return self.mades.get((arm, part), [])

    def card(self, arm: str) -> ModelCard | None:
        return None

    def digests(self, entry: Entry) -> Mapping[str, str]:
        return {}

    def reason(self, version: Version, error: Exception) -> str:
        return f"{type(error).__name__}: {error}"

    def add(
        self,
        part: Split,
        clip_id: str,
        subject: str,
        real: Frames | None,
        arms: Mapping[str, Frames | None] | None = None,
        labels: Frames | None = None,
        pairing: Pairing = "simulated",
        **more: Any,
    ) -> None:
        """A clip, and what each arm makes of it; `real` None: it has no real version."""
        named = {"cfd": "c.npz", "greyscale": "g.npz"} if real is not None else {"cfd": "c.npz"}
        if labels is not None:
            named["segmentation"] = "s.npz"
        known = pairing if real is not None else "unpaired"
        entry = Entry(clip_id=clip_id, subject_id=subject, split=part, pairing=known, **named)
        if real is not None:
            version = ArrayVersion(REAL, entry, self.store, real, labels, **more)
            self.reals.setdefault(part, []).append(version)
        for arm, frames in (arms or {}).items():
            made = ArrayVersion(arm, entry, self.store, frames, labels, **more)
            self.mades.setdefault((arm, part), []).append(made)


def array_bench(folder: Path) -> ArrayBench:
    """An empty bench with a store of its own."""
    return ArrayBench(Store(folder, {"numpy": "x"}))


def discs(
    frames: int = 6,
    side: int = 48,
    radius: Callable[[int], float] = lambda t: 12 + 3 * np.cos(t),
    at: int = 24,
    seed: int = 0,
) -> tuple[Frames, Frames]:
    """Frames (T, side, side) of a bright disc in noise, and its label 1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    inside = np.stack([np.hypot(y - side // 2, x - at) < radius(t) for t in range(frames)])
    noise = rng.integers(0, 40, inside.shape)
    return np.where(inside, 200 + noise, 20 + noise).astype(np.uint8), inside.astype(np.uint8)
