"""Model cards of the arms, and a data sheet of the clips: from what the plan holds, and "not stated" elsewhere.

Model cards after Mitchell et al. 2019, doi:10.1145/3287560.3287596; data sheet after Gebru et al. 2021,
doi:10.1145/3458723.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from evalkit.pseudonyms import Pseudonyms
from reports.packet.context import NOT_STATED, ContextOfUse
from reports.packet.tables import renamed_json
from translator.artefacts import canonical_json
from translator.card import ModelCard
from translator.card_text import card_markdown

_TOLD = ("anatomy", "view", "domain", "site", "scanner", "pairing", "licence")


def model_cards(plan: Mapping[str, Any], names: Pseudonyms) -> dict[str, bytes]:
    """`cards/model-N.md` of each arm, in the order of their names."""
    return {
        f"cards/model-{number}.md": _card(arm, about["card"], renamed_json(about["identity"], names), names).encode()
        for number, (arm, about) in enumerate(sorted(plan["arms"].items()))
    }


def _card(arm: str, card: Mapping[str, Any] | None, identity: Any, names: Pseudonyms) -> str:
    head = f"Arm `{arm}` of the study. What the plan was frozen with: `{canonical_json(identity)}`\n\n"
    if card is None:
        return f"# {arm}\n\n{head}Training data, use and limits: {NOT_STATED}; this arm came without a model card.\n"
    try:
        text = card_markdown(ModelCard.model_validate(card))  # has the numbers of subjects and clips, not their names
    except ValidationError:
        return f"# {arm}\n\n{head}Its model card is of a version that is not read here; it stands in run/plan.json.\n"
    return names.text(text) + f"\n{head}"


def data_sheet(plan: Mapping[str, Any], context: ContextOfUse) -> bytes:
    """`cards/data-sheet.md`: the clips that the study was run on, and those that its tasks fitted models to."""
    lines = ["# Data sheet", "", "## Composition", ""]
    lines += _composition("Clips on trial", plan["clips"], plan["inputs"])
    training = plan.get("training", {})
    if training.get("clips"):
        lines += ["", *_composition("Clips that tasks fitted models to", training["clips"], training["inputs"])]
    lines += [
        "",
        "Ages, sexes, diagnoses and other characteristics of subjects: not stated; a manifest has no columns for them.",
    ]
    lines += [
        "",
        "## Identity",
        "",
        "Clips and subjects stand under pseudonyms, except where run/pseudonyms.csv is packed.",
    ]
    lines += ["Files are told by the SHA-256 in inputs/hashes.csv."]
    lines += ["", "## Collection, consent, terms", "", f"Ethics and consent: {context.ethics}"]
    for question in ("Why the data were collected", "How subjects and clips were chosen", "Acquisition protocol",
                     "Preprocessing before this study", "Who keeps the data, and for how long"):  # fmt: skip
        lines.append(f"{question}: {NOT_STATED}")
    lines += ["", "## Use", "", f"Intended use: {context.intended_use}", f"Not to be used for: {context.outside}"]
    return ("\n".join(lines) + "\n").encode()


def _composition(title: str, clips: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> list[str]:
    subjects = {clip["subject_id"] for clip in clips}
    lines = [f"{title}: {len(clips)} of {len(subjects)} subjects, {sum(map(len, inputs.values()))} files.", ""]
    lines += ["| column | value | clips | subjects |", "|---|---|---|---|"]
    for column in _TOLD:
        counted = Counter(str(clip.get(column) or NOT_STATED) for clip in clips)
        for value, count in sorted(counted.items()):
            people = {c["subject_id"] for c in clips if str(c.get(column) or NOT_STATED) == value}
            lines.append(f"| {column} | {value.replace('|', '/')} | {count} | {len(people)} |")
    return lines
