"""Which clips runs have in common, and under which names they may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.pseudonyms import Pseudonyms, read_pseudonyms, real_names
from evalkit.seal import Run
from reports.page.view import View
from translator.errors import Fault, InputError

_MOST_NAMED = 20  # clips that one fault names


@dataclass(frozen=True)
class Side:
    """One of the runs that are compared: its letter, what it shows, and its exhibits' names by pseudonym."""

    letter: str
    view: View


@dataclass(frozen=True)
class Pairing:
    """Runs on the same clips. `clips` are the shared ones, under the names that are shown; `left_out` counts others."""

    sides: Sequence[Side]
    clips: frozenset[str]
    left_out: int


def pair(runs: Sequence[Run], shared_only: bool = False, real_ids: bool = False) -> Pairing:
    """Pair the clips of all runs with those of the first: the same clip_id and the same files.

    Raises: InputError naming the clips that differ, unless `shared_only`; and if no clip is shared at all.
    """
    inputs = [_inputs(run) for run in runs]
    first, shared, faults = inputs[0], set(inputs[0]), []
    for letter, run, own in zip(letters(len(runs))[1:], runs[1:], inputs[1:], strict=True):
        lacks, more = sorted(first.keys() - own.keys()), sorted(own.keys() - first.keys())
        other = sorted(clip for clip in first.keys() & own.keys() if not _same(first[clip], own[clip]))
        same = first.keys() & own.keys() - set(other)
        shared &= same
        said = [
            _named("lacks {} of A", lacks),
            _named("has {} that A lacks", more),
            _named("has other files for {}", other),
        ]
        if any(said):
            what = f"(run {letter}) {'; '.join(filter(None, said))}; {len(same)} clips are shared with A"
            faults.append(Fault(str(run.folder), what, "Run both on one manifest and split, or give --shared"))
    if faults and (not shared_only or not shared):
        raise InputError(faults)
    keys = [real_names(run.plan) if real_ids else read_pseudonyms(run.folder) for run in runs]
    names = [_merged(key, keys[0]) for key in keys]
    sides = [Side(letter, View.of(run, key, real_ids))
             for letter, run, key in zip(letters(len(runs)), runs, names, strict=True)]  # fmt: skip
    left_out = len(set().union(*inputs)) - len(shared)
    return Pairing(sides, frozenset(keys[0].clips[clip] for clip in shared), left_out)


def letters(count: int) -> list[str]:
    """A, B, C and so on; past Z they carry a number."""
    return [chr(ord("A") + i) if i < 26 else f"R{i + 1}" for i in range(count)]


def _inputs(run: Run) -> dict[str, Mapping[str, str]]:
    inputs: Mapping[str, Any] = run.plan["inputs"]
    return {clip["clip_id"]: inputs.get(clip["clip_id"], {}) for clip in run.plan["clips"]}


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """What an arm was given and what it is compared with; a file that only one study looks at does no harm."""
    needed = {"cfd", "greyscale"}
    return all(one.get(column) == other.get(column) for column in needed | (one.keys() & other.keys()))


def _named(words: str, clips: Sequence[str]) -> str:
    if not clips:
        return ""
    more = f" and {len(clips) - _MOST_NAMED} more" if len(clips) > _MOST_NAMED else ""
    count = f"{len(clips)} {'clip' if len(clips) == 1 else 'clips'}"
    return f"{words.format(count)}: {', '.join(clips[:_MOST_NAMED])}{more}"


def _merged(own: Pseudonyms, first: Pseudonyms) -> Pseudonyms:
    """What the first run names has the first run's name in all."""
    return Pseudonyms({**own.clips, **first.clips}, {**own.subjects, **first.subjects})
