"""What is measured of a clip itself, before any arm: length, frame rate, and how much of its sector is masked."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from evalkit.measuring import MASK_VERSION, Stores, has_mask, masked, reason, shown, true_mask
from evalkit.plan import Plan
from evalkit.records import ClipFacts
from translator.clips.clip import Clip, Mask
from translator.clips.manifest import Entry
from translator.clips.npz import read_npz
from translator.regions import flow, screen

VERSION = 1


def facts_of(plan: Plan, entry: Entry, stores: Stores) -> ClipFacts:
    """The facts of one clip; what cannot be had has its reason in the note. Made once and kept in the store."""

    def build(folder: Path) -> None:
        (folder / "facts.json").write_text(json.dumps(asdict(_facts(plan, entry, stores)), allow_nan=False))

    params = {"mask": MASK_VERSION, "flow": flow.VERSION, "screen": screen.VERSION, "clip": entry.clip_id,
              "subject": entry.subject_id}  # fmt: skip
    try:
        folder = stores.shared.make("facts", VERSION, params, dict(plan.inputs[entry.clip_id]), build)
        return ClipFacts(**json.loads((folder / "facts.json").read_text()))
    except Exception as error:  # whatever is wrong with a file, the other clips go on
        note = f"not computed: the data cannot be read: {reason(plan, entry, error)}"
        return ClipFacts(entry.clip_id, entry.subject_id, None, None, None, note)


def coverage_of(mask: Clip, sector: Mask) -> float | None:
    """Share of the sector's pixels (bool H, W) that the mask hides, over all frames; None where it is empty."""
    pixels = int(sector.sum())
    if not pixels:
        return None
    hidden = sum(int(np.count_nonzero(frame[sector] > 127)) for frame in mask.frames())
    return hidden / (pixels * mask.header.frames)


def _facts(plan: Plan, entry: Entry, stores: Stores) -> ClipFacts:
    coverage = None
    if not has_mask(entry):
        note = "not computed: the clip has neither colour Doppler nor a mask, so its coverage is not known"
    else:
        sector = read_npz(masked(plan, entry, stores) / "sector.npz").array()[0] > 127
        coverage = coverage_of(true_mask(plan, entry, stores), sector)
        note = "not computed: no sector was found, so there is no coverage" if coverage is None else ""
    head = shown(plan, entry).header
    return ClipFacts(entry.clip_id, entry.subject_id, head.frames, head.fps, coverage, note)
