"""Flow mask: exact without compression, good with it, empty where there is no colour."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest

from translator.clips.clip import Clip, Frame, Frames, Mask
from translator.regions.flow import CLEAN, confidence_clip, flow_mask_clip, flow_masks, hidden_mask_clip, thresholds
from translator.regions.screen import Regions, find_regions
from translator.regions.tint import GreyMap, neutral
from translator.simulate.colour_maps import NAMES
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import Painted, draw_settings, paint_flow

NOISY = GreyMap(neutral().line, 5.0)  # thresholds 12 and 26
SEPIA, BLUE, NEUTRAL = (1.0, 0.9, 0.8), (0.86, 0.93, 1.0), (1.0, 1.0, 1.0)


def _everywhere(height: int, width: int, grey_map: GreyMap | None = None) -> Regions:
    nowhere = np.zeros((2, height, width), np.bool_)
    return Regions(np.ones((height, width), np.bool_), nowhere[0], nowhere[1], grey_map or neutral())


def _flow(frame: Frame, grey_map: GreyMap | None = None) -> Mask:
    """The flow of one frame of which every pixel may be flow."""
    regions = _everywhere(frame.shape[0], frame.shape[1], grey_map)
    return np.asarray(flow_masks(frame[None], regions)[0], np.bool_)


def _where(mask: Mask) -> list[list[int]]:
    found: list[list[int]] = np.argwhere(mask).tolist()
    return found


@cache
def _heart() -> tuple[Frames, Mask]:
    rng = np.random.default_rng(5)
    grey, _, _ = heart_clip(rng, rng, 6, 160, 25.0)
    return grey, find_regions(Clip.from_array(grey)).sector


def _painted(scale: str, **changed: Any) -> Painted:
    grey, sector = _heart()
    rng = np.random.default_rng(5)
    plain = replace(
        draw_settings(rng, 0.15), scale=scale, quality=100, tint=NEUTRAL, alpha=1.0, outline="none", interlaced=False
    )
    return paint_flow(grey, sector, rng, replace(plain, **changed))


def _dice(found: Mask, truth: Mask) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def _boundary_error(found: Mask, truth: Mask) -> float:
    """Mean distance [pixels] of either mask's edge to the other's, by brute force, both ways."""
    edges = [
        np.argwhere(mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)) for mask in (found, truth)
    ]
    away = np.linalg.norm(edges[0][:, None].astype(np.float32) - edges[1][None], axis=-1)
    return float(np.concatenate([away.min(axis=0), away.min(axis=1)]).mean())


def _jpeg(frames: Frames, quality: int = 85) -> Frames:
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    ]
    seen = [cv2.imdecode(cv2.imencode(".jpg", frame[..., ::-1], settings)[1], cv2.IMREAD_COLOR) for frame in frames]
    return np.ascontiguousarray(np.stack([np.asarray(frame, np.uint8) for frame in seen])[..., ::-1])


@pytest.mark.parametrize("colour", [(240, 60, 10), (30, 90, 255), (110, 8, 8), (10, 10, 110), (255, 245, 90)])
def test_a_painted_square_is_found_exactly(colour: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(0).standard_normal((64, 64, 5))
    grey = np.clip(90 + 150 * cv2.GaussianBlur(noise, (0, 0), 2), 20, 180).astype(np.uint8).transpose(2, 0, 1)
    frames = np.stack([grey] * 3, axis=-1)
    truth = np.zeros(grey.shape, np.bool_)
    for t in range(5):
        truth[t, 20 + t : 35 + t, 10:30] = True
    frames[truth] = colour
    clip = flow_mask_clip(Clip.from_array(frames, 25.0))
    assert clip.header.shape == (5, 64, 64)
    assert clip.header.fps == 25.0
    assert np.array_equal(clip.array(), np.where(truth, 255, 0))


@pytest.mark.parametrize("scale", NAMES)
@pytest.mark.parametrize(
    "changed",
    [{}, {"tint": SEPIA}, {"tint": BLUE}, {"alpha": 0.6}],
    ids=["plain", "sepia", "blue", "semi-transparent"],
)
def test_flow_without_compression_is_found_to_the_pixel(scale: str, changed: dict[str, Any]) -> None:
    painted = _painted(scale, **changed)
    found = flow_mask_clip(Clip.from_array(painted.frames)).array() > 127
    hits = (found & painted.flow).sum()
    assert hits > 0.99 * found.sum()
    assert hits > 0.99 * painted.flow.sum()
    middle = len(found) // 2
    assert _boundary_error(found[middle], painted.flow[middle]) < 0.1


@pytest.mark.parametrize("scale", NAMES)
@pytest.mark.parametrize("changed", [{}, {"tint": SEPIA}, {"alpha": 0.7}], ids=["plain", "sepia", "semi-transparent"])
def test_flow_after_jpeg_is_found_and_its_bleed_is_left(scale: str, changed: dict[str, Any]) -> None:
    painted = _painted(scale, **changed)
    clip = Clip.from_array(_jpeg(painted.frames))
    regions = find_regions(clip)
    assert regions.grey_map.noise > CLEAN
    assert _dice(flow_masks(clip.array(), regions), painted.flow) > 0.85


@pytest.mark.parametrize("scale", NAMES)
def test_flow_after_mpeg_is_found(scale: str, tmp_path: Any) -> None:
    painted = _painted(scale)
    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (160, 160), True)
    for frame in painted.frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    reader = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    frames = np.stack([np.asarray(reader.read()[1], np.uint8)[..., ::-1] for _ in painted.frames])
    assert _dice(flow_mask_clip(Clip.from_array(frames)).array() > 127, painted.flow) > 0.85


@pytest.mark.parametrize("scale", ["red-blue", "pale"])
def test_flow_on_every_other_line_is_found_with_the_black_lines_between(scale: str) -> None:
    painted = _painted(scale, interlaced=True)
    found = flow_mask_clip(Clip.from_array(painted.frames)).array() > 127
    black = painted.flow & (painted.frames == 0).all(axis=-1)
    assert black.sum() > 0.4 * painted.flow.sum()
    assert found[black].mean() > 0.8  # not those of specks and of the last row
    assert _dice(found, painted.flow) > 0.9


@pytest.mark.parametrize("tint", [NEUTRAL, SEPIA, BLUE], ids=["neutral", "sepia", "blue"])
@pytest.mark.parametrize("quality", [100, 95, 70])
def test_grey_frames_have_an_empty_mask_in_every_coding(tint: tuple[float, float, float], quality: int) -> None:
    grey, _ = _heart()
    frames = np.rint(grey[..., None] * np.array(tint)).astype(np.uint8)
    clip = Clip.from_array(frames if quality == 100 else _jpeg(frames, quality))
    for make in (flow_mask_clip, hidden_mask_clip):
        assert not make(clip).array().any()


def test_a_clip_of_one_channel_has_an_empty_mask_and_no_confidence() -> None:
    grey, _ = _heart()
    for make in (flow_mask_clip, hidden_mask_clip, confidence_clip):
        found = make(Clip.from_array(grey))
        assert found.header.shape == grey.shape
        assert not found.array().any()


def test_a_static_colour_bar_is_no_flow() -> None:
    frames = np.full((10, 80, 100, 3), 90, np.uint8)
    frames[:, 10:60, 90:95] = (240, 60, 10)
    truth = np.zeros((10, 80, 100), np.bool_)
    for t in range(10):
        truth[t, 30:36, 8 * t : 8 * t + 6] = True
    frames[truth] = (220, 40, 20)
    assert np.array_equal(flow_mask_clip(Clip.from_array(frames)).array() > 127, truth)


@pytest.mark.parametrize("kind", ["sector", "static_colour", "outline"])
def test_colour_outside_the_sector_or_on_the_screens_own_marks_is_no_flow(kind: str) -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 2:10] = (220, 40, 20)
    regions = _everywhere(12, 12)
    getattr(regions, kind)[:, :6] = kind != "sector"
    found = flow_masks(frame[None], regions)[0]
    assert found.sum() == 4 * 4
    assert not found[:, :6].any()


# (100, 90, 90): Y 93, Cr 128 + 5, Cb 128 - 2, distance 5; (110, 90, 90) has distance 10.5: weak in a clean clip;
# (120, 90, 90): Y 99, Cr + 15, Cb - 5, distance 16: strong in a clean clip, weak in a noisy one;
# (180, 90, 90): Y 117, Cr + 45, Cb - 15, distance 47: strong and vivid in both
FAINT, WEAK, STRONGER, STRONG = (100, 90, 90), (110, 90, 90), (120, 90, 90), (180, 90, 90)


@pytest.mark.parametrize(("grey_map", "weak"), [(neutral(), WEAK), (NOISY, (138, 90, 90))], ids=["clean", "noisy"])
def test_weak_colour_counts_only_where_it_touches_strong_colour(grey_map: GreyMap, weak: tuple[int, int, int]) -> None:
    frame = np.full((12, 24, 3), 90, np.uint8)
    frame[5, 3], frame[5, 4], frame[6, 5] = STRONG, weak, weak
    frame[5, 20] = frame[5, 21] = weak
    assert _where(_flow(frame, grey_map)) == [[5, 3], [5, 4], [6, 5]]


def test_what_counts_as_colour_depends_on_the_clips_noise() -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 4:8] = STRONGER
    assert _flow(frame).sum() == 16
    assert not _flow(frame, NOISY).any()


def test_thresholds_are_lower_without_loss_and_do_not_grow_with_noise() -> None:
    clean, coded = thresholds(0.0), thresholds(CLEAN + 0.1)
    assert clean[0] < coded[0] < coded[1]
    assert clean[1] < coded[1]
    assert thresholds(CLEAN) == clean
    assert thresholds(15.0) == coded


@pytest.mark.parametrize(("colour", "found"), [(FAINT, 0), (WEAK, 0), (STRONGER, 16), (STRONG, 16)])
def test_faint_and_weak_colour_alone_is_left(colour: tuple[int, int, int], found: int) -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 4:8] = colour
    assert _flow(frame).sum() == found


@pytest.mark.parametrize(("grey_map", "colour"), [(neutral(), (0, 0, 11)), (NOISY, (0, 0, 29))])
def test_pixels_too_dark_to_have_a_colour_are_not_flow(grey_map: GreyMap, colour: tuple[int, int, int]) -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 4:8] = colour
    assert not _flow(frame, grey_map).any()


def test_dark_pixels_beside_flow_are_not_flow_in_noisy_clips() -> None:
    frame = np.full((12, 20, 3), 90, np.uint8)
    frame[4:8, 4:8] = (145, 90, 90)  # distance 29: strong, and half of it is less than the 15 of the blue beside it
    frame[4:8, 8:12] = (0, 0, 29)
    frame[4:8, 0:4] = (0, 0, 32)
    found = _flow(frame, NOISY)
    assert found[4:8, :8].all()
    assert not found[:, 8:].any()


def test_chroma_that_bleeds_from_colour_beside_it_is_left_in_noisy_clips_only() -> None:
    frame = np.full((20, 20, 3), 90, np.uint8)
    frame[5:15, 5:12] = STRONG
    frame[5:15, 12] = (130, 90, 90)  # distance 21: above the weak threshold, below half of the 47 beside it
    assert _flow(frame)[5:15, 5:13].all()
    noisy = _flow(frame, NOISY)
    assert noisy[5:15, 5:12].all()
    assert not noisy[:, 12:].any()


def test_black_lines_between_painted_lines_belong_to_the_flow_and_grey_ones_too() -> None:
    for between in (0, 90):
        frame = np.full((40, 40, 3), 90, np.uint8)
        frame[5:24, 5:25] = between
        frame[5:24:2, 5:25] = (240, 60, 10)
        truth = np.zeros((40, 40), np.bool_)
        truth[5:24, 5:25] = True
        assert np.array_equal(_flow(frame), truth)


def test_a_gap_in_flow_that_is_not_striped_is_left_in_a_clean_clip() -> None:
    frame = np.full((40, 40, 3), 90, np.uint8)
    frame[5:24, 5:25] = (240, 60, 10)
    frame[14, 5:25] = 90
    assert not _flow(frame)[14].any()


def test_a_weak_patch_is_flow_where_the_frame_before_or_after_is_strong() -> None:
    frames = np.full((5, 30, 30, 3), 90, np.uint8)
    frames[2, 5:10, 5:10] = STRONG
    frames[:, 5:10, 5:10][[0, 1, 3, 4]] = WEAK
    frames[:, 20:25, 20:25] = WEAK  # never strong
    found = flow_masks(frames, _everywhere(30, 30))
    assert found[:, 5:10, 5:10].all(axis=(1, 2)).tolist() == [False, True, True, True, False]
    assert not found[[0, 4]].any()
    assert not found[:, 20:].any()


def test_strong_colour_at_another_place_in_the_frame_before_does_not_help() -> None:
    frames = np.full((2, 30, 30, 3), 90, np.uint8)
    frames[0, 5:10, 5:10] = STRONG
    frames[1, 15:20, 15:20] = WEAK
    assert flow_masks(frames, _everywhere(30, 30)).sum(axis=(1, 2)).tolist() == [25, 0]


def test_the_mask_is_made_frame_by_frame() -> None:
    frames = np.full((5, 64, 64, 3), 90, np.uint8)
    frames[3, 20:30, 20:30] = (240, 60, 10)
    mask = flow_mask_clip(Clip.from_array(frames), _everywhere(64, 64)).array() > 127
    assert mask.sum(axis=(1, 2)).tolist() == [0, 0, 0, 100, 0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_clip_of_few_frames_has_a_mask_for_each(count: int) -> None:
    frames = np.full((count, 20, 20, 3), 90, np.uint8)
    frames[:, 5:10, 5:10] = STRONG
    assert flow_masks(frames, _everywhere(20, 20)).sum(axis=(1, 2)).tolist() == [25] * count


def test_isolated_specks_are_dropped_in_noisy_clips_only_unless_they_are_vivid() -> None:
    # 1.6e-4 of 200 x 200 pixels is 6.4: five stay below
    frame = np.full((200, 200, 3), 90, np.uint8)
    frame[20, 20:25] = (150, 90, 90)  # distance 32: strong
    frame[60:63, 60:63] = (150, 90, 90)
    frame[100, 100:105] = STRONG  # distance 47, above 1.6 * 26: vivid
    clean, noisy = _flow(frame), _flow(frame, NOISY)
    assert clean.sum() == 5 + 9 + 5
    assert [bool(noisy[place]) for place in ((20, 20), (60, 60), (100, 100))] == [False, True, True]


class Counted:
    """A stream of frames that counts how many of them are alive, and how many it was asked for."""

    def __init__(self, count: int) -> None:
        self.count, self.given = count, 0

    def __call__(self) -> Iterator[Frame]:
        frame = np.full((16, 16, 3), 90, np.uint8)
        frame[4:8, 4:8] = STRONG
        for _ in range(self.count):
            self.given += 1
            yield frame.copy()


@pytest.mark.parametrize("make", [flow_mask_clip, hidden_mask_clip, confidence_clip])
def test_a_mask_streams_one_frame_ahead_and_no_further(make: Callable[[Clip, Regions], Clip]) -> None:
    source = Counted(10)
    header = Clip.from_array(np.zeros((10, 16, 16, 3), np.uint8)).header
    masks = make(Clip(header, source), _everywhere(16, 16))
    assert source.given == 0  # nothing is read before the first mask is asked for
    for index, _ in enumerate(masks.frames()):
        assert source.given == min(index + 2, 10)
    assert source.given == 10


@pytest.mark.parametrize("make", [flow_mask_clip, hidden_mask_clip, confidence_clip])
def test_a_mask_can_be_streamed_twice_and_in_windows(make: Callable[[Clip], Clip]) -> None:
    masks = make(Clip.from_array(_painted("red-blue").frames))
    first = masks.array()
    assert first.any()
    assert np.array_equal(first, masks.array())
    assert np.array_equal(first, np.concatenate([window for _, window in masks.windows(2)]))


@pytest.mark.parametrize("grey_map", [neutral(), NOISY], ids=["clean", "noisy"])
def test_confidence_is_128_at_the_threshold_and_grows_with_the_distance(grey_map: GreyMap) -> None:
    weak, _ = thresholds(grey_map.noise)
    frame = np.full((1, 2 * 9 * 60, 3), 90, np.uint8)  # colours lie nine pixels apart: none bleeds into the next
    reds = np.arange(90, 210, 2)
    for index, red in enumerate(reds):
        frame[0, 18 * index + 9, 0] = red
    coded = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb).astype(float)[..., 1:] - 128
    distance = np.hypot(coded[..., 0], coded[..., 1])[0, 9::18]
    regions = _everywhere(1, frame.shape[1], grey_map)
    level = confidence_clip(Clip.from_array(frame[None]), regions).array()[0, 0, 9::18].astype(float)
    assert (np.diff(level) >= 0).all()
    assert (level[distance > weak] >= 128).all()
    assert (level[distance < weak] < 128).all()
    assert level[np.argmin(np.abs(distance - weak))] == pytest.approx(
        128 * distance[np.argmin(np.abs(distance - weak))] / weak, abs=1
    )
    assert level[-1] == 255
    assert level[0] == 0


def test_confidence_is_0_outside_the_sector_and_on_the_screens_own_marks() -> None:
    frames = np.full((2, 12, 18, 3), STRONG, np.uint8)
    regions = _everywhere(12, 18)
    regions.sector[:, :6] = False
    regions.static_colour[:, 6:9] = regions.outline[:, 9:12] = True
    level = confidence_clip(Clip.from_array(frames), regions).array()
    assert not level[:, :, :12].any()
    assert (level[:, :, 12:] == 255).all()


def test_confidence_reaches_the_threshold_in_the_flow_and_not_beside_it() -> None:
    painted = _painted("red-blue")
    clip = Clip.from_array(painted.frames)
    regions = find_regions(clip)
    level = confidence_clip(clip, regions).array()
    assert (level[painted.flow] >= 128).mean() > 0.99
    assert (level[~painted.flow] < 128).mean() > 0.99
