"""What the page shows of diversity: clips by level before and after translation, of a study in which any is added."""

from typing import Any

from evalkit.diversity import COLUMNS, OfColumn, of_column, usable
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.figures.diversity import level_bars
from translator.clips.manifest import FILES, Entry

_RESAMPLES = 1_999  # the page is drawn again and again; `sonoproof diversity` takes five times as many
_MOST_LEVELS = 60


def diversity_part(run: Run, names: Pseudonyms) -> dict[str, Any] | None:
    """Tables and a figure of each filled column; None where no clip of the population has colour Doppler only.

    Levels that hold an id are shown under `names`.
    """
    wanted, inputs = run.plan["study"]["population"], run.plan["inputs"]
    chosen = [clip for clip in run.plan["clips"] if all(clip[column] == value for column, value in wanted.items())]
    entries = [_entry(clip, inputs[clip["clip_id"]], names) for clip in chosen]
    clips = usable(entries)
    if not any(clip.added for clip in clips):
        return None
    columns = [name for name in COLUMNS if len({getattr(entry, name) for entry in entries} - {None}) > 1]
    found: list[OfColumn] = [of_column(clips, name, n_resamples=_RESAMPLES) for name in columns]
    return {
        "before": sum(clip.before for clip in clips),
        "added": sum(clip.added for clip in clips),
        "columns": [{"of": one, "levels": one.levels[:_MOST_LEVELS]} for one in found],
        "plot": level_bars(found) if found else "",
        "resamples": _RESAMPLES,
    }


def _entry(clip: dict[str, Any], files: dict[str, str], names: Pseudonyms) -> Entry:
    """The manifest's row, with digests in the place of file names."""
    levels = {column: None if (text := clip.get(column)) is None else names.text(text) for column in COLUMNS}
    # a name that stands for an id need not be one
    return Entry.model_construct(**{**clip, **levels, **{column: files.get(column) for column in FILES}})
