"""Two folders of videos, real and synthetic, matched by name: what a study needs of them, or all that does not fit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evalkit.arms.folder import unpadded, videos_in
from translator.clips.clip import Clip
from translator.clips.formats import SUFFIXES, suffix_of
from translator.clips.manifest import Entry, read_about
from translator.clips.read import read_clip, read_mask
from translator.datasets.ids import safe_id
from translator.errors import Fault, InputError, bad_input

OWN_SUBJECTS = (
    "subjects unknown: every clip counts as its own subject; if clips share subjects, the intervals are too narrow"
)
_NAMES_SHOWN = 50


@dataclass(frozen=True)
class Matched:
    """Entries whose greyscale is the real clip, the synthetic video of each, and what had to be assumed."""

    entries: tuple[Entry, ...]
    videos: Mapping[str, Path]  # clip_id -> synthetic video
    assumptions: tuple[str, ...]
    ignored: tuple[Path, ...]  # files that are no clips by their suffix


def match_folders(
    real: Path,
    synthetic: Path,
    masks: Path | None,
    pattern: str | None,
    table: Path | None,
    done: Callable[[int, int], None],
) -> Matched:
    """Match the videos of two folders by stem, and open each to compare frame size and frame count.

    `masks` holds masks of the same names; subjects are what the regular expression `pattern` finds in a name (its
    first group, if it has one), or what `table`, a manifest without files, says.

    Raises: InputError naming, all at once, every name that one folder lacks, every two clips of different size or
    length, and what is wrong with masks, subjects and table.
    """
    if pattern is not None and table is not None:
        raise bad_input("--subject-pattern", "and --manifest both say who the subjects are", "Give one of them")
    if real.resolve() == synthetic.resolve():
        raise bad_input(synthetic, "is the real folder too", "Give the folder that holds the synthetic videos")
    found = {folder: videos_in(folder) for folder in (real, synthetic, masks) if folder is not None}
    ignored = tuple(file for files in found.values() for file in files.values() if not _is_clip(file))
    kept = {folder: {s: f for s, f in files.items() if _is_clip(f)} for folder, files in found.items()}
    ours, theirs, hidden = kept[real], kept[synthetic], kept[masks] if masks is not None else {}
    stems = sorted(ours.keys() & theirs.keys())
    faults = _lonely(ours, real, theirs, synthetic) + _lonely(theirs, synthetic, ours, real)
    if masks is not None:
        faults += _lonely({stem: ours[stem] for stem in stems}, real, hidden, masks)
    if not ours and not theirs:
        faults.append(Fault(f"{real} and {synthetic}", "hold no clip", "Give folders of videos"))
    about, subject_faults = _subjects(stems, pattern, table)
    faults += subject_faults
    entries = []
    for index, stem in enumerate(stems):
        faults += _differences(ours[stem], theirs[stem], hidden.get(stem))
        try:
            entries.append(_entry(stem, ours[stem], hidden.get(stem), about.get(stem, {})))
        except ValidationError as error:
            faults += [Fault(f"{table}: clip {stem}, {e['loc'][0]}", str(e["msg"])) for e in error.errors() if e["loc"]]
        done(index + 1, len(stems))
    if faults:
        raise InputError(faults)
    videos = {entry.clip_id: theirs[stem].absolute() for stem, entry in zip(stems, entries, strict=True)}
    return Matched(tuple(entries), videos, _assumptions(masks, pattern, table, entries), ignored)


def _is_clip(path: Path) -> bool:
    return suffix_of(path) in {*SUFFIXES, ""}


def _lonely(here: Mapping[str, Path], folder: Path, there: Mapping[str, Path], other: Path) -> list[Fault]:
    """One fault with all names of a folder that another lacks."""
    names = sorted(here.keys() - there.keys())
    if not names:
        return []
    listed = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" * (len(names) > _NAMES_SHOWN))
    what = f"lacks {len(names)} of the names in {folder}: {listed}"
    return [Fault(str(other), what, "Name clips that belong together alike (the suffix may differ), or take these out")]


def _subjects(
    stems: list[str], pattern: str | None, table: Path | None
) -> tuple[Mapping[str, Mapping[str, str]], list[Fault]]:
    """Stem -> what is known of the clip, subject_id at least where that can be told."""
    if table is not None:
        about = read_about(table)
        absent = [stem for stem in stems if "subject_id" not in about.get(stem, {})]
        what, remedy = f"names no subject of {', '.join(absent)}", "Add a row with clip_id and subject_id for each"
        return about, [Fault(str(table), what, remedy)] if absent else []
    if pattern is None:
        return {stem: {"subject_id": stem} for stem in stems}, []
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise bad_input("--subject-pattern", f"{pattern!r} is no regular expression ({error})", "Correct it") from None
    names = {stem: _matched(expression, stem) for stem in stems}
    absent = [stem for stem, name in names.items() if not name]
    what, remedy = f"{pattern!r} finds no subject in {', '.join(absent)}", "Change it so that it fits every name"
    faults = [Fault("--subject-pattern", what, remedy)] if absent else []
    return {stem: {"subject_id": name} for stem, name in names.items() if name}, faults


def _matched(expression: re.Pattern[str], stem: str) -> str:
    found = expression.search(stem)
    if found is None:
        return ""
    return (found[1] or "") if expression.groups else found[0]


def _differences(real: Path, synthetic: Path, mask: Path | None) -> list[Fault]:
    """Faults of two clips that are to be compared frame by frame, and of the mask."""
    faults: list[Fault] = []
    opened: list[Clip] = []
    for path in (real, synthetic):
        try:
            opened.append(read_clip(path))
        except InputError as error:
            faults += error.faults
    if len(opened) == 2:
        faults += _unlike(synthetic, unpadded(opened[1], opened[0]), real, opened[0])
    if mask is not None and opened and not faults:
        try:
            read_mask(mask, opened[0])
        except InputError as error:
            faults += error.faults
    return faults


def _unlike(path: Path, clip: Clip, other: Path, reference: Clip) -> list[Fault]:
    ours, theirs = clip.header.shape[:3], reference.header.shape[:3]
    if ours == theirs:
        return []
    (a, *size), (b, *wanted) = ours, theirs
    what = f"has {a} frames of {size[0]} x {size[1]}, {other} has {b} of {wanted[0]} x {wanted[1]}"
    return [Fault(str(path), what, "Clips are compared frame by frame: export both with one size and frame count")]


def _entry(stem: str, real: Path, mask: Path | None, about: Mapping[str, Any]) -> Entry:
    values = {column: value for column, value in about.items() if column not in ("clip_id", "split", "pairing")}
    values |= {"clip_id": safe_id(stem), "split": "test", "pairing": "matched", "greyscale": real.name}
    values["subject_id"] = safe_id(str(values.get("subject_id", stem)))
    return Entry.model_validate(values | ({} if mask is None else {"mask": str(mask.absolute())}))


def _assumptions(masks: Path | None, pattern: str | None, table: Path | None, entries: list[Entry]) -> tuple[str, ...]:
    subjects = len({entry.subject_id for entry in entries})
    made = ["clips of one name belong together: nobody but their names says so"]
    if pattern is None and table is None:
        made.append(OWN_SUBJECTS)
    elif pattern is not None:
        made.append(f"subjects are read from the names: {subjects} in {len(entries)} clips")
    if masks is None:
        made.append("masks unknown: what the generator painted and what it had to leave alone cannot be told apart")
    return tuple(made)
