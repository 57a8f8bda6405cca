"""Training configuration: every fault at once."""

from pathlib import Path

import pytest

from translator.errors import InputError
from translator.training.config import read_config


def _write(folder: Path, text: str) -> Path:
    (folder / "t.toml").write_text(text, encoding="utf-8")
    return folder / "t.toml"


def test_a_short_configuration_gets_the_defaults(tmp_path: Path) -> None:
    config = read_config(_write(tmp_path, 'schema_version = 2\nname = "n"\nsteps = 5\n'))
    assert (config.name, config.steps, config.design.preset, config.manifest) == ("n", 5, "tiny", None)


def test_all_faults_are_listed_by_key(tmp_path: Path) -> None:
    text = 'schema_version = 1\nname = "a/b"\ncrop = 100\nsteps = 0\nlearning_rate = -1.0\ncolour = "red"\n'
    with pytest.raises(InputError) as caught:
        read_config(_write(tmp_path, text))
    keys = ("schema_version", "name", "crop", "steps", "learning_rate", "colour")
    assert {fault.where for fault in caught.value.faults} == {f"{tmp_path / 't.toml'}: {key}" for key in keys}


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", "a b"])
def test_a_name_that_would_leave_the_folder_of_the_weights_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        read_config(_write(tmp_path, f'schema_version = 2\nname = "{name}"\n'))


@pytest.mark.parametrize("data", [b"name = ", b"\xff\xfe"], ids=["half a line", "not UTF-8"])
def test_what_is_no_toml_is_bad_input(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.toml").write_bytes(data)
    with pytest.raises(InputError, match=r"t\.toml"):
        read_config(tmp_path / "t.toml")


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.toml: cannot be read"):
        read_config(tmp_path / "no.toml")


def test_a_preset_that_does_not_exist_is_refused_before_hours_of_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="preset"):
        read_config(_write(tmp_path, 'schema_version = 2\nname = "n"\n[design]\npreset = "huge"\n'))


def test_a_loss_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"losses\.magic"):
        read_config(_write(tmp_path, 'schema_version = 2\nname = "n"\n[losses]\nmagic = 1.0\n'))
