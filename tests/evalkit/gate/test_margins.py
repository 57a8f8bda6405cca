"""Margins: from a file, with every fault at once, and from runs that ought to be alike."""

from itertools import combinations
from pathlib import Path

import pytest

from evalkit.gate.judge import differences
from evalkit.gate.margins import as_toml, calibrate, read_margins
from tests.evalkit.gate.conftest import MakeRun
from translator.errors import InputError

ARMS = ("generator", "generator")


def test_a_calibrated_file_is_read_back_and_covers_every_difference(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run(seed, noise=0.01) for seed in range(3)]
    pairs = [differences(a, b, ARMS, "mae", "mask") for a, b in combinations(runs, 2)]
    found = calibrate("mae", "mask", pairs)
    assert found.endpoint.margin == max(abs(end) for pair in pairs for end in (pair.mean.low, pair.mean.high) if end)
    assert found.endpoint.clip_margin == 2 * max(abs(change) for pair in pairs for change in pair.clips)
    path = tmp_path / "margins.toml"
    path.write_text(as_toml([found], 0.05, ["view"], ["a", "b", "c"]), encoding="utf-8")
    read = read_margins(path)
    assert (read.endpoints, read.strata, read.alpha) == ([found.endpoint], ["view"], 0.05)


def test_from_copies_no_margin_can_be_learnt(make_run: MakeRun) -> None:
    with pytest.raises(InputError, match="exactly alike"):
        calibrate("mae", "mask", [differences(make_run(), make_run(), ARMS, "mae", "mask")])


def test_every_fault_of_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "margins.toml"
    path.write_text(
        'strata = ["veiw"]\nendpoints = [{metric = "mae", region = "mask", margin = 0, more = 1}]\n', "utf-8"
    )
    with pytest.raises(InputError) as found:
        read_margins(path)
    text = str(found.value)
    assert "did you mean 'view'" in text
    assert "endpoints.0.margin" in text
    assert "endpoints.0.more" in text


def test_an_endpoint_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "margins.toml"
    one = '[[endpoints]]\nmetric = "mae"\nregion = "mask"\nmargin = 1\n'
    path.write_text(one + one, encoding="utf-8")
    with pytest.raises(InputError, match="mae in the mask"):
        read_margins(path)
