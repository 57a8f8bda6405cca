"""One tiny phantom set (7 subjects, 6 frames of 48 x 48) for all tests of the trial; tests change copies only."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from translator.simulate.dataset import PhantomSet, write_phantoms

CopyStudy = Callable[[str], Path]


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with manifest.csv and its clips; not to be written to."""
    folder = tmp_path_factory.mktemp("phantoms")
    asked = PhantomSet(subjects=7, seed=11, clips_per_subject=1, frames=6, size=48)
    write_phantoms(folder, asked, lambda done, total: None)
    return folder


@pytest.fixture
def copy_study(phantoms: Path, tmp_path: Path) -> CopyStudy:
    """copy_study(name): a fresh study folder of that name with the phantom set under `data`."""

    def copy(name: str) -> Path:
        shutil.copytree(phantoms, tmp_path / name / "data")
        return tmp_path / name

    return copy
