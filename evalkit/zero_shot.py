"""Is a clip unseen? A guard over the word zero-shot, for any metric or task.

A clip is unseen by a generator if its model card lists neither the clip's anatomy, nor its subject, nor its source
(domain, site or clip name), nor one of its files. What the card does not say cannot be ruled out: without a card,
without an anatomy on the clip, or with a source of training clips that states no anatomies, nothing is zero-shot.

Anatomies are compared as organs: a card's `phantom a4c` is the heart, and an organ that was seen only as a phantom
counts as seen. Letters' case, hyphens and common adjectives (cardiac for heart) make no difference. Other words for one
organ, or a part of an organ, are not recognised: whoever names the anatomies answers for them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from translator.card import ModelCard
from translator.clips.manifest import Entry
from translator.simulate.anatomies import ANATOMIES

Kind = Literal["no card", "anatomy", "anatomy not stated", "subject", "source", "file"]
_ADJECTIVES = {"cardiac": "heart", "echo": "heart", "echocardiography": "heart", "renal": "kidney", "hepatic": "liver",
               "pulmonary": "lung", "muscular": "muscle", "fetal cardiac": "fetal heart"}  # fmt: skip


@dataclass(frozen=True)
class Overlap:
    """One way in which clips are not shown to be unseen: what overlaps, and on which clips."""

    kind: Kind
    what: str
    clips: tuple[str, ...]

    def __str__(self) -> str:
        """In words, for a note, without ids: notes are read by others than those who may know them."""
        many = len(self.clips)
        return f"{self.what} ({many} clip{'s' * (many != 1)})"


def organ(name: str) -> str:
    """An anatomy as it is compared; a phantom's is the organ that it shows."""
    plain = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    phantoms = {known.replace("-", " "): anatomy.organ for known, anatomy in ANATOMIES.items()}
    if plain.startswith("phantom "):
        plain = phantoms.get(plain.removeprefix("phantom "), plain.removeprefix("phantom "))
    plain = plain.removesuffix(" phantom")
    return _ADJECTIVES.get(plain, plain)


def seen_organs(card: ModelCard) -> frozenset[str]:
    """Organs that a card says were trained on."""
    return frozenset(organ(name) for name in card.anatomies)


def overlaps(
    card: ModelCard | None, entries: Iterable[Entry], inputs: Mapping[str, Mapping[str, str]]
) -> list[Overlap]:
    """Everything that speaks against calling these clips unseen; empty means zero-shot.

    inputs: clip_id -> column -> SHA-256 of the clip's files.
    """
    found: dict[tuple[Kind, str], list[str]] = defaultdict(list)
    for entry in entries:
        for kind, what in _against(card, entry, set(inputs.get(entry.clip_id, {}).values())):
            found[kind, what].append(entry.clip_id)
    return [Overlap(kind, what, tuple(clips)) for (kind, what), clips in found.items()]


def _against(card: ModelCard | None, entry: Entry, files: Collection[str]) -> list[tuple[Kind, str]]:
    if card is None:
        return [("no card", "the arm has no model card, so what it has seen is not known")]
    found: list[tuple[Kind, str]] = []
    if not card.training_sources:
        found.append(("anatomy not stated", "the card lists no training source"))
    silent = sorted(source.name for source in card.training_sources if not source.anatomies)
    if silent:
        found.append(("anatomy not stated", f"the card does not state the anatomies of {', '.join(silent)}"))
    if entry.anatomy is None:
        found.append(("anatomy not stated", "the manifest does not state the anatomy"))
    elif organ(entry.anatomy) in seen_organs(card):
        found.append(("anatomy", f"anatomy {entry.anatomy!r} is on the model card"))
    if entry.subject_id in card.training_subjects:
        found.append(("subject", "a subject is on the model card"))
    found += [("source", f"{what} is on the model card") for what in _sources(card, entry)]
    if card.training_files & {*files, entry.origin}:
        found.append(("file", "a file of the clip, or the one that it was painted over, is on the model card"))
    return found


def _sources(card: ModelCard, entry: Entry) -> list[str]:
    names = {source.name.lower() for source in card.training_sources}
    clips = {clip for source in card.training_sources for clip in source.clips}
    known = [name for name in (entry.domain, entry.site) if name is not None and name.lower() in names]
    return [f"source {name!r}" for name in known] + (["a clip, by its name,"] if entry.clip_id in clips else [])
