"""A bench of made-up clips for tasks: real clips with masks, and arms that are functions of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evalkit.records import REAL
from evalkit.tasks.declare import Part, Version
from translator.artefacts import Store, digest
from translator.card import ModelCard, TrainingSource
from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry, Split
from translator.design import Design

Maker = Callable[["MadeUp"], Frames]


@dataclass(frozen=True)
class MadeUp:
    """A version of a clip that was made up."""

    entry: Entry
    store: Store
    frames: Frames
    hidden: Frames | None
    arm: str = REAL
    make: Maker | None = None

    def key(self) -> str:
        """Digest of the frames."""
        return digest([self.arm, self.entry.clip_id, self._made().tobytes().hex()])

    def _made(self) -> Frames:
        return self.frames if self.make is None else self.make(self)

    def clip(self) -> Clip:
        """The frames."""
        return Clip.from_array(self._made())

    def mask(self) -> Clip | None:
        """What is hidden."""
        return None if self.hidden is None else Clip.from_array(self.hidden)

    def labels(self) -> Clip | None:
        """None."""
        return None


@dataclass
class MadeUpBench:
    """`makers` are the arms, `cards` their model cards."""

    store: Store
    clips: Sequence[MadeUp]
    makers: Mapping[str, Maker]
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    seed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the makers."""
        return tuple(self.makers)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Nothing."""

    def real(self, part: Part) -> Sequence[Version]:
        """Clips of a part."""
        return [clip for clip in self.clips if clip.entry.split == part]

    def made(self, arm: str, part: Part) -> Sequence[Version]:
        """What the maker makes of each."""
        make = self.makers[arm]
        return [MadeUp(c.entry, c.store, c.frames, c.hidden, arm, make) for c in self.clips if c.entry.split == part]

    def card(self, arm: str) -> ModelCard | None:
        """The arm's card."""
        return self.cards.get(arm)

    def digests(self, entry: Entry) -> Mapping[str, str]:
        """A digest of the id."""
        return {"greyscale": digest(entry.clip_id)}

    def reason(self, version: Version, error: Exception) -> str:
        """The error."""
        return str(error)


def made_up_clips(store: Store, train: int, test: int, clips: int = 2, side: int = 16, seed: int = 0) -> list[MadeUp]:
    """Clips of `train` and `test` subjects, each with a picture of its own that every clip of it varies."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(train + test):
        own = rng.integers(40, 215, (side, side))
        for number in range(clips):
            frames = np.clip(own + rng.normal(0, 12, (4, side, side)), 0, 255).astype(np.uint8)
            hidden = np.zeros(frames.shape, np.uint8)
            hidden[:, 4:10, 4:12] = 255
            split: Split = "train" if index < train else "test"
            entry = Entry(
                clip_id=f"c{index:02d}-{number}", subject_id=f"s{index:02d}", split=split, pairing="simulated", cfd="c",
                greyscale="g",
            )  # fmt: skip
            found.append(MadeUp(entry, store, frames, hidden))
    return found


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
