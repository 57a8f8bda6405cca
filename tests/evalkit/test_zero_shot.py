"""The guard over the word zero-shot: every way in which a clip can be known to a generator is told."""

from typing import Any

import pytest

from evalkit.zero_shot import organ, overlaps
from tests.evalkit.cards import card_of
from translator.card import TrainingSource
from translator.clips.manifest import Entry


def _source(**more: Any) -> TrainingSource:
    about = {"name": "site one", "licence": "x", "anatomies": ["heart", "phantom kidney"], "subjects": ["s1"],
             "clips": ["c1"], "file_sha256": ["f1"]}  # fmt: skip
    return TrainingSource.model_validate({**about, **more})


def _entry(**more: Any) -> Entry:
    about = {"clip_id": "c9", "subject_id": "s9", "split": "test", "anatomy": "liver", "greyscale": "x"}
    return Entry.model_validate({**about, **more})


def _told(entry: Entry, **source: Any) -> list[tuple[str, str]]:
    found = overlaps(card_of([_source(**source)]), [entry], {"c9": {"greyscale": "f9"}, "c8": {"greyscale": "f1"}})
    return [(each.kind, each.what) for each in found]


def test_an_anatomy_subject_source_and_file_that_the_card_does_not_list_are_unseen() -> None:
    assert _told(_entry()) == []


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        ({"anatomy": "Heart"}, "anatomy", "anatomy 'Heart' is on the model card"),
        ({"anatomy": "cardiac"}, "anatomy", "'cardiac'"),
        ({"anatomy": "kidney"}, "anatomy", "'kidney'"),  # seen as a phantom
        ({"anatomy": None}, "anatomy not stated", "the manifest does not state"),
        ({"subject_id": "s1"}, "subject", "a subject is on"),
        ({"site": "Site one"}, "source", "source 'Site one'"),
        ({"domain": "site one"}, "source", "source 'site one'"),
        ({"clip_id": "c1"}, "source", "a clip, by its name"),
        ({"clip_id": "c8"}, "file", "a file of the clip"),
        ({"origin": "f1"}, "file", "painted over"),
    ],
)
def test_what_overlaps_is_named(entry: dict[str, Any], kind: str, words: str) -> None:
    ((found, what),) = _told(_entry(**entry))
    assert found == kind
    assert words in what


def test_what_a_card_does_not_say_cannot_be_ruled_out() -> None:
    assert [kind for kind, _ in _told(_entry(), anatomies=[])] == ["anatomy not stated"]
    (none,) = overlaps(None, [_entry(), _entry(clip_id="c8")], {})
    assert str(none) == "the arm has no model card, so what it has seen is not known (2 clips)"
    (silent,) = overlaps(card_of([]), [_entry()], {})
    assert silent.what == "the card lists no training source"


def test_every_clip_that_overlaps_is_told_under_its_reason() -> None:
    clips = [_entry(clip_id=f"h{i}", anatomy="heart") for i in range(5)] + [_entry()]
    (found,) = overlaps(card_of([_source()]), clips, {})
    assert found.clips == ("h0", "h1", "h2", "h3", "h4")
    assert str(found).endswith("(5 clips)")


@pytest.mark.parametrize(
    ("name", "plain"),
    [("phantom a4c", "heart"), ("phantom fetal-heart", "fetal heart"), ("Fetal-Head", "fetal head"),
     ("eye phantom", "eye"), ("renal", "kidney"), ("fetal heart", "fetal heart")],
)  # fmt: skip
def test_anatomies_are_compared_as_organs(name: str, plain: str) -> None:
    assert organ(name) == plain
