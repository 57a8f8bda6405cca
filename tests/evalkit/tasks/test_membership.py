"""Who is in a generator's training set by its card: file, clip, subject, and what is not clear."""

import pytest

from evalkit.tasks.membership import membership
from tests.evalkit.tasks.benches import card_of, source
from translator.clips.manifest import Entry

CLIP = Entry(clip_id="c", subject_id="s", split="train", greyscale="g", origin="painted-over")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (source(["s"]), "member"),
        (source(["s"], ["c"]), "member"),
        (source(["other"], [], ["digest"]), "member"),
        (source(["other"], [], ["painted-over"]), "member"),
        (source(["s"], ["another"]), "unclear"),
        (source(["s"], [], ["another"]), "unclear"),
        (source(["other"], ["c"]), "nonmember"),
        (source(["other"]), "nonmember"),
    ],
)
def test_membership_is_by_file_or_clip_or_where_neither_is_listed_by_subject(listed: object, expected: str) -> None:
    assert membership(card_of(listed), CLIP, {"greyscale": "digest"}) == expected  # type: ignore[arg-type]


def test_one_source_that_holds_the_clip_is_enough() -> None:
    assert membership(card_of(source(["s"], ["x"]), source(["s"])), CLIP, {}) == "member"
    assert membership(card_of(), CLIP, {}) == "nonmember"
