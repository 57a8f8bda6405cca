"""Measure the translations of one clip, all arms in one pass: reference and mask are decoded once, frame by frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

import numpy as np

from evalkit.metrics.declare import Metric, Moment, Products, Running
from evalkit.records import Measurement
from translator.clips.clip import Clip, Frame, Mask, grey_clip
from translator.errors import bad_input
from translator.regions.seam import seam

Rows = dict[tuple[str, str], float | str]
NO_TRUTH = "there is no greyscale truth to compare with"
NO_INPUT = "it is not known what the arm was given"


def measure_pair(
    reference: Clip, test: Clip, mask: Clip, sector: Mask, metrics: Sequence[Metric], regions: Sequence[str]
) -> Rows:
    """(metric, region) -> value of one translation, or why there is none; see `measure_arms`.

    Raises: InputError if the clips are not of one size; and whatever a metric raises.
    """
    found = measure_arms(reference, {"": test}, mask, sector, metrics, regions)[""]
    if isinstance(found, Exception):
        raise found
    return found


def measure_arms(
    reference: Clip | None,
    tests: Mapping[str, Clip],
    mask: Clip,
    sector: Mask,
    metrics: Sequence[Metric],
    regions: Sequence[str],
    given: Clip | None = None,
    source: Clip | None = None,
    labels: Clip | None = None,
    device: str = "cpu",
) -> dict[str, Rows | Exception]:
    """Arm -> (metric, region) -> value over the region of all frames, or why there is none.

    All clips are grey, of one size. The regions: the whole `frame`; the `sector`; the `mask`, which is what was
    hidden; `unmasked`, which is the frame without it, and without the mask that the arms were `given`, if that is
    another, as they had leave to paint there; the `seam` around it; of the hidden pixels those `unseen` in
    every frame of the clip, and those `seen` in some other one. `labels` is the clip's segmentation, where it has one.
    `device` is that of torch on which the networks of metrics run.

    What goes wrong with one arm, as a translation of another size, is given in the place of its values and does not
    disturb the others. Without a reference, metrics that need a pair have no value; nor, without the `source` that the
    arms were given, have those that compare with it.

    Raises: InputError if a mask is not of the reference's size, or if either cannot be read.
    """
    like = mask if reference is None else reference
    for other in (mask, given or mask, source or mask, mask if labels is None else grey_clip(labels)):
        _refuse_other_size(other, like)
    lacking = {"pair": reference is None, "given": source is None, "translation": False}
    arms = {name: _Arm(test, like, regions, device) for name, test in tests.items()}
    for arm in arms.values():
        arm.attempt(partial(arm.start, metrics, lacking))
    never = _never_visible(mask) if {"seen", "unseen"} & set(regions) else np.zeros(sector.shape, np.bool_)
    for real, hidden, painted, shown, label in _together(reference, mask, given or mask, source, labels):
        areas, shared = _Areas(hidden > 127, painted > 127, sector, never), Products()
        for arm in arms.values():
            arm.attempt(partial(arm.step, real, shown, areas, shared, label))
        shared.pass_by()
    for arm in arms.values():
        arm.attempt(partial(arm.finish, metrics))
    return {name: arm.fault or arm.rows for name, arm in arms.items()}


def missing_rows(
    arm: str, clip_id: str, subject_id: str, pairing: str, status: str, note: str,
    metrics: Sequence[Metric], regions: Sequence[str],
) -> list[Measurement]:  # fmt: skip
    """One row per metric and region with a status and its reason instead of a value."""
    return [
        Measurement(
            arm,
            clip_id,
            subject_id,
            m.name,
            r,
            pairing,
            None,
            "failed" if status == "failed" else "undefined",
            note,
        )
        for m in metrics
        for r in regions
        if r in m.regions
    ]


class _Arm:
    """One arm on its way through a clip; its first fault is kept, and nothing more is done."""

    def __init__(self, test: Clip, like: Clip, regions: Sequence[str], device: str) -> None:
        self.test, self.like, self.regions, self.device = test, like, regions, device
        self.fault: Exception | None = None
        self.rows: Rows = {}
        self._running: dict[str, tuple[Running, list[str]]] = {}
        self._frames: Iterator[Frame] = iter(())
        self._before: Moment | None = None

    def attempt(self, work: Callable[[], None]) -> None:
        """Do it, unless something went wrong before."""
        if self.fault is None:
            try:
                work()
            except Exception as error:  # an arm's frames, and a metric, can be foreign code
                self.fault = error

    def start(self, metrics: Sequence[Metric], lacking: Mapping[str, bool]) -> None:
        """Begin to decode, with fresh accumulators; a metric whose needs are lacking has none."""
        _refuse_other_size(self.test, self.like)
        self._frames = grey_clip(self.test).frames()
        able = [metric for metric in metrics if not lacking[metric.needs]]
        self._running = {metric.name: (metric.start(), self._wanted(metric)) for metric in able}

    def step(
        self,
        real: Frame | None,
        given: Frame | None,
        areas: Mapping[str, Mask],
        shared: Products,
        labels: Frame | None,
    ) -> None:
        """Decode one frame and hand it to every metric."""
        spacing = self.like.header.spacing_mm
        moment = Moment(real, next(self._frames), areas, self._before, shared, given, spacing, labels, self.device)
        for running, wanted in self._running.values():
            running.add(moment, wanted)
        moment.pass_by()
        self._before = moment

    def finish(self, metrics: Sequence[Metric]) -> None:
        """Take the values; a stream of too many frames is noticed here."""
        next(self._frames, None)
        for metric in metrics:
            for region in self._wanted(metric):
                found = self._running.get(metric.name)
                why = NO_TRUTH if metric.needs == "pair" else NO_INPUT
                self.rows[metric.name, region] = why if found is None else found[0].value(region)

    def _wanted(self, metric: Metric) -> list[str]:
        return [region for region in self.regions if region in metric.regions]


def _refuse_other_size(other: Clip, like: Clip) -> None:
    if other.header.shape != like.header.shape:
        raise bad_input(
            other.header.source,
            f"is {other.header.shape}, the reference {like.header.source} is {like.header.shape}",
            "A translation must keep size and frame count",
        )


def _together(
    reference: Clip | None, mask: Clip, given: Clip, source: Clip | None, labels: Clip | None
) -> Iterator[tuple[Frame | None, Frame, Frame, Frame | None, Frame | None]]:
    """Frames of the reference, the mask, the mask that was given, the source and the labels; None of what is not there.

    A mask that was given as it is measured in is decoded once.
    """
    real, shown, labelled = (_frames_or_none(clip, mask.header.frames) for clip in (reference, source, labels))
    hidden = mask.frames()
    masks = ((frame, frame) for frame in hidden) if given is mask else zip(hidden, given.frames(), strict=True)
    for one, (two, three), four, five in zip(real, masks, shown, labelled, strict=True):
        yield one, two, three, four, five


def _frames_or_none(clip: Clip | None, count: int) -> Iterator[Frame | None]:
    return repeat(None, count) if clip is None else grey_clip(clip).frames()


def _never_visible(mask: Clip) -> Mask:
    """Pixels (H, W) that are hidden in every frame."""
    hidden = np.ones((mask.header.height, mask.header.width), np.bool_)
    for frame in mask.frames():
        hidden &= frame > 127
    return hidden


class _Areas(dict[str, Mask]):
    """The pixels of each region at one time step; each is found when it is first asked for."""

    def __init__(self, hidden: Mask, painted: Mask, sector: Mask, never: Mask) -> None:
        super().__init__(sector=sector, mask=hidden)
        self._made: dict[str, Callable[[], Mask]] = {
            "frame": lambda: np.ones(hidden.shape, np.bool_),
            "unmasked": lambda: ~(hidden | painted),
            "seam": lambda: seam(hidden, sector),
            "seen": lambda: hidden & ~never,
            "unseen": lambda: hidden & never,
        }

    def __missing__(self, region: str) -> Mask:
        self[region] = self._made[region]()
        return self[region]
