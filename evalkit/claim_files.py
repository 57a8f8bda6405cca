"""Estimates from files that a claim brings along: a reader study (iMRMC list mode), or timings.

Timings are a CSV with columns system, clip_id and seconds, and subject_id if there is one; a clip may be timed several
times. The estimate is the geometric mean over subjects of (seconds of `against`) / (seconds of `arm`) on the same clip.
"""

import csv
import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.readers.analyse import analyse
from evalkit.readers.list_mode import read_reader_study
from evalkit.readers.mrmc import p_within
from evalkit.records import Claim, Estimate
from evalkit.statistics.defaults import infer
from evalkit.statistics.estimates import supported_range
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean
from translator.artefacts import file_digest
from translator.errors import Fault, InputError, bad_input

_BROUGHT = ("readers", "timings")
_COLUMNS = ("system", "clip_id", "seconds")
Times = dict[str, dict[str, list[float]]]  # clip_id -> system -> seconds


def placed(claim: Claim, folder: Path) -> Claim:
    """The claim with the paths of what it brings along made absolute; they count from `folder`."""
    brought = {key: name for key in _BROUGHT if (name := getattr(claim, key))}
    return claim.model_copy(update={key: str((folder / name).resolve()) for key, name in brought.items()})


def as_document(claim: Claim) -> dict[str, Any]:
    """A claim as plans hold it: files that it brings by their digest, as their names are the machine's."""
    brought = {key: path for key in _BROUGHT if (path := getattr(claim, key))}
    return {**claim.model_dump(), **{key: f"sha256:{file_digest(Path(path))}" for key, path in brought.items()}}


def check_file(claim: Claim) -> None:
    """Read the file that a claim brings, if it brings one.

    Raises: InputError naming what is wrong in it.
    """
    if claim.readers is not None:
        read_reader_study(claim.readers)
    if claim.timings is not None:
        _read_timings(Path(claim.timings))


def estimate_of_readers(claim: Claim) -> Estimate:
    """The average reader of the claim's reader study; `metric` names the modality where there are two.

    Raises: InputError for a bad file, or if the modality is not there.
    """
    path = str(claim.readers)
    found = analyse(read_reader_study(path), alpha=claim.alpha)
    names = [part.modality for part in found.per_modality]
    chosen = [part for part in found.per_modality if claim.metric in ("", part.modality)]
    if len(chosen) != 1:
        what = f"has the modalities {', '.join(names)}, and the claim asks for {claim.metric or 'none of them'}"
        raise bad_input(path, what, f"Name one in claim {claim.id!r} as `metric`")
    part = chosen[0].balanced_accuracy if claim.statistic == "reader_accuracy" else chosen[0].auc
    result = part.result
    p = p_within(result, *supported_range(claim, True))
    method = f"{result.method}, {len(found.readers)} readers"
    return _estimate(claim, replace(result, p=p, n_subjects=found.n_negative + found.n_positive,
                                    n_clips=found.n_scores, method=method))  # fmt: skip


def estimate_of_timings(claim: Claim) -> Estimate:
    """How many times faster `arm` is than `against`, by the claim's timings.

    Raises: InputError for a bad file.
    """
    times, subjects = _read_timings(Path(str(claim.timings)))
    both = {clip: (np.mean(of[claim.arm]), np.mean(of[str(claim.against)])) for clip, of in sorted(times.items())
            if claim.arm in of and claim.against in of}  # fmt: skip
    if not both:
        base = Result("times faster", "", None, level=1 - 2 * claim.alpha)
        return _estimate(
            claim, replace(base, note=f"not computed: no clip was timed for {claim.arm} and {claim.against}")
        )
    rows = Grouped.of([subjects[clip] for clip in both], [math.log(theirs / ours) for ours, theirs in both.values()])
    low, high = supported_range(claim, True)
    ends = (None if low is None else math.log(max(low, 1e-300)), None if high is None else math.log(max(high, 1e-300)))
    found = infer(rows, mean(), 1 - 2 * claim.alpha, ends)
    ratio = replace(found, method=f"{found.method}, of logarithms", value=_back(found.value), low=_back(found.low),
                    high=_back(found.high))  # fmt: skip
    return replace(_estimate(claim, ratio), n_undefined=len(times) - len(both))


def _back(logarithm: float | None) -> float | None:
    return None if logarithm is None else math.exp(logarithm)


def _estimate(claim: Claim, found: Result) -> Estimate:
    """A result as the estimate of a claim."""
    return Estimate(
        id=claim.id, statistic=claim.statistic, metric=claim.metric, region=claim.region, arm=claim.arm,
        against=claim.against, population="of the claim's own file", value=found.value, low=found.low, high=found.high,
        level=1 - 2 * claim.alpha, relation=claim.relation, margin=claim.margin, reference=claim.reference, p=found.p,
        method=found.method, n_subjects=found.n_subjects, n_clips=found.n_clips, n_undefined=0, n_failed=0,
        note=found.note,
    )  # fmt: skip


def _read_timings(path: Path) -> tuple[Times, dict[str, str]]:
    """Seconds by clip and system, and the subject of each clip (the clip itself where none is given)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise bad_input(path, f"cannot be read ({error})", f"Give a CSV with {', '.join(_COLUMNS)}") from None
    lacking = [column for column in _COLUMNS if not rows or column not in rows[0]]
    if lacking:
        raise bad_input(path, f"has no {' and no '.join(lacking)}", f"Give a CSV with {', '.join(_COLUMNS)}")
    times: Times = defaultdict(lambda: defaultdict(list))
    subjects: dict[str, str] = {}
    faults = []
    for number, row in enumerate(rows, 2):
        seconds = _seconds(row["seconds"])
        if seconds is None or not row["system"] or not row["clip_id"]:
            what = f"{row['system']!r}, {row['clip_id']!r}, {row['seconds']!r} is no timing"
            faults.append(Fault(f"{path}: row {number}", what, "Give a system, a clip_id and seconds above 0"))
            continue
        times[row["clip_id"]][row["system"]].append(seconds)
        subjects[row["clip_id"]] = row.get("subject_id") or row["clip_id"]
    if faults:
        raise InputError(faults)
    return times, subjects


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < math.inf else None
