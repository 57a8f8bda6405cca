"""read_clip goes by what a file holds; read_mask wants the clip's size."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from translator.clips.clip import Clip, Frames, mask_clip
from translator.clips.dicom_write import write_dicom
from translator.clips.npz import write_npz
from translator.clips.read import read_clip, read_mask
from translator.clips.still import write_png
from translator.clips.video import write_video
from translator.errors import InputError


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("write", "name", "shape"),
    [
        (write_npz, "a.npz", (3, 32, 40)),
        (lambda path, clip: write_dicom(path, clip, ""), "a.dcm", (3, 32, 40)),
        (write_video, "a.mp4", (3, 32, 40, 3)),
        (lambda path, clip: write_png(path, Clip.from_array(clip.array()[:1])), "a.PNG", (1, 32, 40)),
    ],
    ids=["npz", "dicom", "mp4", "png"],
)
def test_every_format_is_opened(
    tmp_path: Path, write: Callable[[Path, Clip], None], name: str, shape: tuple[int, ...]
) -> None:
    write(tmp_path / name, Clip.from_array(_noise(3, 32, 40), 25.0))
    assert read_clip(str(tmp_path / name)).header.shape == shape
    assert read_clip(tmp_path / name).array().shape == shape


@pytest.mark.parametrize("name", ["clip", "clip.mp4", "clip.png"])
def test_a_dicom_or_npz_is_known_by_its_content_whatever_its_name(tmp_path: Path, name: str) -> None:
    frames = _noise(2, 8, 10)
    write_dicom(tmp_path / name, Clip.from_array(frames, 25.0), "")
    assert np.array_equal(read_clip(tmp_path / name).array(), frames)
    write_npz(tmp_path / name, Clip.from_array(frames, 25.0))
    assert np.array_equal(read_clip(tmp_path / name).array(), frames)


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_clip(path).array()
    fault = caught.value.faults[0]
    assert str(path) in fault.where
    assert fault.remedy
    return fault.what


def test_a_missing_file_is_named_with_what_to_give(tmp_path: Path) -> None:
    assert _refused(tmp_path / "no.mp4") == "does not exist"


def test_a_folder_without_stills_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("a,b")
    assert _refused(tmp_path) == "is a folder without stills"


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert _refused(tmp_path / "a.mp4") == "is empty"


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.dcm", "a.txt", "notes", "list.csv"])
def test_text_is_no_video_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("clip_id,subject_id\nthis is plain text\n" * 50)
    assert _refused(tmp_path / name).startswith("is text")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff"])
def test_a_picture_that_cannot_be_decoded_is_refused(tmp_path: Path, name: str) -> None:
    Image.fromarray(_noise(40, 50)).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    assert _refused(tmp_path / name).startswith("cannot be read (")


def test_a_zip_that_is_no_npz_says_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.md").write_text("x")
    path = Path(shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "in"))
    assert "readme.md" in _refused(path)


LIKE = Clip.from_array(np.zeros((3, 8, 10, 3), np.uint8), 25.0, source="clip.mp4")


def test_the_mask_of_an_npz_is_found(tmp_path: Path) -> None:
    mask = _noise(3, 8, 10) > 127
    write_npz(tmp_path / "a.npz", LIKE, mask_clip(mask, LIKE))
    assert np.array_equal(read_mask(tmp_path / "a.npz", LIKE).array(), np.where(mask, 255, 0))


def test_one_picture_is_the_mask_of_every_frame(tmp_path: Path) -> None:
    mask = _noise(8, 10) > 127
    Image.fromarray(mask).save(tmp_path / "m.png")
    found = read_mask(tmp_path / "m.png", LIKE)
    assert found.header.frames == 3
    assert np.array_equal(found.array() > 127, mask[None].repeat(3, axis=0))


def test_a_coloured_picture_masks_where_any_channel_is_bright(tmp_path: Path) -> None:
    picture = np.zeros((8, 10, 3), np.uint8)
    picture[2, 3] = (0, 0, 255)
    Image.fromarray(picture).save(tmp_path / "m.png")
    assert np.argwhere(read_mask(tmp_path / "m.png", LIKE).array()[0] > 127).tolist() == [[2, 3]]


@pytest.mark.parametrize("shape", [(3, 8, 9), (3, 9, 10), (2, 8, 10), (4, 8, 10)])
def test_a_mask_of_another_size_or_length_is_refused_with_both(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    np.savez(tmp_path / "m.npz", frames=np.zeros(shape, np.uint8), mask=np.zeros(shape, np.bool_))
    with pytest.raises(InputError) as caught:
        read_mask(tmp_path / "m.npz", LIKE)
    text = str(caught.value)
    assert "m.npz" in text
    assert f"{shape[0]} frames of {shape[1]} x {shape[2]}" in text
    assert "clip.mp4 has 3 of 8 x 10" in text
    assert caught.value.faults[0].remedy


def test_a_missing_mask_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m\.png: does not exist"):
        read_mask(tmp_path / "m.png", LIKE)
