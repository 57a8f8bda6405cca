"""Task `segmentation`: does a network that outlines anatomy find the same in the translation as in the real clip?

A network of segmentation-models-pytorch is fitted to the labelled frames of the study's training clips, which are real;
or the user brings a network, or finished masks. It segments the real greyscale clip and each arm's version of it, and
both are compared (what arXiv:2511.03255 calls Dice), and each with the labels where the clip has any. A high Dice of
two segmentations says that the network does not mind the difference; that it is right, only the labels can say.
`overlap` says what each number is and what empty masks count as.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Metric
from evalkit.records import REAL, Measurement, Status
from evalkit.tasks import overlap
from evalkit.tasks.declare import Bench, TaskRows, Version, output
from evalkit.tasks.options import need_package, read_options
from evalkit.tasks.segmentation_options import (
    OF_LABELS,
    OF_ONE,
    OF_PAIR,
    OF_PHASES,
    Number,
    SegmentationOptions,
)
from evalkit.tasks.segmenting import Model, Segmented, chosen_model, fitted_model
from translator.clips.manifest import PAIRED, Entry
from translator.datasets.labels import NOT_LABELLED
from translator.errors import bad_input

VERSION = 1
Value = float | str
Names = dict[str, Value]


def make_segmentation(name: str, options: Mapping[str, Any]) -> "Segmentation":
    """The maker of the kind `segmentation`.

    Raises: InputError for wrong options, a model that is not there, and a package that is not installed.
    """
    chosen = read_options(SegmentationOptions, name, options)
    need_package("monai", name)
    brought = chosen_model(name, chosen.model, chosen.masks, chosen.side)
    if brought is None:
        need_package("segmentation_models_pytorch", name)
    return Segmentation(name, chosen, brought)


@dataclass(frozen=True)
class Segmentation:
    """The task. `brought` is the user's model or masks, None where a network is to be fitted."""

    name: str
    options: SegmentationOptions
    brought: Model | None = field(repr=False)

    @cached_property
    def outputs(self) -> tuple[Metric, ...]:
        """Each number as a mean over structures, and in brackets of each structure that the study names."""
        phases = OF_PHASES if self.options.timed_by else ()
        return tuple(
            self._declared(number, structure)
            for number in (*OF_PAIR, *phases, *OF_ONE, *OF_LABELS)
            for structure in (None, *self.options.structures)
        )

    def _declared(self, number: Number, structure: str | None) -> Metric:
        of = "" if structure is None else f", {structure}"
        if structure is None and len(self.options.structures) > 1:
            of = ", mean over the structures"
        higher = {"higher": True, "lower": False}.get(number.better)
        return output(
            self.name,
            _named(number.name, structure),
            number.summary + of,
            number.bounds,
            source=number.source,
            version=VERSION,
            unit=number.unit,
            higher_is_better=higher,
            target=0.0 if number.better == "zero" else None,
            descriptive=number.better == "neither",
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        """Options without paths, in whose place the digest of what they name stands."""
        told = self.options.model_dump(exclude={"model", "masks"})
        model = {} if self.brought is None else {"model": dict(self.brought.identity)}
        return {"kind": "segmentation", "version": VERSION, "options": told, **model}

    def measure(self, bench: Bench) -> TaskRows:
        """Segment every version of every clip, and compare."""
        model, about = self._model(bench)
        real = {version.entry.clip_id: version for version in bench.real("test")}
        rows: list[Measurement] = []
        kept: dict[str, Segmented | Exception] = {}
        for index, (clip_id, version) in enumerate(real.items()):
            bench.progress(f"{self.name}: real", index, len(real))
            found = kept[clip_id] = self._segmented(model, version, version)
            rows += self._rows(version, REAL, found if isinstance(found, Exception) else self._of_real(found), bench)
        for arm in bench.arms:
            made = {version.entry.clip_id: version for version in bench.made(arm, "test")}
            for index, (clip_id, version) in enumerate({**real, **made}.items()):
                bench.progress(f"{self.name}: {arm}", index, len({**real, **made}))
                told = self._of_arm(model, version, made.get(clip_id), real.get(clip_id), kept.get(clip_id))
                rows += self._rows(version, arm, told, bench)
        return TaskRows(rows, (), {"kind": "segmentation", **about})

    def _model(self, bench: Bench) -> tuple[Model, dict[str, Any]]:
        if self.brought is not None:
            return self.brought, {"model": dict(self.brought.identity), "structures": self.options.classes}
        return fitted_model(self.name, self.options, bench)

    def _segmented(self, model: Model, version: Version, timed: Version | None) -> Segmented | Exception:
        """`timed` is the version whose labels say which frames are looked at beside those evenly spaced."""
        try:
            return model.segment(version, timed, self.options.classes, self.options.frames)
        except Exception as error:  # an arm is foreign code and a file can be damaged: the other clips go on
            return error

    def _of_real(self, found: Segmented) -> Names:
        return self._over_structures(lambda one: {**_of_one(found, one), **self._against_labels(found, one)})

    def _of_arm(
        self,
        model: Model,
        version: Version,
        made: Version | None,
        real: Version | None,
        kept: Segmented | Exception | None,
    ) -> Names | Exception | str:
        if made is None:
            return "the clip has no colour Doppler"
        found = self._segmented(model, made, real)
        if isinstance(found, Exception):
            return found
        if isinstance(kept, Exception):
            kept = None
            why = "the real clip could not be segmented"
        else:
            why = "the clip has no real greyscale version"
        if version.entry.pairing not in PAIRED:
            kept, why = None, f"pairing is {version.entry.pairing}, so there is no greyscale truth"
        if kept is not None and kept.classes.shape != found.classes.shape:
            what = f"segmentations are {found.classes.shape}, the real clip's {kept.classes.shape}"
            return bad_input(version.entry.clip_id, what, "Give frames of the clip's number and size")
        return self._over_structures(
            lambda one: {
                **_of_one(found, one),
                **self._against_labels(found, one),
                **(dict.fromkeys(self._pair_names(), why) if kept is None else self._of_pair(kept, found, one)),
            }
        )

    def _pair_names(self) -> list[str]:
        return [each.name for each in (*OF_PAIR, *(OF_PHASES if self.options.timed_by else ()))]

    def _over_structures(self, values: Callable[[int], Names]) -> Names:
        """Numbers of each class 1, 2 .., under their names, and the mean over them."""
        names = list(self.options.classes)
        each = [values(number) for number in range(1, len(names) + 1)]
        told = {name: overlap.mean_of([found[name] for found in each]) for name in each[0]}
        for structure, found in zip(names, each, strict=True):
            if self.options.structures:
                told |= {_named(name, structure): value for name, value in found.items()}
        return told

    def _of_pair(self, real: Segmented, made: Segmented, one: int) -> Names:
        ours, theirs = real.classes == one, made.classes == one
        told = compare_masks(ours, theirs, real.spacing_mm, self.options.nsd_tolerance)
        changes = [overlap.area_change(overlap.areas(masks)) for masks in (ours, theirs)]
        told["area_change_error"] = next((c for c in changes if isinstance(c, str)), None) or _difference(changes)
        if self.options.timed_by:
            told |= _at_ends(overlap.dice(ours, theirs), self._ends(real))
        return told

    def _ends(self, real: Segmented) -> Mapping[str, int] | None:
        """Indices of the end frames: by the labels if two frames have the structure labelled, else as segmented."""
        timing = list(self.options.classes).index(self.options.timed_by or "") + 1
        if real.labels is not None:
            drawn = np.flatnonzero((real.labels == timing).any(axis=(1, 2)))
            if len(drawn) > 1:
                ends = overlap.end_frames(overlap.areas(real.labels[drawn] == timing))
                return None if ends is None else {phase: int(drawn[index]) for phase, index in ends.items()}
        return overlap.end_frames(overlap.areas(real.classes == timing))

    def _against_labels(self, found: Segmented, one: int) -> Names:
        names = [each.name for each in OF_LABELS]
        if found.labels is None:
            return dict.fromkeys(names, "the clip has no labels")
        drawn = (found.labels != NOT_LABELLED).any(axis=(1, 2))
        if not drawn.any():
            return dict.fromkeys(names, "no frame that was looked at is labelled")
        truth, known = found.labels[drawn], found.labels[drawn] != NOT_LABELLED
        ours = (found.classes[drawn] == one) & known
        told = compare_masks(truth == one, ours, found.spacing_mm, self.options.nsd_tolerance)
        return {f"label_{name}": value for name, value in told.items()}

    def _rows(self, version: Version, arm: str, found: Names | Exception | str, bench: Bench) -> list[Measurement]:
        """A row a number that this version can have; an exception is a failure, a sentence the reason of all."""
        entry = version.entry
        able = OF_LABELS + OF_ONE + (() if arm == REAL else OF_PAIR + (OF_PHASES if self.options.timed_by else ()))
        names = [_named(each.name, s) for each in able for s in (None, *self.options.structures)]
        if isinstance(found, Exception):
            failed = bench.reason(version, found)
            return [self._row(entry, arm, name, None, "failed", failed) for name in names]
        if isinstance(found, str):
            found = dict.fromkeys(names, found)
        return [
            self._row(entry, arm, name, None, "undefined", f"not computed: {value}")
            if isinstance(value, str)
            else self._row(entry, arm, name, value, "ok", "")
            for name, value in ((name, found[name]) for name in names)
        ]

    def _row(self, entry: Entry, arm: str, name: str, value: float | None, status: Status, note: str) -> Measurement:
        who = arm, entry.clip_id, entry.subject_id, f"{self.name}.{name}", "frame", entry.pairing
        return Measurement(*who, value, status, note)


def compare_masks(
    ours: NDArray[np.bool_], theirs: NDArray[np.bool_], spacing_mm: tuple[float, float] | None, tolerance: float
) -> Names:
    """Every number of two masks bool (N, H, W) that is a mean over frames, or the reason why there is none."""
    from evalkit.networks import surfaces

    both = ours.any(axis=(1, 2)) & theirs.any(axis=(1, 2))
    said = overlap.compared(ours, theirs)
    diagonal = float(np.hypot(*ours.shape[1:]))
    apart, near = np.full(len(ours), np.nan), np.full(len(ours), np.nan)
    apart[said], near[said] = 1.0, 0.0
    apart[both] = surfaces.hd95(ours[both], theirs[both]) / diagonal
    near[both] = surfaces.nsd(ours[both], theirs[both], tolerance)
    in_mm: Value = "the pixel spacing is not known"
    if spacing_mm is not None:
        far = np.full(len(ours), np.nan)
        far[said] = float(np.hypot(ours.shape[1] * spacing_mm[0], ours.shape[2] * spacing_mm[1]))
        far[both] = surfaces.hd95(ours[both], theirs[both], spacing_mm)
        in_mm = overlap.mean_where_known(far)
    return {
        "dice": overlap.mean_where_known(overlap.dice(ours, theirs)),
        "iou": overlap.mean_where_known(overlap.iou(ours, theirs)),
        "hd95": overlap.mean_where_known(apart),
        "hd95_mm": in_mm,
        "nsd": overlap.mean_where_known(near),
        "area_error": overlap.mean_where_known(overlap.area_error(ours, theirs)),
    }


def _of_one(found: Segmented, one: int) -> Names:
    sizes = overlap.areas(found.classes == one)
    pixels = found.classes.shape[1] * found.classes.shape[2]
    return {"area": float(sizes.mean() / pixels), "area_change": overlap.area_change(sizes)}


def _difference(changes: Sequence[Value]) -> Value:
    real, made = changes
    return float(made) - float(real)


def _at_ends(scores: NDArray[np.float64], ends: Mapping[str, int] | None) -> Names:
    names = [each.name for each in OF_PHASES]
    if ends is None:
        return dict.fromkeys(names, "the phases are not known: the area does not change")
    return {
        f"dice_{phase}": overlap.BOTH_EMPTY if np.isnan(scores[at]) else float(scores[at]) for phase, at in ends.items()
    }


def _named(name: str, structure: str | None) -> str:
    return name if structure is None else f"{name}[{structure}]"
