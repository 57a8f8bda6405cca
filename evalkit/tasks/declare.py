"""What a task is, and what it is handed.

A task fits a model and measures clips with it: the real greyscale clips of the study, and what each arm made of them.
Its numbers are measurements like any other; what a model says of a clip (a class and its probabilities) is a
prediction. A task never aggregates: statistics do, over the rows that it gives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from evalkit.metrics.declare import Metric, Running
from evalkit.records import Measurement, Prediction
from translator.artefacts import Store
from translator.card import ModelCard
from translator.clips.clip import Clip
from translator.clips.manifest import Entry

Part = Literal["train", "validation", "test"]
Progress = Callable[[str, int, int], None]


class Version(Protocol):
    """One version of a clip: the real greyscale (`arm` is REAL), or what an arm makes of it."""

    @property
    def arm(self) -> str:
        """REAL, or the arm's name."""

    @property
    def entry(self) -> Entry:
        """The manifest's row."""

    @property
    def store(self) -> Store:
        """Where what is made of this version is kept."""

    def key(self) -> str:
        """Identifies the frames: changes when they do. Translates first, if that was not done.

        Raises: whatever the arm raises; InputError if a file is damaged.
        """

    def clip(self) -> Clip:
        """The frames, grey. Raises as `key` does."""

    def mask(self) -> Clip | None:
        """What was hidden in the colour Doppler clip, 255; None where there is none."""

    def labels(self) -> Clip | None:
        """The segmentation (translator.datasets.labels), None where there is none."""


class Bench(Protocol):
    """The clips of a study, as a task meets them. `test` is the study's own split, whatever it is called."""

    @property
    def seed(self) -> int:
        """The study's seed."""

    @property
    def store(self) -> Store:
        """Where fitted models are kept."""

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the study's order."""

    @property
    def progress(self) -> Progress:
        """progress(stage, done, total)."""

    def real(self, part: Part) -> Sequence[Version]:
        """The real greyscale clips of a part; clips without one are left out."""

    def made(self, arm: str, part: Part) -> Sequence[Version]:
        """What the arm makes of the colour Doppler clips of a part, made when it is looked at."""

    def card(self, arm: str) -> ModelCard | None:
        """The arm's model card, which says what it was trained on; None where it has none."""

    def digests(self, entry: Entry) -> Mapping[str, str]:
        """Manifest column -> SHA-256 of the clip's files, of those that there are."""

    def reason(self, version: Version, error: Exception) -> str:
        """The words of an error, without folders and file names."""


@dataclass(frozen=True)
class TaskRows:
    """What a task came to. `details` is JSON-like: what the rows do not say, as what gave a clip away."""

    measurements: Sequence[Measurement] = ()
    predictions: Sequence[Prediction] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """A task of a study: its name there, the numbers of a clip that it declares, and how it gets them."""

    @property
    def name(self) -> str:
        """As the study calls it; predictions and outputs are named after it."""

    @property
    def outputs(self) -> tuple[Metric, ...]:
        """The measurements that it gives, made by `output`."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """Kind, version, options, hashes of weights: all that its numbers depend on beside the clips. JSON-like."""

    def measure(self, bench: Bench) -> TaskRows:
        """Fit and measure. A clip that fails is a row with its reason, and the others go on.

        Raises: InputError if the task cannot be done at all, as with one class, or without weights.
        """


@runtime_checkable
class NamesArms(Protocol):
    """A task whose options name arms of the study: a name that is none is refused before anything is measured."""

    @property
    def named_arms(self) -> tuple[str, ...]:
        """The names."""


def output(
    task: str,
    name: str,
    summary: str,
    bounds: tuple[float, float],
    *,
    source: str,
    version: int = 1,
    unit: str = "1",
    higher_is_better: bool | None = None,
    target: float | None = None,
    descriptive: bool = False,
    regions: tuple[str, ...] = ("frame",),
) -> Metric:
    """The declaration of a number of a clip that a task gives, called `task.name`."""
    return Metric(
        name=f"{task}.{name}",
        unit=unit,
        bounds=bounds,
        version=version,
        source=source,
        summary=summary,
        start=_cannot_start,
        higher_is_better=higher_is_better,
        target=target,
        descriptive=descriptive,
        regions=regions,
        needs="translation",
    )


def _cannot_start() -> Running:
    raise ValueError("the number comes from a task, with a fitted model, and not from the frames alone")
