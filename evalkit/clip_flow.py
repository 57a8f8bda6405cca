"""What became of every clip: listed, excluded and why, translated, measured, judged; a flow diagram's numbers.

After STARD 2015 (doi:10.1136/bmj.h5527). Clips of each step are counted with their subjects.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.plan import population_in
from evalkit.records import Estimate, Measurement
from translator.clips.manifest import PAIRED

FILE = "flow.json"
SCHEMA_VERSION = 1


def clip_flow(
    document: Mapping[str, Any], rows: Sequence[Measurement], estimates: Iterable[Estimate]
) -> dict[str, Any]:
    """The flow of a run as JSON-like values; `document` is its plan's, `estimates` those of its claims."""
    clips = {clip["clip_id"]: clip["subject_id"] for clip in document["clips"]}
    population = population_in(document, {})[0]
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for clip in document["excluded"]:
        reasons[clip["reason"]][clip["clip_id"]] = clip["subject_id"]
    excluded = {clip["clip_id"]: clip["subject_id"] for clip in document["excluded"]}
    return {
        "schema_version": SCHEMA_VERSION,
        "split": document["study"]["split"],
        "listed": dict(document["listed"]),
        "in_split": _count({**clips, **excluded}),
        "excluded": [{"reason": reason, **_count(gone)} for reason, gone in sorted(reasons.items())],
        "in_run": _count(clips),
        "in_population": _count({clip: clips[clip] for clip in population}),
        "arms": [_of_arm(arm["name"], rows, population) for arm in document["study"]["arms"]],
        "claims": [_of_claim(estimate) for estimate in estimates],
    }


def _count(clips: Mapping[str, str]) -> dict[str, int]:
    """clip_id -> subject_id to how many of each."""
    return {"clips": len(clips), "subjects": len(set(clips.values()))}


def _of_arm(arm: str, rows: Sequence[Measurement], population: frozenset[str]) -> dict[str, Any]:
    """Of the clips in the population: which failed, which have no greyscale truth, which no value, which some value."""
    of_clip: dict[str, list[Measurement]] = defaultdict(list)
    for row in rows:
        if row.arm == arm and row.clip_id in population:
            of_clip[row.clip_id].append(row)
    steps: dict[str, dict[str, str]] = {"failed": {}, "unpaired": {}, "undefined": {}, "measured": {}}
    for clip, own in of_clip.items():
        steps[_step(own)][clip] = own[0].subject_id
    return {"arm": arm, "given": _count({clip: own[0].subject_id for clip, own in of_clip.items()}),
            **{name: _count(clips) for name, clips in steps.items()}}  # fmt: skip


def _step(rows: Sequence[Measurement]) -> str:
    if any(row.status == "failed" for row in rows):
        return "failed"
    if any(row.status == "ok" for row in rows):
        return "measured"
    return "undefined" if rows[0].pairing in PAIRED else "unpaired"


def _of_claim(estimate: Estimate) -> dict[str, Any]:
    """What the verdict on a claim rests on; a failed clip is analysed, as having every value."""
    return {
        "claim": estimate.id, "asked": estimate.n_clips + estimate.n_undefined, "without_value": estimate.n_undefined,
        "analysed": estimate.n_clips, "of_these_failed": estimate.n_failed, "subjects": estimate.n_subjects,
    }  # fmt: skip
