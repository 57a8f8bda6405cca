"""Simulated data sets: everything from the seed, with a manifest that reads back without a fault."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from translator.artefacts import file_digest
from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Manifest, read_manifest
from translator.clips.npz import write_npz
from translator.clips.read import read_clip, read_mask
from translator.errors import InputError
from translator.simulate.dataset import PhantomSet, paint_file, paint_manifest, write_phantoms
from translator.simulate.heart import heart_clip

SMALL = PhantomSet(subjects=2, seed=3, anatomy="heart", clips_per_subject=2, frames=4, size=48)


def _quiet(done: int, total: int) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def hearts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hearts with two clips each."""
    out = tmp_path_factory.mktemp("hearts")
    write_phantoms(out, SMALL, _quiet)
    return out


def test_the_manifest_reads_back_without_a_fault(hearts: Path) -> None:
    entries = read_manifest(hearts / "manifest.csv").entries
    names = ["phantom-3-0000-0", "phantom-3-0000-1", "phantom-3-0001-0", "phantom-3-0001-1"]
    assert [entry.clip_id for entry in entries] == names
    assert [entry.subject_id for entry in entries] == ["phantom-3-0000"] * 2 + ["phantom-3-0001"] * 2
    assert {(e.split, e.pairing, e.domain, e.anatomy) for e in entries} == {("test", "simulated", "simulated", "heart")}
    assert [e.view for e in entries] == ["A4C", "A4C", "A2C", "A2C"]
    assert entries[0].site == entries[1].site


def test_every_clip_has_its_greyscale_mask_labels_and_parameters(hearts: Path) -> None:
    manifest = read_manifest(hearts / "manifest.csv")
    for entry in manifest.entries:
        cfd = read_clip(hearts / str(entry.cfd))
        grey = read_clip(hearts / str(entry.greyscale))
        mask = read_mask(hearts / str(entry.mask), cfd)
        labels = read_clip(hearts / str(entry.segmentation))
        assert cfd.header.shape == (4, 48, 48, 3)
        assert grey.header.shape == mask.header.shape == labels.header.shape == (4, 48, 48)
        assert {clip.header.fps for clip in (cfd, grey, mask, labels)} == {25.0}
        assert mask.array().any()
        assert {1, 3, 5} <= set(np.unique(labels.array()))
        parameters = json.loads((hearts / f"{entry.clip_id}.json").read_text())
        assert set(parameters) == {
            "anatomy", "display", "overlay", "pose", "probe", "scanner", "shape", "site", "version",
        }  # fmt: skip
        assert (parameters["scanner"], parameters["site"]) == (entry.scanner, entry.site)
        overlay = parameters["overlay"]
        if overlay["quality"] == 100 and overlay["tint"] == [1.0, 1.0, 1.0]:
            changed = (cfd.array() != grey.array()[..., None]).any(axis=-1)
            hidden = mask.array() > 127
            assert not (changed & ~hidden).any()
            if not overlay["interlaced"]:  # black rows over black tissue change nothing
                assert changed.sum() >= 0.99 * hidden.sum()  # an outline can meet tissue of its own grey


def test_the_same_seed_gives_the_same_bytes_twice(hearts: Path, tmp_path: Path) -> None:
    write_phantoms(tmp_path, SMALL, _quiet)
    files = sorted(path.name for path in hearts.iterdir())
    assert len(files) == 4 * 4 + 1
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    assert [name for name in files if (hearts / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_other_processes_write_the_same_bytes(hearts: Path, tmp_path: Path) -> None:
    write_phantoms(tmp_path, SMALL, _quiet, jobs=2)
    for file in hearts.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def _grey(folder: Path, name: str) -> np.ndarray:
    return read_clip(folder / f"{name}.grey.npz").array()


def test_subjects_clips_and_seeds_all_differ(hearts: Path, tmp_path: Path) -> None:
    write_phantoms(tmp_path, replace(SMALL, subjects=1, clips_per_subject=1, seed=4), _quiet)
    first = _grey(hearts, "phantom-3-0000-0")
    for other in (
        _grey(hearts, "phantom-3-0000-1"), _grey(hearts, "phantom-3-0001-0"), _grey(tmp_path, "phantom-4-0000-0")
    ):  # fmt: skip
        assert not np.array_equal(first, other)


def _parameters(folder: Path, name: str) -> dict[str, dict[str, float]]:
    read: dict[str, dict[str, float]] = json.loads((folder / f"{name}.json").read_text())
    return read


def test_the_clips_of_one_subject_share_the_anatomy_and_not_the_probe(hearts: Path) -> None:
    first, second = _parameters(hearts, "phantom-3-0000-0"), _parameters(hearts, "phantom-3-0000-1")
    assert first["shape"] == second["shape"]
    assert first["probe"] != second["probe"]
    assert first["shape"] != _parameters(hearts, "phantom-3-0001-0")["shape"]


def test_the_probe_of_the_first_clip_is_drawn_apart_from_the_anatomy(hearts: Path) -> None:
    # from one stream the first draws would stand at the same place of their ranges
    for subject in ("phantom-3-0000", "phantom-3-0001"):
        parameters = _parameters(hearts, f"{subject}-0")
        anatomy = (parameters["shape"]["heart_rate"] - 52) / (105 - 52)
        for value, low, high in (
            (parameters["pose"]["zoom"], 0.92, 1.12), (parameters["probe"]["half_angle"], 0.62, 0.76)
        ):  # fmt: skip
            assert anatomy != pytest.approx((value - low) / (high - low), abs=1e-6)


def test_more_subjects_leave_the_first_ones_as_they_were(hearts: Path, tmp_path: Path) -> None:
    write_phantoms(tmp_path, replace(SMALL, subjects=1, clips_per_subject=1), _quiet)
    name = "phantom-3-0000-0.cfd.npz"
    assert (tmp_path / name).read_bytes() == (hearts / name).read_bytes()


def test_of_both_every_fourth_subject_is_a_kidney(tmp_path: Path) -> None:
    asked = PhantomSet(subjects=8, seed=0, clips_per_subject=1, frames=3, size=48, split="train")
    entries = write_phantoms(tmp_path, asked, _quiet)
    assert [entry.anatomy for entry in entries] == [*["heart"] * 3, "kidney", *["heart"] * 3, "kidney"]
    assert {entry.split for entry in entries} == {"train"}
    assert entries[3].view == "renal-long-axis"


def test_kidneys_alone_are_all_kidneys_and_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    asked = PhantomSet(subjects=2, seed=0, anatomy="kidney", clips_per_subject=1, frames=3, size=48)
    entries = write_phantoms(tmp_path, asked, lambda done, total: told.append((done, total)))
    assert {entry.anatomy for entry in entries} == {"kidney"}
    assert told == [(1, 2), (2, 2)]


@pytest.fixture
def greyscale(tmp_path: Path) -> Callable[[str, int], Path]:
    """Writes a greyscale heart NAME.npz of the given side."""

    def write(name: str, size: int) -> Path:
        rng = np.random.default_rng(size)
        frames, _, _ = heart_clip(rng, rng, 5, size, 25.0)
        write_npz(tmp_path / f"{name}.npz", Clip.from_array(frames, 25.0))
        return tmp_path / f"{name}.npz"

    return write


def _entry(name: str) -> Entry:
    return Entry(
        clip_id=name, subject_id="s", split="validation", greyscale=f"{name}.npz", licence="MIT", segmentation="old.npz"
    )


def test_painting_over_a_file_keeps_its_greyscale_and_its_story(
    greyscale: Callable[[str, int], Path], tmp_path: Path
) -> None:
    file = greyscale("a", 64)
    entry = paint_file(file, tmp_path / "out", _entry("a"), 7, 4, None)
    assert (entry.pairing, entry.split, entry.licence) == ("simulated", "validation", "MIT")
    assert entry.segmentation is None  # it was made for another size and length
    assert np.array_equal(_grey(tmp_path / "out", "a"), read_clip(file).array()[:4])
    assert read_clip(tmp_path / "out" / "a.cfd.npz").header.shape == (4, 64, 64, 3)
    story = json.loads((tmp_path / "out" / "a.json").read_text())
    assert story["painted_over_sha256"] == file_digest(file)  # a file name can name a person


def test_painting_is_seeded_by_seed_and_clip(greyscale: Callable[[str, int], Path], tmp_path: Path) -> None:
    file = greyscale("a", 64)
    for folder, name, seed in (("one", "a", 7), ("two", "a", 7), ("three", "a", 8), ("four", "b", 7)):
        paint_file(file, tmp_path / folder, _entry(name), seed, 4, None)
    one, two, three, four = (
        (tmp_path / folder / f"{name}.cfd.npz").read_bytes()
        for folder, name in (("one", "a"), ("two", "a"), ("three", "a"), ("four", "b"))
    )
    assert one == two
    assert len({one, three, four}) == 3


def test_a_tall_clip_is_scaled_down_and_a_small_one_is_not_scaled_up(
    greyscale: Callable[[str, int], Path], tmp_path: Path
) -> None:
    file = greyscale("a", 96)
    paint_file(file, tmp_path / "out", _entry("a"), 0, 2, 48)
    assert _grey(tmp_path / "out", "a").shape == (2, 48, 48)
    paint_file(file, tmp_path / "out", _entry("b"), 0, 2, 200)
    assert _grey(tmp_path / "out", "b").shape == (2, 96, 96)


def test_a_clip_that_cannot_be_read_is_told_and_the_others_go_on(
    greyscale: Callable[[str, int], Path], tmp_path: Path
) -> None:
    greyscale("good", 64)
    (tmp_path / "bad.npz").write_text("no clip")
    write_npz(tmp_path / "blank.npz", Clip.from_array(np.zeros((3, 48, 48), np.uint8)))
    manifest = Manifest([_entry(name) for name in ("bad", "blank", "good")], tmp_path)
    entries, faults = paint_manifest(manifest, tmp_path / "out", 0, 3, None, _quiet)
    assert [entry.clip_id for entry in entries] == ["good"]
    assert len(faults) == 2
    assert "bad.npz" in faults[0].where
    assert (faults[1].where, faults[1].what) == ("blank", "shows no sector to paint in")
    assert [e.clip_id for e in read_manifest(tmp_path / "out" / "manifest.csv").entries] == ["good"]


def test_a_manifest_with_nothing_to_paint_is_refused(tmp_path: Path) -> None:
    only_cfd = Entry(clip_id="a", subject_id="s", split="test", cfd="a.npz")
    with pytest.raises(InputError, match="no greyscale clip"):
        paint_manifest(Manifest([only_cfd], tmp_path), tmp_path / "out", 0, 3, None, _quiet)


@pytest.mark.parametrize("coverage", [0.02, 0.45])
def test_a_data_set_is_covered_as_was_asked_for(tmp_path: Path, coverage: float) -> None:
    asked = PhantomSet(subjects=1, seed=4, anatomy="plax", clips_per_subject=1, frames=4, size=64, coverage=coverage)
    (entry,) = write_phantoms(tmp_path, asked, _quiet)
    parameters = json.loads((tmp_path / f"{entry.clip_id}.json").read_text(encoding="utf-8"))
    assert parameters["overlay"]["coverage"] == coverage
