"""Model card: every fault at once, and what the weights have seen."""

import json
from pathlib import Path
from typing import Any

import pytest

from translator.card import ModelCard, TrainingSource, read_card
from translator.errors import InputError


def _card() -> dict[str, Any]:
    return {
        "schema_version": 2, "name": "n", "summary": "s", "design": {"preset": "micro"}, "weights_sha256": "0" * 64,
        "evidence_version": 1, "training_command": "c", "training_config_sha256": "1" * 64, "seed": 0, "steps": 1,
        "losses": "L1", "limits": ["none known"],
        "training_sources": [
            {"name": "a", "licence": "MIT", "subjects": ["s1", "s2"], "file_sha256": ["aa"]},
            {"name": "b", "licence": "CC0-1.0", "subjects": ["s2", "s3"]},
        ],
    }  # fmt: skip


def _read(folder: Path, card: dict[str, Any]) -> ModelCard:
    (folder / "n.card.json").write_text(json.dumps(card), encoding="utf-8")
    return read_card(folder / "n.card.json")


def test_a_good_card_knows_its_subjects_and_files(tmp_path: Path) -> None:
    card = _read(tmp_path, _card())
    assert card.training_subjects == {"s1", "s2", "s3"}
    assert card.training_files == {"aa"}
    assert card.licence == "Apache-2.0"


def test_what_is_dumped_is_read_back(tmp_path: Path) -> None:
    card = _read(tmp_path, _card())
    assert _read(tmp_path, card.model_dump()) == card


def test_a_card_lists_all_its_faults_by_place(tmp_path: Path) -> None:
    card = _card()
    del card["design"]
    card["seed"] = "many"
    card["colour"] = "red"
    card["schema_version"] = 1
    del card["training_sources"][1]["licence"]
    with pytest.raises(InputError) as caught:
        _read(tmp_path, card)
    path = tmp_path / "n.card.json"
    assert {fault.where for fault in caught.value.faults} == {
        f"{path}: {place}" for place in ("design", "seed", "colour", "schema_version", "training_sources.1.licence")
    }


def test_a_missing_card_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.card\.json: cannot be read") as caught:
        read_card(tmp_path / "no.card.json")
    assert "card" in caught.value.faults[0].remedy


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe\x00"], ids=["empty", "half", "list", "not UTF-8"])
def test_a_card_that_is_no_json_object_is_bad_input(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "n.card.json").write_bytes(data)
    with pytest.raises(InputError, match=r"n\.card\.json"):
        read_card(tmp_path / "n.card.json")


def test_a_card_cannot_be_changed_after_it_was_read() -> None:
    source = TrainingSource(name="a", licence="MIT", subjects=["s"])
    with pytest.raises(ValueError, match="frozen"):
        source.licence = "none"
