"""Clips that every run exhibits, with the arms of all of them in step."""

import json
from typing import Any

from evalkit.pseudonyms import Pseudonyms
from reports.comparison.pairing import Pairing, Side
from reports.gallery.exhibit import TRUTH, exhibit_panels
from reports.gallery.montage import montage
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.sections.gallery import Shown, exhibit_of, key
from translator.clips.clip import Clip


def section(pairing: Pairing, room: int) -> Section | None:
    """The gallery in at most about `room` bytes; none where no clip is exhibited by all runs."""
    indices = [_index(side) for side in pairing.sides]
    common = [name for name in indices[0] if name in pairing.clips and all(name in index for index in indices)]
    subjects = {row.clip_id: row.subject_id for row in pairing.sides[0].view.run.measurements}
    clips = []
    for name in common:
        shown = [index[name] for index in indices]
        made = montage(_panels(pairing, shown))
        thinned = ""
        if made is not None and made.size > room:
            made, thinned = (made.as_still(), "shown as a still") if len(made.still) <= room else (None, "left out")
        room -= 0 if made is None else made.size
        names = pairing.sides[0].view.names
        pictures = {what: said for what, said in shown[0]["pictures"].items() if what in ("cfd", "real")}
        about = {
            **names.within({**shown[0], "pictures": pictures}),
            "clip_id": name,
            "why": _why(pairing, shown, names),
        }
        clips.append(Shown(about, subjects.get(name, "no subject"), made, thinned))
    if not clips:
        return None
    context = {"clips": clips, "thinned": [clip for clip in clips if clip.thinned], "key": key()}
    return Section("gallery", "What the clips look like", rendered("comparison/gallery.html.j2", **context))


def _index(side: Side) -> dict[str, dict[str, Any]]:
    """The exhibits of a run by the name that is shown."""
    path = side.view.run.folder / "exhibits" / "index.json"
    clips = json.loads(path.read_text(encoding="utf-8"))["clips"]
    return {side.view.names.clips[clip["clip_id"]]: clip for clip in clips}


def _why(pairing: Pairing, shown: list[dict[str, Any]], names: Pseudonyms) -> str:
    """Each run's own reason."""
    return "; ".join(f"{s.letter}: {names.text(clip['why'])}" for s, clip in zip(pairing.sides, shown, strict=True))


def _panels(pairing: Pairing, shown: list[dict[str, Any]]) -> dict[str, Clip]:
    """What is given once, then arms, truth, differences and evidence of all runs, each under its run's letter."""
    given: dict[str, Clip] = {}
    groups: dict[str, dict[str, Clip]] = {"arm": {}, "truth": {}, "difference": {}, "side": {}}
    for side, clip in zip(pairing.sides, shown, strict=True):
        exhibit = exhibit_of(side.view.run.folder / "exhibits", clip)
        for caption, panel in exhibit_panels(exhibit, side.view.arms).items():
            arm, _, what = caption.partition(": ")
            if arm in side.view.arms:
                kind = "arm" if not what else "difference" if what == "difference" else "side"
                groups[kind][f"{side.letter} {caption}"] = panel
            elif caption == TRUTH:
                groups["truth"].setdefault(caption, panel)
            else:
                given.setdefault(caption, panel)
    panels = {**given, **groups["arm"], **groups["truth"], **groups["difference"], **groups["side"]}
    size = next(iter(panels.values())).header.shape[:3] if panels else ()
    return {caption: panel for caption, panel in panels.items() if panel.header.shape[:3] == size}
