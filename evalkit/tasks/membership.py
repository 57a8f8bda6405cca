"""Which clips a generator was trained on, by its model card."""

from collections.abc import Mapping
from typing import Literal

from translator.card import ModelCard, TrainingSource
from translator.clips.manifest import Entry

Membership = Literal["member", "nonmember", "unclear"]


def membership(card: ModelCard, entry: Entry, digests: Mapping[str, str]) -> Membership:
    """Whether the card's training set holds the clip.

    It does if it lists one of the clip's files (or the one that it was painted over) or its subject and clip_id; or its
    subject, where it lists the subjects of a source and none of its clips. Another clip of a subject whose clips are
    listed is unclear: the generator knows the subject, and not the clip.
    """
    found = {_of_source(source, entry, {*digests.values(), entry.origin}) for source in card.training_sources}
    if "member" in found:
        return "member"
    return "unclear" if "unclear" in found else "nonmember"


def _of_source(source: TrainingSource, entry: Entry, files: set[str | None]) -> Membership:
    known = entry.subject_id in source.subjects
    if files & set(source.file_sha256) or (known and entry.clip_id in source.clips):
        return "member"
    if not known:
        return "nonmember"
    return "unclear" if source.clips or source.file_sha256 else "member"
