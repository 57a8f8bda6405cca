"""Make or reuse: built once, never half, never a cached failure."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from translator.artefacts import Store, canonical_json, digest, file_digest, installed_version, user_cache


class _Builder:
    """Counts its builds and writes one file."""

    def __init__(self) -> None:
        self.builds = 0

    def __call__(self, folder: Path) -> None:
        self.builds += 1
        (folder / "n.txt").write_text(str(self.builds))


def test_canonical_json_sorts_keys_and_has_no_white_space() -> None:
    assert canonical_json({"b": [1, 2.5, None, True], "a": {"ü": "x y"}}) == '{"a":{"ü":"x y"},"b":[1,2.5,null,true]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), {"a": [1.0, float("nan")]}], ids=str)
def test_canonical_json_refuses_what_is_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert digest([]) == hashlib.sha256(b"[]").hexdigest()


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(data)
    assert file_digest(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_an_artefact_is_built_once_and_then_found(tmp_path: Path) -> None:
    build = _Builder()
    first = Store(tmp_path / "store").make("stage", 1, {"a": 1}, {"x": "00"}, build)
    again = Store(tmp_path / "store").make("stage", 1, {"a": 1}, {"x": "00"}, build)
    assert first == again
    assert build.builds == 1
    assert (again / "n.txt").read_text() == "1"


@pytest.mark.parametrize(
    ("stage", "version", "params", "inputs"),
    [
        ("other", 1, {"a": 1}, {"x": "00"}),
        ("stage", 2, {"a": 1}, {"x": "00"}),
        ("stage", 1, {"a": 2}, {"x": "00"}),
        ("stage", 1, {"a": 1, "b": 1}, {"x": "00"}),
        ("stage", 1, {"a": 1}, {"x": "01"}),
        ("stage", 1, {"a": 1}, {"y": "00"}),
        ("stage", 1, {}, {"a": "1", "x": "00"}),
    ],
    ids=["stage", "version", "parameter", "new parameter", "input", "input's name", "parameter as input"],
)
def test_whatever_changes_the_key_is_built_anew(
    tmp_path: Path, stage: str, version: int, params: dict[str, Any], inputs: dict[str, str]
) -> None:
    store, build = Store(tmp_path), _Builder()
    first = store.make("stage", 1, {"a": 1}, {"x": "00"}, build)
    assert store.make(stage, version, params, inputs, build) != first
    assert build.builds == 2


def test_another_version_of_a_library_builds_anew_and_the_same_ones_do_not(tmp_path: Path) -> None:
    build = _Builder()
    made = [
        Store(tmp_path, libraries).make("stage", 1, {}, {}, build)
        for libraries in (None, {"numpy": "1"}, {"numpy": "2"}, {"numpy": "1"}, None)
    ]
    assert build.builds == 3
    assert made[0] == made[4]
    assert made[1] == made[3]


def test_the_libraries_that_compute_are_in_every_key_as_installed() -> None:
    libraries = Store(Path("nowhere")).libraries
    assert libraries["numpy"] == np.__version__
    assert {"opencv-python-headless", "scipy", "torch"} <= libraries.keys()
    assert installed_version("no-such-distribution") == "not installed as a distribution"


def _failing(error: Exception) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "half.txt").write_text("half")
        raise error

    return build


@pytest.mark.parametrize("error", [ValueError("no"), OSError("disk full"), KeyError("x")], ids=repr)
def test_a_failure_leaves_nothing_and_is_tried_again(tmp_path: Path, error: Exception) -> None:
    store, build = Store(tmp_path), _Builder()
    with pytest.raises(type(error)):
        store.make("stage", 1, {}, {}, _failing(error))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list(tmp_path.glob("**/*partial*")) == []
    made = store.make("stage", 1, {}, {}, build)
    assert [path.name for path in made.iterdir()] == ["n.txt"]


def test_an_artefact_has_no_name_of_its_own_until_it_is_whole(tmp_path: Path) -> None:
    seen: list[str] = []

    def build(folder: Path) -> None:
        seen.append(folder.name)
        (folder / "a").touch()

    made = Store(tmp_path).make("stage", 1, {}, {}, build)
    assert seen != [made.name]
    assert seen[0].startswith(made.name)
    assert list(tmp_path.glob("**/*partial*")) == []


def test_the_artefact_of_a_process_that_was_first_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def overtaken(folder: Path) -> None:
        other = folder.with_name(folder.name.split(".")[0])
        other.mkdir()
        (other / "theirs").touch()
        (folder / "ours").touch()

    made = store.make("stage", 1, {}, {}, overtaken)
    assert [path.name for path in made.iterdir()] == ["theirs"]
    assert list(tmp_path.glob("**/*partial*")) == []


def test_the_store_can_be_deleted_at_any_time(tmp_path: Path) -> None:
    store, build = Store(tmp_path / "store"), _Builder()
    made = store.make("stage", 1, {}, {}, build)
    (made / "n.txt").unlink()
    made.rmdir()
    assert store.make("stage", 1, {}, {}, build) == made
    assert build.builds == 2


def test_parameters_that_are_no_json_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    build = _Builder()
    with pytest.raises(ValueError, match="not JSON compliant"):
        Store(tmp_path).make("stage", 1, {"rate": float("nan")}, {}, build)
    assert build.builds == 0
    assert list(tmp_path.iterdir()) == []
    assert json.loads(canonical_json({"rate": 25.0})) == {"rate": 25.0}


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"SONOPROOF_CACHE": "/named"}, "/named"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/sonoproof"),
        ("linux", {}, "HOME/.cache/sonoproof"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "HOME/Library/Caches/sonoproof"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/sonoproof/cache"),
        ("win32", {}, "HOME/AppData/Local/sonoproof/cache"),
    ],
)
def test_the_users_cache_is_where_it_was_named_or_the_system_keeps_such_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("SONOPROOF_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("translator.artefacts.sys.platform", platform)
    assert user_cache() == Path(expected.replace("HOME", str(tmp_path)))
