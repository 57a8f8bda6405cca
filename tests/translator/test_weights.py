"""Weights: found by name or path, and only with the card that describes them."""

import hashlib
import json
from pathlib import Path

import pytest

from translator import weights
from translator.errors import InputError
from translator.weights import find_weights, shipped_names


def _pair(folder: Path, name: str, data: bytes = b"weights", said: bytes = b"weights") -> Path:
    card = {
        "name": name, "summary": "", "design": {"preset": "micro"}, "weights_sha256": hashlib.sha256(said).hexdigest(),
        "evidence_version": 1, "training_sources": [], "training_command": "", "training_config_sha256": "",
        "seed": 0, "steps": 0, "losses": "", "limits": [],
    }  # fmt: skip
    (folder / f"{name}.safetensors").write_bytes(data)
    (folder / f"{name}.card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder / f"{name}.safetensors"


def test_weights_are_found_by_path_with_their_card(tmp_path: Path) -> None:
    path = _pair(tmp_path, "own.v2")
    found = find_weights(str(path))
    assert found.path == path
    assert found.card.name == "own.v2"


def test_weights_are_found_by_their_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    path = _pair(tmp_path, "large")
    _pair(tmp_path, "tiny")
    assert shipped_names() == ["large", "tiny"]
    assert find_weights("large").path == path


def test_an_unknown_name_lists_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    with pytest.raises(InputError, match="shipped: none"):
        find_weights("huge")
    _pair(tmp_path, "large")
    _pair(tmp_path, "tiny")
    with pytest.raises(InputError, match=r"weights 'huge': not known; shipped: large, tiny\. Give"):
        find_weights("huge")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ""])
def test_a_name_cannot_leave_the_shipped_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "shipped").mkdir()
    _pair(tmp_path, "secret")
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    with pytest.raises(InputError, match="not known"):
        find_weights(name)


def test_weights_that_are_not_those_of_the_card_are_refused_with_both_hashes(tmp_path: Path) -> None:
    path = _pair(tmp_path, "a", b"weights", b"other weights")
    with pytest.raises(InputError) as caught:
        find_weights(str(path))
    text = str(caught.value)
    assert hashlib.sha256(b"weights").hexdigest()[:16] in text
    assert hashlib.sha256(b"other weights").hexdigest()[:16] in text
    assert caught.value.faults[0].remedy


def test_a_missing_file_and_a_missing_card_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.safetensors: does not exist"):
        find_weights(str(tmp_path / "no.safetensors"))
    (tmp_path / "a.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match=r"a\.card\.json: cannot be read"):
        find_weights(str(tmp_path / "a.safetensors"))


@pytest.mark.parametrize("name", shipped_names())
def test_the_weights_that_are_shipped_belong_to_their_cards(name: str) -> None:
    assert find_weights(name).card.name == name
