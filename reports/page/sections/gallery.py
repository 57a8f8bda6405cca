"""The gallery: what the clips look like, within the room that the page leaves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reports.gallery.evidence import COLOURS, SCALE_TOP, scale_colours
from reports.gallery.exhibit import Exhibit, exhibit_panels
from reports.gallery.fit import fitted
from reports.gallery.montage import Montage
from reports.gallery.shares import origins_of
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View
from translator.fill.origins import CARRIED_OVER, INVENTED

_KEPT_LONGEST = ("worst", "median", "best")  # what is thinned last


@dataclass(frozen=True)
class Shown:
    """One clip of the gallery: its row in the run's index under pseudonyms, and what shows it, if anything does."""

    about: dict[str, Any]
    subject: str
    montage: Montage | None
    thinned: str = ""


def section(view: View, room: int) -> Section:
    """The gallery in at most about `room` bytes; what had to go is named."""
    folder = view.run.folder / "exhibits"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    homes = [(folder / clip["clip_id"], clip.get("beside", {})) for clip in index["clips"]]
    origins = origins_of(homes, view.arms)
    columns = ("arm", "clips", "carried_over_share", "invented_share", "mean_expected_error")
    table = ((o.arm, o.clips, o.count.carried_over_share, o.count.invented_share, o.count.mean_uncertainty)
             for o in origins)  # fmt: skip
    clips = _clips(view, index["clips"], folder, room)
    context = {
        "rule": view.names.text(index["rule"]),
        "clips": clips,
        "origins": origins,
        "origins_data": csv_download("origins.csv", columns, table),
        "key": key(),
        "thinned": [clip for clip in clips if clip.thinned],
    }
    return Section("gallery", "What the clips look like", rendered("sections/gallery.html.j2", **context))


def _clips(view: View, index: Sequence[dict[str, Any]], folder: Path, room: int) -> list[Shown]:
    """Every clip in the index's order, given room in the order of `_rank`: as video, else as a still, else not."""
    subjects = {clip["clip_id"]: clip["subject_id"] for clip in view.run.plan["clips"]}
    found: dict[int, Shown] = {}
    order = sorted(range(len(index)), key=lambda i: (_rank(index[i]["why"]), i))
    panels = [partial(exhibit_panels, exhibit_of(folder, index[place]), view.arms) for place in order]
    for place, (made, thinned) in zip(order, fitted(panels, room), strict=True):
        clip = index[place]
        name = view.names.clips[clip["clip_id"]]
        about = {**view.names.within(clip), "clip_id": name}
        found[place] = Shown(about, subjects[name], made, thinned)
    return [found[place] for place in sorted(found)]


def exhibit_of(folder: Path, clip: dict[str, Any]) -> Exhibit:
    """What the index of the exhibits in `folder` says of a clip; folders have the real clip_ids."""
    simulated = clip["pairing"] == "simulated"
    return Exhibit(folder / clip["clip_id"], clip["pictures"], simulated, clip.get("beside", {}))


def _rank(why: str) -> int:
    """Worst, median and best keep their place longest, then what the study names, then what was drawn."""
    ranks = (0 if each.startswith(_KEPT_LONGEST) else 2 if each.startswith("drawn") else 1 for each in why.split("; "))
    return min(ranks)


def key() -> dict[str, Any]:
    """The colours of evidence, uncertainty and differences, as CSS."""
    stops = [_css(colour) for colour in scale_colours()[::51].tolist()]
    return {
        "carried_over": _css(COLOURS[CARRIED_OVER]),
        "invented": _css(COLOURS[INVENTED]),
        "scale": f"linear-gradient(to right, {', '.join(stops)})",
        "top": SCALE_TOP,
    }


def _css(colour: Sequence[int]) -> str:
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"
