"""Every file that lies gets one clear error that names it; every odd one that can be read is read."""

import warnings
from pathlib import Path

import pytest

from tests.translator.clips.lying_files import Case, cases
from translator.clips.read import read_clip
from translator.errors import InputError

CASES = cases()


def _read_quietly(path: Path) -> int:
    """How many frames there are, where a warning is an error."""
    warnings.simplefilter("error")
    return sum(1 for _ in read_clip(path).frames())


def test_there_are_many_and_no_two_share_a_name() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 60
    assert sum(case.shape is not None for case in CASES) >= 20


@pytest.mark.parametrize("case", [case for case in CASES if case.shape is None], ids=lambda case: case.name)
def test_it_is_refused_with_one_error_that_names_it(
    case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / case.name
    case.make(path)
    with warnings.catch_warnings(), pytest.raises(InputError) as caught:
        _read_quietly(path)
    (fault,) = caught.value.faults
    assert path.name in fault.where
    assert case.refused is not None
    assert case.refused in str(fault)
    assert fault.remedy
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("case", [case for case in CASES if case.shape is not None], ids=lambda case: case.name)
def test_it_is_odd_but_read(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / case.name
    case.make(path)
    clip = read_clip(path)
    assert clip.header.shape == case.shape
    assert clip.array().shape == case.shape
    assert clip.header.fps is None or clip.header.fps > 0
    assert clip.header.spacing_mm is None or min(clip.header.spacing_mm) > 0
    assert capfd.readouterr() == ("", "")
