"""A bench of arrays, for tests of tasks without a run: clips of subjects, real and as arms make them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.records import REAL
from evalkit.tasks.declare import Part, Progress, Version
from translator.artefacts import Store, digest
from translator.card import ModelCard, TrainingSource
from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry, Pairing, Split
from translator.design import Design
from translator.errors import bad_input

Content = Frames | Callable[[], Frames]


@dataclass(frozen=True)
class ArrayVersion:
    """A version of a clip that is an array, or what a function gives, or raises, each time that it is looked at."""

    arm: str
    entry: Entry
    store: Store
    content: Content
    hidden: Frames | None = None
    drawn: Frames | None = None
    spacing_mm: tuple[float, float] | None = None
    fps: float | None = 25.0

    @property
    def frames(self) -> Frames:
        return self.content if isinstance(self.content, np.ndarray) else self.content()

    def key(self) -> str:
        frames = self.frames
        return digest([self.arm, self.entry.clip_id, list(frames.shape), frames.tobytes().hex()])

    def clip(self) -> Clip:
        return Clip.from_array(self.frames, self.fps, self.spacing_mm, self.entry.clip_id)

    def mask(self) -> Clip | None:
        return None if self.hidden is None else Clip.from_array(self.hidden)

    def labels(self) -> Clip | None:
        return None if self.drawn is None else Clip.from_array(self.drawn)


Maker = Callable[[ArrayVersion], Frames]


@dataclass
class ArrayBench:
    """Real versions, and those that arms made; an arm in `makers` makes its own, of every real one."""

    store: Store
    makers: Mapping[str, Maker] = field(default_factory=dict)
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    versions: list[ArrayVersion] = field(default_factory=list)
    said: list[tuple[str, int, int]] = field(default_factory=list)
    seed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.makers, *(each.arm for each in self.versions if each.arm != REAL)]))

    @property
    def progress(self) -> Progress:
        return lambda stage, done, total: self.said.append((stage, done, total))

    def real(self, part: Part) -> Sequence[ArrayVersion]:
        return [each for each in self.versions if (each.arm, each.entry.split) == (REAL, part)]

    def made(self, arm: str, part: Part) -> Sequence[ArrayVersion]:
        if arm in self.makers:
            return [replace(real, arm=arm, content=partial(self.makers[arm], real)) for real in self.real(part)]
        return [each for each in self.versions if (each.arm, each.entry.split) == (arm, part)]

    def card(self, arm: str) -> ModelCard | None:
        return self.cards.get(arm)

    def digests(self, entry: Entry) -> Mapping[str, str]:
        return {"greyscale": digest(entry.clip_id)}

    def reason(self, version: Version, error: Exception) -> str:
        return f"{type(error).__name__}: {error}"

    def add(
        self,
        part: Split,
        clip_id: str,
        subject: str,
        real: Content | None,
        arms: Mapping[str, Content] | None = None,
        labels: Frames | None = None,
        pairing: Pairing = "simulated",
        view: str | None = None,
        **more: Any,
    ) -> None:
        """A clip, and what each arm makes of it; `real` None: it has no real version."""
        named = {"cfd": "c.npz"}
        if real is not None:
            named["greyscale"] = "g.npz"
        if labels is not None:
            named["segmentation"] = "s.npz"
        known = pairing if real is not None else "unpaired"
        entry = Entry(clip_id=clip_id, subject_id=subject, split=part, pairing=known, view=view, **named)
        shown = ({} if real is None else {REAL: real}) | dict(arms or {})
        self.versions += [
            ArrayVersion(arm, entry, self.store, content, drawn=labels, **more) for arm, content in shown.items()
        ]


def array_bench(folder: Path) -> ArrayBench:
    """An empty bench with a store of its own."""
    return ArrayBench(Store(folder, {"numpy": "x"}))


def damaged() -> Frames:
    """Content that cannot be had."""
    raise bad_input("file", "is damaged", "Export it again")


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


def stripes(view: str | None, seed: int) -> Frames:
    """Frames (2, 24, 24) with stripes down for A2C, across for everything else; with noise."""
    wave = np.tile(90 + 60 * np.sign(np.sin(np.arange(24) * 1.1)), (24, 1))
    noise = np.random.default_rng(seed).normal(0, 10, (2, 24, 24))
    return np.clip((wave if view == "A2C" else wave.T) + noise, 0, 255).astype(np.uint8)


def view_bench(
    folder: Path,
    views: Mapping[Split, Sequence[str | None]],
    makers: Mapping[str, Maker],
    picture: Callable[[str | None, int], Frames] = stripes,
) -> ArrayBench:
    """One clip of one subject for each view, numbered through all parts: c0 of s0 and so on."""
    bench = ArrayBench(Store(folder), makers)
    for number, (part, view) in enumerate((part, view) for part, each in views.items() for view in each):
        bench.add(part, f"c{number}", f"s{number}", picture(view, number), view=view)
    return bench


def two_views(folder: Path, makers: Mapping[str, Maker]) -> ArrayBench:
    """6 training, 2 validation and 6 test subjects of two views that take turns."""
    turn = ["A2C", "A4C"]
    return view_bench(folder, {"train": turn * 3, "validation": turn, "test": turn * 3}, makers)


def masked_bench(store: Store, train: int, test: int) -> ArrayBench:
    """Two clips, with masks, of each of `train` and `test` subjects, whose own picture both of them vary."""
    rng = np.random.default_rng(0)
    bench = ArrayBench(store)
    hidden = np.zeros((4, 16, 16), np.uint8)
    hidden[:, 4:10, 4:12] = 255
    for index in range(train + test):
        own = rng.integers(40, 215, hidden.shape[1:])
        for number in range(2):
            frames = np.clip(own + rng.normal(0, 12, hidden.shape), 0, 255).astype(np.uint8)
            part: Split = "train" if index < train else "test"
            bench.add(part, f"c{index:02d}-{number}", f"s{index:02d}", frames, hidden=hidden)
    return bench


def card_of(*sources: TrainingSource) -> ModelCard:
    """A card with these training sources."""
    return ModelCard(
        name="g", summary="made up", design=Design(preset="tiny"), weights_sha256="0", evidence_version=1,
        training_sources=list(sources), training_command="", training_config_sha256="0", seed=0, steps=1, losses="",
        limits=[],
    )  # fmt: skip


def source(subjects: Sequence[str], clips: Sequence[str] = (), files: Sequence[str] = ()) -> TrainingSource:
    """A training source."""
    return TrainingSource(
        name="made up", licence="none", subjects=list(subjects), clips=list(clips), file_sha256=list(files)
    )
