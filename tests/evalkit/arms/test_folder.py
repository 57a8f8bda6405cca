"""A folder of finished videos as an arm."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.arms.folder import FolderArm
from translator.clips.clip import Clip, mask_clip
from translator.clips.npz import write_npz
from translator.errors import InputError


def _video(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(path, Clip.from_array(np.full((2, 4, 5), level, np.uint8)))


def _asked(clip_id: str) -> tuple[Clip, Clip]:
    clip = Clip.from_array(np.zeros((2, 4, 5, 3), np.uint8), source=clip_id)
    return clip, mask_clip(np.zeros((2, 4, 5), np.bool_), clip)


def test_each_clip_gets_the_video_with_its_clip_id(tmp_path: Path) -> None:
    for level, name in enumerate(("s1-a.npz", "s1-b.npz", "s1.with.dots.npz")):
        _video(tmp_path / name, 10 * level)
    arm = FolderArm(tmp_path)
    levels = [int(arm.translate(*_asked(name)).clip.array().max()) for name in ("s1-b", "s1-a", "s1.with.dots")]
    assert levels == [10, 0, 20]


def test_a_colour_video_becomes_grey(tmp_path: Path) -> None:
    frames = np.zeros((2, 4, 5, 3), np.uint8)
    frames[..., 0] = 255
    write_npz(tmp_path / "a.npz", Clip.from_array(frames))
    made = FolderArm(tmp_path).translate(*_asked("a")).clip.array()
    assert made.shape == (2, 4, 5)
    assert np.unique(made).tolist() == [76]


def test_a_missing_video_is_named_with_the_remedy(tmp_path: Path) -> None:
    _video(tmp_path / "a.npz", 0)
    with pytest.raises(InputError, match=r"has no video b\.\*") as caught:
        FolderArm(tmp_path).translate(*_asked("b"))
    assert "clip_id" in caught.value.faults[0].remedy


def test_two_files_with_one_stem_are_refused_by_name(tmp_path: Path) -> None:
    _video(tmp_path / "a.npz", 0)
    (tmp_path / "a.mp4").write_bytes(b"x")
    with pytest.raises(InputError, match="have one stem") as caught:
        FolderArm(tmp_path)
    assert "a.mp4" in str(caught.value)
    assert "a.npz" in str(caught.value)


def test_hidden_files_and_folders_in_it_are_passed_over(tmp_path: Path) -> None:
    _video(tmp_path / "a.npz", 0)
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "a").mkdir()
    assert list(FolderArm(tmp_path).files) == ["a"]


@pytest.mark.parametrize("kind", ["absent", "a file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "videos"
    if kind == "a file":
        path.write_bytes(b"x")
    with pytest.raises(InputError, match="is no folder"):
        FolderArm(path)


def test_identity_changes_with_a_byte_and_not_with_the_place(tmp_path: Path) -> None:
    for place in ("one", "two", "three"):
        _video(tmp_path / place / "a.npz", 30 if place == "three" else 0)
    one, two, three = (FolderArm(tmp_path / place).identity for place in ("one", "two", "three"))
    assert one == two
    assert one != three


def test_what_translate_wrote_beside_a_video_goes_with_it_and_its_picture_is_no_second_video(tmp_path: Path) -> None:
    _video(tmp_path / "a.npz", 9)
    plain = FolderArm(tmp_path).identity
    _video(tmp_path / "a.evidence.npz", 128)
    _video(tmp_path / "a.uncertainty.npz", 8)
    (tmp_path / "a.evidence.png").write_bytes(b"x")
    arm = FolderArm(tmp_path)
    (frame, _) = arm.translate(*_asked("a")).together()
    levels = [None if part is None else int(part.max()) for part in frame]
    assert levels == [9, 128, 8]
    assert plain["folder"] == arm.identity["folder"]
    assert plain != arm.identity
    before = arm.identity
    _video(tmp_path / "a.evidence.npz", 255)
    assert FolderArm(tmp_path).identity != before


def test_a_clip_that_is_called_evidence_is_a_video_of_its_own(tmp_path: Path) -> None:
    _video(tmp_path / "b.evidence.npz", 70)
    made = FolderArm(tmp_path).translate(*_asked("b.evidence"))
    assert (made.clip.array().max(), made.evidence) == (70, None)
