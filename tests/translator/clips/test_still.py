"""Stills: pictures in, lossless (animated) PNG out."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from translator.clips.clip import Clip, Frames
from translator.clips.still import read_still, read_stills, write_png
from translator.errors import InputError


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _animation(path: Path) -> tuple[Frames, list[float]]:
    """Frames and durations [ms] as Pillow reads them."""
    frames, durations = [], []
    with Image.open(path) as picture:
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            frames.append(np.asarray(picture))
            durations.append(float(picture.info.get("duration", 0)))
    return np.stack(frames), durations


@pytest.mark.parametrize("shape", [(1, 7, 9), (1, 7, 9, 3)], ids=["grey", "colour"])
def test_one_frame_comes_back_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    write_png(tmp_path / "a.png", Clip.from_array(frames))
    assert np.array_equal(read_still(tmp_path / "a.png").array(), frames)


@pytest.mark.parametrize("shape", [(5, 7, 9), (5, 7, 9, 3)], ids=["grey", "colour"])
def test_an_animated_png_holds_every_frame_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    write_png(tmp_path / "a.png", Clip.from_array(frames, 20.0))
    found, durations = _animation(tmp_path / "a.png")
    assert found.shape == frames.shape
    assert np.array_equal(found, frames)
    assert durations == [50.0] * 5


def test_frames_that_are_alike_keep_their_time_in_an_animated_png(tmp_path: Path) -> None:
    frames = np.stack([*_noise(1, 7, 9).repeat(3, axis=0), *_noise(2, 7, 9)[1:]])
    write_png(tmp_path / "a.png", Clip.from_array(frames, 20.0))
    assert sum(_animation(tmp_path / "a.png")[1]) == 4 * 50.0


def test_a_colour_picture_is_read_in_rgb_order(tmp_path: Path) -> None:
    Image.new("RGB", (6, 5), (200, 100, 50)).save(tmp_path / "a.png")
    clip = read_still(tmp_path / "a.png")
    assert clip.header.shape == (1, 5, 6, 3)
    assert clip.array()[0, 0, 0].tolist() == [200, 100, 50]


def test_transparency_is_dropped(tmp_path: Path) -> None:
    Image.new("RGBA", (6, 5), (200, 100, 50, 7)).save(tmp_path / "a.png")
    assert read_still(tmp_path / "a.png").array()[0, 0, 0].tolist() == [200, 100, 50]


def test_a_picture_of_one_bit_is_0_and_255(tmp_path: Path) -> None:
    mask = _noise(5, 6) > 127
    Image.fromarray(mask).save(tmp_path / "a.png")
    assert np.array_equal(read_still(tmp_path / "a.png").array()[0], np.where(mask, 255, 0))


def test_a_grey_jpeg_is_a_grey_clip(tmp_path: Path) -> None:
    Image.new("L", (16, 8), 90).save(tmp_path / "a.jpg")
    clip = read_still(tmp_path / "a.jpg")
    assert clip.header.shape == (1, 8, 16)
    assert np.abs(clip.array().astype(int) - 90).max() <= 1


def test_a_16_bit_picture_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((5, 6), 4000, np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: has 16-bit pixels") as caught:
        read_still(tmp_path / "a.png")
    assert "8 bits" in caught.value.faults[0].remedy


def test_an_animated_png_comes_back_frame_by_frame_also_where_frames_are_alike(tmp_path: Path) -> None:
    frames = np.stack([*_noise(1, 7, 9).repeat(3, axis=0), *_noise(2, 7, 9)[1:]])
    write_png(tmp_path / "a.png", Clip.from_array(frames, 20.0))
    clip = read_still(tmp_path / "a.png")
    assert clip.header.shape == (4, 7, 9)
    assert clip.header.fps == pytest.approx(20.0)
    assert np.array_equal(clip.array(), frames)


def test_frame_times_survive_an_animated_png(tmp_path: Path) -> None:
    clip = Clip.from_array(_noise(4, 7, 9), 25.0)
    times = (0.0, 40.0, 60.0, 120.0)
    write_png(tmp_path / "a.png", Clip(replace(clip.header, frame_times_ms=times), clip.frames))
    assert read_still(tmp_path / "a.png").header.frame_times_ms == pytest.approx(times)


@pytest.mark.parametrize(("form", "lossless"), [("GIF", False), ("WEBP", True)])
def test_an_animation_is_a_clip_with_its_rate(tmp_path: Path, form: str, lossless: bool) -> None:
    greys = np.full((3, 16, 24, 3), 60, np.uint8) + np.arange(3, dtype=np.uint8)[:, None, None, None] * np.uint8(40)
    first, *rest = [Image.fromarray(frame) for frame in greys]
    first.save(tmp_path / "a", form, save_all=True, append_images=rest, duration=50, lossless=lossless)
    clip = read_still(tmp_path / "a")
    assert clip.header.shape == (3, 16, 24, 3)
    assert clip.header.fps == pytest.approx(20.0)
    assert np.array_equal(clip.array(), greys)


def test_the_stills_of_a_folder_are_a_clip_in_natural_order(tmp_path: Path) -> None:
    for index in (1, 2, 9, 10, 11, 100):
        Image.new("L", (9, 7), index).save(tmp_path / f"frame{index}.png")
    (tmp_path / "labels.csv").write_text("frame,label")
    (tmp_path / ".hidden.png").write_text("no picture")
    clip = read_stills(tmp_path)
    assert clip.header.shape == (6, 7, 9)
    assert [int(frame[0, 0]) for frame in clip.frames()] == [1, 2, 9, 10, 11, 100]


def test_a_grey_still_among_colour_ones_becomes_rgb(tmp_path: Path) -> None:
    Image.new("L", (9, 7), 50).save(tmp_path / "1.png")
    Image.new("RGB", (9, 7), (10, 20, 30)).save(tmp_path / "2.png")
    assert read_stills(tmp_path).array()[:, 0, 0].tolist() == [[50, 50, 50], [10, 20, 30]]


def test_an_animation_among_stills_is_named(tmp_path: Path) -> None:
    Image.new("L", (9, 7), 50).save(tmp_path / "1.png")
    write_png(tmp_path / "2.png", Clip.from_array(_noise(3, 7, 9), 25.0))
    with pytest.raises(InputError, match=r"2\.png: has 3 frames"):
        read_stills(tmp_path)


def test_a_16_bit_colour_png_is_refused_though_pillow_would_cut_it(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((5, 6, 3), 4000, np.uint16))
    with pytest.raises(InputError, match="has 16-bit pixels"):
        read_still(tmp_path / "a.png")
