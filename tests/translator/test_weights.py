"""Weights: found by name or path, and only with the card that describes them."""

import hashlib
import json
import os
from importlib import invalidate_caches
from pathlib import Path

import pytest

from translator import weights
from translator.errors import InputError
from translator.pins import PINS, Pin
from translator.weights import WeightsAbsentError, find_pinned, find_weights, read_pinned, shipped_names, use_folder


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


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pin:
    """A pin of the text `weights`; no folder, package or hub of this machine is looked into."""
    made = Pin("made", "made.pth", hashlib.sha256(b"weights").hexdigest(), "CC0-1.0", "here", "tests",
               package="made_up", member="inside/made.pth", install="made-up==1", in_hub=True)  # fmt: skip
    monkeypatch.setitem(PINS, "made", made)
    monkeypatch.setenv("SONOPROOF_WEIGHTS", "")  # restored afterwards, whatever use_folder made of it
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return made


def _put(path: Path, data: bytes = b"weights") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    invalidate_caches()  # a package may have come into being
    return path


def test_places_are_searched_in_their_order(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _put(tmp_path / "torch/hub/checkpoints/made.pth")
    assert find_pinned("made") == (hub, "torch hub cache")
    _put(tmp_path / "site/made_up/__init__.py", b"raise RuntimeError('a package is not imported for its weights')")
    carried = _put(tmp_path / "site/made_up/inside/made.pth")
    assert find_pinned("made") == (carried, "package made_up")
    second = _put(tmp_path / "b/made.pth")
    monkeypatch.setenv("SONOPROOF_WEIGHTS", f"{tmp_path / 'empty'}{os.pathsep}{tmp_path / 'b'}")
    assert find_pinned("made").path == second
    first = _put(tmp_path / "a/made.pth")
    use_folder(tmp_path / "a")
    assert find_pinned("made").path == first
    assert read_pinned("made").read() == b"weights"


def test_absent_weights_say_what_to_do(pin: Pin) -> None:
    with pytest.raises(WeightsAbsentError, match=r"^not computed: weights absent: no made\.pth") as caught:
        find_pinned("made")
    assert "pip install made-up==1" in str(caught.value)
    assert "sonoproof weights fetch made" in str(caught.value)


def test_a_file_of_another_hash_is_refused_and_no_later_place_stands_in(pin: Pin, tmp_path: Path) -> None:
    _put(tmp_path / "torch/hub/checkpoints/made.pth")
    _put(tmp_path / "a/made.pth", b"other")
    use_folder(tmp_path / "a")
    with pytest.raises(InputError, match="It is not the file that this version knows") as caught:
        read_pinned("made")
    assert not isinstance(caught.value, WeightsAbsentError)
    assert hashlib.sha256(b"other").hexdigest()[:16] in str(caught.value)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of weights"):
        use_folder(tmp_path / "no")


def test_a_carried_generator_is_found_by_name_but_never_in_place_of_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    for folder in ("shipped", "carried"):
        (tmp_path / folder).mkdir()
        _pair(tmp_path / folder, "all")
    path = _pair(tmp_path / "carried", "ours")
    monkeypatch.setenv("SONOPROOF_WEIGHTS", str(tmp_path / "carried"))
    assert find_weights("ours").path == path
    assert find_weights("all").path.parent.name == "shipped"


@pytest.mark.parametrize("name", list(PINS))
def test_each_pin_says_its_hash_its_licence_and_how_to_get_it(name: str) -> None:
    known = PINS[name]
    assert len(bytes.fromhex(known.sha256)) == 32
    assert known.licence
    assert known.source
    assert known.install or known.url.startswith("https://")
    assert Path(known.file).name == known.file
