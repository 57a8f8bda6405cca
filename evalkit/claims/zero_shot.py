"""May a claim say "zero-shot"? Only where the arm's model card shares nothing with the clips: no anatomy, subject or
file, and no source.

A phantom of an organ counts as the organ. What neither card nor manifest tells is not called unseen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from translator.card import ModelCard

_SHOWN = 3


def why_not_zero_shot(
    arm: str,
    card: Mapping[str, Any] | None,
    clips: Iterable[Mapping[str, Any]],
    inputs: Mapping[str, Mapping[str, str]],
) -> str:
    """What the arm has seen of these clips (rows of the manifest), in words; empty where it has seen nothing.

    `card` is the arm's model card as JSON; `inputs` is clip_id -> column -> SHA-256.
    """
    if card is None:
        return f"{arm} has no model card, so nobody can tell what it was trained on"
    known, rows = ModelCard.model_validate(card), list(clips)
    unstated = [str(row["clip_id"]) for row in rows if not row["anatomy"]]
    if unstated:
        return f"the manifest has no anatomy of {_some(unstated, 'clip')}, which then cannot be called unseen"
    if not known.anatomies:
        return f"the model card of {arm} lists no anatomy"
    return "; ".join(_overlaps(arm, known, rows, inputs))


def _overlaps(
    arm: str, card: ModelCard, rows: list[Mapping[str, Any]], inputs: Mapping[str, Mapping[str, str]]
) -> Iterable[str]:
    trained = {_organ(name) for name in card.anatomies}
    anatomies = sorted({str(row["anatomy"]) for row in rows if _organ(str(row["anatomy"])) in trained})
    if anatomies:
        yield f"{arm} was trained on the anatomy {' and '.join(anatomies)}"
    subjects = sorted({str(row["subject_id"]) for row in rows} & card.training_subjects)
    if subjects:
        yield f"{arm} was trained on {_some(subjects, 'subject')}"
    files = [str(row["clip_id"]) for row in rows
             if card.training_files & {*inputs.get(str(row["clip_id"]), {}).values(), row.get("origin")}]  # fmt: skip
    if files:
        yield f"{arm} was trained on files of {_some(files, 'clip')}"
    sources = {source.name for source in card.training_sources}
    shared = sorted({str(row["site"]) for row in rows if row.get("site")} & sources)
    if shared:
        yield f"{arm} was trained on the source {' and '.join(shared)}"


def _organ(name: str) -> str:
    return name.lower().removeprefix("phantom ").strip()


def _some(names: list[str], noun: str) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{noun}{'s' * (len(names) != 1)} {', '.join(names[:_SHOWN])}{more}"
