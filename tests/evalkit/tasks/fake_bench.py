"""A bench of arrays: clips of two classes that differ plainly (stripes down or across), and arms that are functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.records import REAL
from evalkit.tasks.declare import Part, Progress, Version
from translator.artefacts import Store, digest
from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry

Arm = Callable[[Frames, Entry], Frames]


def stripes(view: str, seed: int, frames: int = 2, size: int = 24) -> Frames:
    """A2C has stripes down, everything else across; with noise."""
    wave = 90 + 60 * np.sign(np.sin(np.arange(size) * 1.1))
    picture = np.tile(wave, (size, 1)) if view == "A2C" else np.tile(wave[:, None], (1, size))
    noise = np.random.default_rng(seed).normal(0, 10, (frames, size, size))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class FakeVersion:
    """A version that is an array, or an error that is raised when it is looked at."""

    arm: str
    entry: Entry
    store: Store
    frames: Callable[[], Frames]
    name: str

    def key(self) -> str:
        """Of the frames."""
        return digest([self.name, self.frames().tobytes().hex()])

    def clip(self) -> Clip:
        """The frames."""
        return Clip.from_array(self.frames())

    def mask(self) -> None:
        """None is known."""

    def labels(self) -> None:
        """Nobody drew any."""


@dataclass
class FakeBench:
    """Clips by part; each arm makes its clips of the real ones."""

    parts: Mapping[Part, Sequence[Entry]]
    made_by: Mapping[str, Arm]
    store: Store
    seed: int = 0
    frames: Callable[[Entry], Frames] = field(default=lambda e: stripes(e.view or "", int(e.clip_id[1:])))
    said: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names."""
        return tuple(self.made_by)

    @property
    def progress(self) -> Progress:
        """Remembers what it was told."""
        return lambda stage, done, total: self.said.append((stage, done, total))

    def real(self, part: Part) -> Sequence[Version]:
        """Real clips."""
        return [self._version(REAL, e, lambda f, e: f) for e in self.parts.get(part, ())]

    def made(self, arm: str, part: Part) -> Sequence[Version]:
        """What an arm makes."""
        return [self._version(arm, e, self.made_by[arm]) for e in self.parts.get(part, ())]

    def card(self, arm: str) -> None:
        """No arm has one."""

    def digests(self, entry: Entry) -> dict[str, str]:
        """Of files that there are not."""
        return {}

    def reason(self, version: Version, error: Exception) -> str:
        """The words."""
        return f"{type(error).__name__}: {error}"

    def _version(self, arm: str, entry: Entry, make: Arm) -> FakeVersion:
        return FakeVersion(arm, entry, self.store, lambda: make(self.frames(entry), entry), entry.clip_id)


def entries(views: Sequence[str | None], first: int = 0, **more: Any) -> list[Entry]:
    """One clip of one subject for each view."""
    return [
        Entry(clip_id=f"c{i}", subject_id=f"s{i}", split="test", view=view, greyscale="x", **more)
        for i, view in enumerate(views, first)
    ]


def two_views(folder: Path, arms: Mapping[str, Arm] | None = None) -> FakeBench:
    """6 training, 2 validation and 6 test subjects of two views that take turns."""
    every = entries(["A2C", "A4C"] * 7)
    return FakeBench(
        {"train": every[:6], "validation": every[6:8], "test": every[8:]},
        arms or {"copy": lambda frames, entry: frames},
        Store(folder, {}),
    )
