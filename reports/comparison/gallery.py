"""Clips that every run exhibits, with the arms of all of them in step."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from reports.comparison.pairing import Pairing, Side
from reports.gallery.exhibit import TRUTH, exhibit_panels
from reports.gallery.fit import fitted
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.sections.gallery import Shown, exhibit_of, key
from translator.clips.clip import Clip

Stored = Sequence[tuple[Side, dict[str, Any]]]  # the runs that exhibit a clip, and what their indices say of it


def section(pairing: Pairing, room: int) -> Section | None:
    """The gallery in at most about `room` bytes; none where no clip is exhibited by all runs."""
    found = exhibited(pairing)
    common = [name for name, shown in found.items() if name in pairing.clips and len(shown) == len(pairing.sides)]
    if not common:
        return None
    clips = in_step([(name, found[name]) for name in common], pairing, room)
    context = {"clips": clips, "thinned": [clip for clip in clips if clip.thinned], "key": key()}
    return Section("gallery", "What the clips look like", rendered("comparison/gallery.html.j2", **context))


def exhibited(pairing: Pairing) -> Mapping[str, Stored]:
    """Every clip that some run exhibits, by the name that is shown: each such run with its row of the index."""
    found: dict[str, list[tuple[Side, dict[str, Any]]]] = {}
    for side in pairing.sides:
        for name, clip in _index(side).items():
            found.setdefault(name, []).append((side, clip))
    return found


def in_step(
    wanted: Sequence[tuple[str, Stored]], pairing: Pairing, room: int, arms: Mapping[str, Sequence[str]] | None = None
) -> list[Shown]:
    """Clips with the arms of all runs that exhibit them, thinned to about `room` bytes; `arms`: by letter, else all."""
    names, clips = pairing.sides[0].view.names, []
    subjects = {row.clip_id: row.subject_id for row in pairing.sides[0].view.run.measurements}
    made = fitted([partial(_panels, shown, arms or {}) for _, shown in wanted], room)
    for (name, shown), (picture, thinned) in zip(wanted, made, strict=True):
        first = shown[0][1]
        pictures = {what: said for what, said in first["pictures"].items() if what in ("cfd", "real")}
        why = "; ".join(f"{side.letter}: {names.text(clip['why'])}" for side, clip in shown)
        about = {**names.within({**first, "pictures": pictures}), "clip_id": name, "why": why}
        clips.append(Shown(about, subjects.get(name, "no subject"), picture, thinned))
    return clips


def _index(side: Side) -> dict[str, dict[str, Any]]:
    """The exhibits of a run by the name that is shown."""
    path = side.view.run.folder / "exhibits" / "index.json"
    clips = json.loads(path.read_text(encoding="utf-8"))["clips"]
    return {side.view.names.clips[clip["clip_id"]]: clip for clip in clips}


def _panels(shown: Stored, arms: Mapping[str, Sequence[str]]) -> dict[str, Clip]:
    """What is given once, then arms, truth, differences and evidence of all runs, each under its run's letter."""
    given: dict[str, Clip] = {}
    groups: dict[str, dict[str, Clip]] = {"arm": {}, "truth": {}, "difference": {}, "side": {}}
    for side, clip in shown:
        exhibit = exhibit_of(side.view.run.folder / "exhibits", clip)
        ours = arms.get(side.letter, side.view.arms)
        for caption, panel in exhibit_panels(exhibit, ours).items():
            arm, _, what = caption.partition(": ")
            if arm in ours:
                kind = "arm" if not what else "difference" if what == "difference" else "side"
                groups[kind][f"{side.letter} {caption}"] = panel
            elif caption == TRUTH:
                groups["truth"].setdefault(caption, panel)
            else:
                given.setdefault(caption, panel)
    panels = {**given, **groups["arm"], **groups["truth"], **groups["difference"], **groups["side"]}
    size = next(iter(panels.values())).header.shape[:3] if panels else ()
    return {caption: panel for caption, panel in panels.items() if panel.header.shape[:3] == size}
