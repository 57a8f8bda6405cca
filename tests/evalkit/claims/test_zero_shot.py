"""The word zero-shot is refused where anatomy, subject, file or source was seen, or where nobody can tell."""

from typing import Any

import pytest

from evalkit.claims.zero_shot import why_not_zero_shot
from translator.weights import find_weights

CLIP: dict[str, Any] = {"clip_id": "c1", "subject_id": "s1", "anatomy": "liver", "site": None, "origin": None}


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    """The card of the shipped weights with one training source of our own."""
    source = {"name": "Clinic A", "licence": "x", "anatomies": ["heart", "phantom kidney"], "subjects": ["p1"],
              "file_sha256": ["ab" * 32]}  # fmt: skip
    return {**find_weights("cardiac").card.model_dump(), "training_sources": [source]}


@pytest.mark.parametrize(
    ("changes", "inputs", "words"),
    [
        ({}, {}, ""),
        ({"anatomy": "Heart"}, {}, "was trained on the anatomy Heart"),
        ({"anatomy": "kidney"}, {}, "was trained on the anatomy kidney"),
        ({"subject_id": "p1"}, {}, "was trained on subject p1"),
        ({}, {"c1": {"cfd": "ab" * 32}}, "was trained on files of clip c1"),
        ({"origin": "ab" * 32}, {}, "was trained on files of clip c1"),
        ({"site": "Clinic A"}, {}, "was trained on the source Clinic A"),
        ({"anatomy": None}, {}, "the manifest has no anatomy of clip c1"),
    ],
)
def test_what_was_seen_is_named(
    card: dict[str, Any], changes: dict[str, Any], inputs: dict[str, dict[str, str]], words: str
) -> None:
    found = why_not_zero_shot("mine", card, [CLIP | changes], inputs)
    assert words in found
    assert bool(found) == bool(words)


def test_all_that_overlaps_is_named_at_once(card: dict[str, Any]) -> None:
    found = why_not_zero_shot("mine", card, [CLIP | {"anatomy": "heart", "subject_id": "p1"}], {})
    assert found == "mine was trained on the anatomy heart; mine was trained on subject p1"


def test_without_a_card_nothing_is_called_unseen() -> None:
    assert "has no model card" in why_not_zero_shot("mine", None, [CLIP], {})
