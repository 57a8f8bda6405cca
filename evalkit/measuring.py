"""Translate and measure one clip with every arm; each result is made once and kept in the store.

A fault becomes a status with its reason, and the other clips go on. What failed is not cached.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.arms.folder import FolderArm
from evalkit.arms.load import Arm
from evalkit.metrics.declare import WITHOUT_MASK
from evalkit.metrics.measure import NO_TRUTH, Rows, measure_arms, missing_rows
from evalkit.plan import Plan, described
from evalkit.records import Measurement
from translator.artefacts import Store
from translator.clips.clip import Clip, grey_clip
from translator.clips.digest import clip_files
from translator.clips.manifest import FILES, PAIRED, Entry
from translator.clips.npz import read_npz, write_npz
from translator.clips.read import read_mask
from translator.errors import InputError, bad_input
from translator.evidence_files import recorded
from translator.regions.flow import VERSION as FLOW_VERSION
from translator.regions.flow import hidden_mask_clip
from translator.regions.screen import VERSION as SCREEN_VERSION
from translator.regions.screen import find_regions

MASK_VERSION = 1
TRANSLATION_VERSION = 1
MEASUREMENT_VERSION = 1
NO_MASK = "the clip has neither colour Doppler nor a mask"
NO_COLOUR = "not computed: the clip has no colour Doppler"
_SHORT_NAME = 3
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s:'\"]+)+[\\/]([^\\/\s:'\"]+)")


@dataclass(frozen=True)
class Stores:
    """Where results are kept: `shared` between runs; `own`, for this run alone, where an arm does not say itself
    when what it makes would change."""

    shared: Store
    own: Store

    def of(self, arm: Arm) -> Store:
        """The store for what depends on the arm; masks do not, and are always shared."""
        return self.shared if arm.shared else self.own


def masked(plan: Plan, entry: Entry, stores: Stores) -> Path:
    """Folder with mask.npz, the estimated mask that every arm is given, and sector.npz.

    Without colour Doppler nothing is known to be hidden: the mask is empty, and the sector that of the greyscale clip.
    Every file of the clip is read through once here, so that damaged data are known as such and are not booked
    as an arm's failure. Raises: InputError.
    """

    def build(folder: Path) -> None:
        clip = shown(plan, entry)
        regions = find_regions(clip)
        mask_found = _nothing_hidden(clip) if entry.cfd is None else hidden_mask_clip(clip, regions)
        write_npz(folder / "mask.npz", mask_found, compress=1)
        write_npz(folder / "sector.npz", Clip.from_array(regions.sector[None].astype(np.uint8) * np.uint8(255)))
        reference, mask = plan.open_clip(entry, "greyscale"), plan.manifest.file(entry, "mask")
        for other in (reference, read_mask(mask, clip) if mask else None, segmented(plan, entry)):
            if other is not None:
                for _ in other.frames():
                    pass

    params = {"flow": FLOW_VERSION, "screen": SCREEN_VERSION}
    return stores.shared.make("mask", MASK_VERSION, params, plan.inputs[entry.clip_id], build)


def segmented(plan: Plan, entry: Entry) -> Clip | None:
    """The clip's segmentation, a label clip (translator.datasets.labels), if it has one.

    Raises: InputError if it is not of the clip's size.
    """
    labels, clip = plan.open_clip(entry, "segmentation"), shown(plan, entry)
    if labels is not None and labels.header.shape[:3] != clip.header.shape[:3]:
        what = f"segmentation is {labels.header.shape[:3]}, the clip is {clip.header.shape[:3]}"
        raise bad_input(entry.clip_id, what, "Give every frame its labels, 255 where nobody drew any")
    return labels


def shown(plan: Plan, entry: Entry) -> Clip:
    """What an arm is given: the colour Doppler, or where there is none the greyscale clip, for its size and name."""
    clip = plan.open_clip(entry, input_of(entry))
    if clip is None:
        raise ValueError("an entry has one of both files")  # the manifest holds this
    return clip


def input_of(entry: Entry) -> str:
    """The manifest's column of what an arm is given."""
    return "greyscale" if entry.cfd is None else "cfd"


def has_mask(entry: Entry) -> bool:
    """True if it is known what is hidden: the manifest names a mask, or it can be estimated from colour."""
    return entry.mask is not None or entry.cfd is not None


def _nothing_hidden(clip: Clip) -> Clip:
    return clip.mapped(lambda frame: np.zeros(frame.shape[:2], np.uint8), 1)


def translated(plan: Plan, entry: Entry, arm: Arm, stores: Stores) -> Path:
    """NPZ with the arm's frames; evidence and uncertainty lie beside it where the arm gives them."""
    mask = masked(plan, entry, stores)

    def build(folder: Path) -> None:
        made = arm.translator.translate(shown(plan, entry), read_npz(mask / "mask.npz"))
        write_npz(folder / "translation.npz", grey_clip(recorded(made, folder, "translation")), compress=1)

    column = input_of(entry)
    inputs = {column: plan.inputs[entry.clip_id][column], "mask": mask.name}
    params = {"arm": arm.identity, "clip": _named(arm, entry)}
    return stores.of(arm).make("translation", TRANSLATION_VERSION, params, inputs, build) / "translation.npz"


def measured(plan: Plan, entry: Entry, stores: Stores) -> dict[str, list[Measurement]]:
    """Arm -> every metric and region of one clip, as rows.

    What no store has yet is measured in one pass over the clip, with all arms side by side.
    """
    able = [arm for arm in plan.arms if entry.cfd is not None or arm.finished]
    unable = {arm.name: _missing_of(plan, entry, arm, "undefined", NO_COLOUR) for arm in plan.arms if arm not in able}
    if not able:
        return unable
    try:
        masked(plan, entry, stores)
        segmented(plan, entry)
    except Exception as error:  # whatever is wrong with a file, the other clips go on
        note = f"not computed: the data cannot be read: {reason(plan, entry, error)}"
        return _missing(plan, entry, "undefined", note)
    made: dict[str, Path | Exception] = {}
    for arm in able:
        try:
            made[arm.name] = translated(plan, entry, arm, stores)
        except (
            Exception
        ) as error:  # an arm is foreign code: whatever it raises is this clip's failure, not the run's end
            made[arm.name] = error
    try:
        found = _kept(plan, entry, stores, made)
    except Exception as error:  # as above
        found = {arm.name: error for arm in able}
    return unable | {arm.name: _told(plan, entry, arm, found[arm.name]) for arm in able}


def _missing(plan: Plan, entry: Entry, status: str, note: str) -> dict[str, list[Measurement]]:
    return {arm.name: _missing_of(plan, entry, arm, status, note) for arm in plan.arms}


def _missing_of(plan: Plan, entry: Entry, arm: Arm, status: str, note: str) -> list[Measurement]:
    who = (arm.name, entry.clip_id, entry.subject_id, entry.pairing)
    return missing_rows(*who, status, note, plan.metrics, plan.study.regions)


def _told(plan: Plan, entry: Entry, arm: Arm, found: list[Measurement] | Exception) -> list[Measurement]:
    if isinstance(found, Exception):
        return _missing_of(plan, entry, arm, "failed", f"{type(found).__name__}: {reason(plan, entry, found)}")
    return found


def reason(plan: Plan, entry: Entry, error: Exception) -> str:
    """The words of an error without the folders of this machine and the names of the clip's files.

    A sealed table must be the same anywhere, and file names can name people: the column stands in their place.
    """
    names = _file_names(plan, entry)
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = rf"(?<![A-Za-z0-9])(?:{longest_first})(?![A-Za-z0-9])"
    text = re.sub(pattern, lambda found: f"{names[found[0]]} of {entry.clip_id}", str(error))
    for folder in sorted({str(plan.manifest.root), str(plan.manifest.root.resolve()), str(plan.folder)}, key=len):
        if len(folder) > 1:
            text = text.replace(f"{folder}{os.sep}", "")
    return _ABSOLUTE.sub(r"\1", text)[:500]


def _file_names(plan: Plan, entry: Entry) -> dict[str, str]:
    """Every way in which an error can call a file of the clip -> the manifest's column.

    A bare name of up to three letters, as DICOM exports have, cannot be told from a number and is left out.
    """
    names: dict[str, str] = {}
    for column in FILES:
        file = plan.manifest.file(entry, column)
        if file is not None:
            parts = [said for part in _parts(file) for said in (str(part), str(part.resolve()), part.name)]
            for said in (str(file), str(file.resolve()), str(getattr(entry, column)), file.name, *parts):
                if len(said) > _SHORT_NAME:
                    names.setdefault(said, column)
    for made in _finished(plan, entry):
        if len(made.name) > _SHORT_NAME:
            names.setdefault(made.name, "video")
    return names


def _finished(plan: Plan, entry: Entry) -> list[Path]:
    translators = [arm.translator for arm in plan.arms]
    files = [made.files.get(entry.clip_id) for made in translators if isinstance(made, FolderArm)]
    return [file for file in files if file is not None]


def _parts(file: Path) -> list[Path]:
    """The files behind a clip that is more than one file, as far as they can be told."""
    try:
        return clip_files(file)
    except (InputError, OSError):
        return []


def _kept(
    plan: Plan, entry: Entry, stores: Stores, made: Mapping[str, Path | Exception]
) -> dict[str, list[Measurement] | Exception]:
    """Rows of each arm from the store; those that it has not are measured together and put there."""
    found: dict[str, list[Measurement] | Exception] = {}
    wanted: dict[str, tuple[Arm, Path, dict[str, Any]]] = {}
    for arm in (arm for arm in plan.arms if arm.name in made):
        file = made[arm.name]
        if isinstance(file, Exception):
            found[arm.name] = file
        else:
            wanted[arm.name] = arm, file, _depends_on(plan, entry, arm, file)
    inputs = dict(plan.inputs[entry.clip_id])
    about = {name: ("measurement", MEASUREMENT_VERSION, params, inputs) for name, (_, _, params) in wanted.items()}
    kept = {name: stores.of(arm).place(*about[name]) for name, (arm, _, _) in wanted.items()}
    lost = {name: file for name, (_, file, _) in wanted.items() if not kept[name].is_dir()}
    for name, values in (_measure(plan, entry, lost, stores) if lost else {}).items():
        if isinstance(values, Exception):
            found[name] = values
        else:
            arm = wanted[name][0]
            kept[name] = stores.of(arm).make(*about[name], partial(_write_rows, _rows(entry, arm, values)))
    for name in wanted.keys() - found.keys():
        found[name] = [Measurement(**row) for row in json.loads((kept[name] / "rows.json").read_text())]
    return found


def _write_rows(rows: list[Measurement], folder: Path) -> None:
    (folder / "rows.json").write_text(json.dumps([asdict(row) for row in rows], allow_nan=False))


def _depends_on(plan: Plan, entry: Entry, arm: Arm, made: Path) -> dict[str, Any]:
    return {
        "made": made.parent.name,
        "arm": arm.name,
        "clip": described(entry),
        "metrics": [metric.signature for metric in plan.metrics],
        "regions": plan.study.regions,
        **{key: plan.document[key] for key in ("weights",) if key in plan.document},
        **plan.device,
    }


def _measure(plan: Plan, entry: Entry, made: Mapping[str, Path], stores: Stores) -> dict[str, Rows | Exception]:
    """Values of several arms; without a truth only of metrics that need none."""
    metrics, regions = plan.metrics, plan.study.regions
    paired = entry.pairing in PAIRED
    if not paired and all(metric.needs == "pair" for metric in metrics):
        none: Rows = {(m.name, r): _no_truth(entry) for m in metrics for r in regions if r in m.regions}
        return dict.fromkeys(made, none)
    reference = plan.open_clip(entry, "greyscale") if paired else None
    if paired and reference is None:
        raise ValueError("a paired clip has both files")  # the manifest holds this
    sector = read_npz(masked(plan, entry, stores) / "sector.npz").array()[0] > 127
    mask, given = true_mask(plan, entry, stores), estimated_mask(plan, entry, stores)
    tests = {name: read_npz(file) for name, file in made.items()}
    real = None if reference is None else grey_clip(reference)
    asked = any(metric.needs == "given" for metric in metrics)
    source = plan.open_clip(entry, "cfd") if asked else None
    luma = None if source is None else grey_clip(source)
    labels, device = segmented(plan, entry), plan.study.device
    found = measure_arms(real, tests, mask, sector, metrics, regions, given, luma, labels, device)
    return {name: _explained(entry, values) for name, values in found.items()}


def _explained(entry: Entry, values: Rows | Exception) -> Rows | Exception:
    """Why there is no truth; and no value where an empty mask would say that nothing was hidden: that is not known."""
    if isinstance(values, Exception):
        return values
    told = {key: _no_truth(entry) if value == NO_TRUTH else value for key, value in values.items()}
    if has_mask(entry):
        return told
    return {(name, region): value if region in WITHOUT_MASK else NO_MASK for (name, region), value in told.items()}


def _no_truth(entry: Entry) -> str:
    return f"pairing is {entry.pairing}, so there is no greyscale truth"


def true_mask(plan: Plan, entry: Entry, stores: Stores) -> Clip:
    """The mask that regions are measured in: the manifest's where it has one, else the estimated one."""
    estimated = estimated_mask(plan, entry, stores)
    file = plan.manifest.file(entry, "mask")
    return estimated if file is None else read_mask(file, estimated)


def estimated_mask(plan: Plan, entry: Entry, stores: Stores) -> Clip:
    """The mask that every arm is given."""
    return read_npz(masked(plan, entry, stores) / "mask.npz").named(entry.clip_id)


def _rows(entry: Entry, arm: Arm, values: Rows) -> list[Measurement]:
    return [
        Measurement(
            arm.name, entry.clip_id, entry.subject_id, metric, region, entry.pairing,
            None if isinstance(value, str) else value,
            "undefined" if isinstance(value, str) else "ok",
            f"not computed: {value}" if isinstance(value, str) else "",
        )
        for (metric, region), value in values.items()
    ]  # fmt: skip


def _named(arm: Arm, entry: Entry) -> str:
    """Folder arms match by clip_id, so for them it is part of what a translation depends on."""
    return entry.clip_id if "folder" in arm.identity else ""
