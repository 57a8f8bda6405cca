"""Grey map: the line of chroma over luma that the scanner's grey lies on, and how far pixels stray from it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from translator.clips.clip import Frames
from translator.regions import tint as tint_module
from translator.regions.tint import GreyMap, chroma_distance, chroma_square, farther, fit_grey_map, neutral

SEPIA, BLUE = (1.0, 0.88, 0.7), (0.8, 0.9, 1.0)
TINTS = pytest.mark.parametrize("tint", [SEPIA, BLUE], ids=["sepia", "blue"])


def _coded(frames: Frames) -> NDArray[np.uint8]:
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb) for frame in frames])


def _fit(frames: Frames) -> GreyMap:
    return fit_grey_map(_coded(frames), np.ones(frames.shape[1:3], np.bool_))


def _ramp(tint: tuple[float, float, float], least: int, most: int) -> Frames:
    """Two frames 64 x 256 whose grey runs from `least` to `most`, tinted."""
    grey = np.tile(np.linspace(least, most, 256), (2, 64, 1))
    return np.asarray(np.rint(grey[..., None] * np.array(tint)), np.uint8)


def _expected(tint: tuple[float, float, float]) -> NDArray[np.float64]:
    """The line of a tint, from the definition of YCrCb (BT.601): both offsets in proportion to luma."""
    red, green, blue = tint
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    slopes = np.array([(red - luma) * 0.713, (blue - luma) * 0.564]) / luma
    return np.asarray(np.arange(256)[:, None] * slopes, np.float64)


def _speckle(tint: tuple[float, float, float], most: int) -> Frames:
    """Four tinted frames 96 x 96 with greys from 10 to `most`, brighter ones rarer."""
    rng = np.random.default_rng(0)
    grey = 10 + (most - 10) * rng.beta(1.5, 3, (4, 96, 96))
    return np.asarray(np.rint(grey[..., None] * np.array(tint)), np.uint8)


@TINTS
def test_the_line_follows_a_tinted_ramp_to_within_a_level(tint: tuple[float, float, float]) -> None:
    line = _fit(_ramp(tint, 0, 255)).line
    brightest = int(_coded(_ramp(tint, 0, 255))[..., 0].max())
    assert line[: brightest + 1] == pytest.approx(_expected(tint)[: brightest + 1], abs=1)
    assert np.hypot(*line[brightest]) > 15  # that is: not neutral


def test_the_line_bends_where_the_grey_map_bends() -> None:
    # neutral up to a luma of 100, then ever more red: Cr = 128 + (luma - 100) / 5, as in maps with warm highlights
    luma = np.tile(np.arange(20, 240), (2, 40, 1))
    coded = np.stack([luma, 128 + np.clip(luma - 100, 0, None) // 5, np.full_like(luma, 128)], axis=-1)
    line = fit_grey_map(coded.astype(np.uint8), np.ones((40, 220), np.bool_)).line
    assert line[24:236, 0] == pytest.approx(np.clip(np.arange(24, 236) - 100, 0, None) / 5, abs=1)
    assert np.abs(line[:, 1]).max() == 0


@TINTS
def test_beyond_its_pixels_the_line_goes_on_in_proportion_to_luma(tint: tuple[float, float, float]) -> None:
    line = _fit(_ramp(tint, 60, 160)).line
    for known, beyond in ((144, 248), (72, 36), (72, 0)):
        assert line[beyond] == pytest.approx(line[known] * beyond / known, abs=1)
    assert line == pytest.approx(_expected(tint), abs=2)


@pytest.mark.parametrize(
    ("tint", "pale"),
    [((1.0, 1.0, 1.0), (250, 245, 205)), (SEPIA, (205, 235, 250)), (BLUE, (250, 245, 205))],
    ids=["neutral", "sepia", "blue"],
)
def test_flow_at_a_luma_that_no_tissue_reaches_does_not_pull_the_line(
    tint: tuple[float, float, float], pale: tuple[int, int, int]
) -> None:
    frames = _speckle(tint, 90)
    frames[:, 20:60, 20:60] = pale  # more pixels than tissue has at any one luma
    luma, *chroma = _coded(frames)[0, 40, 40].astype(int)
    assert np.hypot(*(np.array(chroma) - 128)) < 7 + 0.24 * luma  # so pale that a tint could be as strong
    grey_map = _fit(frames)
    assert grey_map.line == pytest.approx(_expected(tint), abs=3)
    distance = chroma_distance(frames[0], grey_map)
    assert distance[20:60, 20:60].min() > 14
    assert distance[:20].max() < 3


def test_vivid_flow_and_what_bleeds_from_it_do_not_count_as_grey() -> None:
    frames = _speckle(SEPIA, 200)
    frames[:, 27:73, 27:73, 0] = np.minimum(frames[:, 27:73, 27:73, 0] + 14.0, 255).astype(np.uint8)  # bleed
    frames[:, 30:70, 30:70] = (240, 60, 10)  # leaves three pixels of it on each side, 7 % of what is not flow
    grey_map = _fit(frames)
    assert grey_map.line == pytest.approx(_expected(SEPIA), abs=1.5)
    assert grey_map.noise < 1.2


def test_only_what_lies_in_the_given_place_is_fitted() -> None:
    frames = _speckle((1.0, 1.0, 1.0), 200)
    frames[:, :, 48:] = _speckle(SEPIA, 200)[:, :, 48:]
    left, right = np.zeros((2, 96, 96), np.bool_)
    left[:, :48] = right[:, 48:] = True
    assert not fit_grey_map(_coded(frames), left).line.any()
    assert fit_grey_map(_coded(frames), right).line == pytest.approx(_expected(SEPIA), abs=1.5)


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), SEPIA, BLUE], ids=["neutral", "sepia", "blue"])
def test_noise_is_next_to_nothing_without_loss(tint: tuple[float, float, float]) -> None:
    assert _fit(_speckle(tint, 200)).noise <= 1.0


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), SEPIA, BLUE], ids=["neutral", "sepia", "blue"])
def test_noise_after_jpeg_with_coarse_chroma_tells_of_it(tint: tuple[float, float, float]) -> None:
    frames = _speckle(tint, 200)
    rng = np.random.default_rng(1)
    frames[cv2.blur(rng.standard_normal((96, 96)), (9, 9)) > 0.05 + np.zeros((4, 1, 1))] = (240, 60, 10)
    settings = [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    seen = [cv2.imdecode(cv2.imencode(".jpg", frame[..., ::-1], settings)[1], 1) for frame in frames]
    decoded = np.stack([np.asarray(frame, np.uint8)[..., ::-1] for frame in seen])
    assert _fit(frames).noise <= 1.0
    assert _fit(decoded).noise > 1.5


def test_noise_is_the_95th_percentile_of_the_distance_from_the_line() -> None:
    # luma 100 throughout; Cr strays by -k..k in equal shares, so 95 % lie within 0.95 k; the line is at 0
    stray = np.tile(np.repeat(np.arange(-8, 9), 40), (1, 10, 1))
    coded = np.stack([np.full_like(stray, 100), 128 + stray, np.full_like(stray, 128)], axis=-1).astype(np.uint8)
    grey_map = fit_grey_map(coded, np.ones(stray.shape[1:], np.bool_))
    assert grey_map.line[100] == pytest.approx((0, 0), abs=0.01)
    assert grey_map.noise == pytest.approx(np.percentile(np.abs(stray), 95))


def test_too_few_pixels_give_a_neutral_map() -> None:
    frames = _speckle(SEPIA, 200)
    where = np.zeros((96, 96), np.bool_)
    where[0, :14] = True  # 56 of four frames
    for place in (where, np.zeros_like(where)):
        line, noise = fit_grey_map(_coded(frames), place)
        assert not line.any()
        assert noise == 0


def test_the_distance_from_a_neutral_map_worked_by_hand() -> None:
    # (180, 90, 90): Y 117, Cr 128 + 45, Cb 128 - 15; (90, 90, 90) is grey
    frame = np.array([[(180, 90, 90), (90, 90, 90)]], np.uint8)
    distance = chroma_distance(frame, neutral())
    assert distance.dtype == np.float32
    assert distance[0] == pytest.approx((np.hypot(45, 15), 0), abs=0.3)


def test_neutral_marks_and_half_tinted_pixels_of_a_tinted_clip_have_no_distance() -> None:
    grey_map = GreyMap(_expected(SEPIA).astype(np.float32), 0.5)
    grey = np.arange(256, dtype=np.uint8)
    neutral_marks = np.stack([grey] * 3, axis=-1)[None]
    assert chroma_distance(neutral_marks, grey_map).max() == 0
    for share in (0.5, 1.0):
        tint = 1 - share * (1 - np.array(SEPIA))
        tinted = np.rint(grey[:, None] * tint).astype(np.uint8)[None]
        assert chroma_distance(tinted, grey_map).max() < 1.3  # rounding to whole levels


def test_the_distance_from_a_tinted_map_is_that_from_the_stretch_between_grey_and_line() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    grey_map = GreyMap(_expected(SEPIA).astype(np.float32), 0.0)
    coded = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb).astype(float)
    shares = np.linspace(0, 1, 1001)
    for row, column in np.ndindex(20, 20):
        luma, *chroma = coded[row, column]
        stretch = shares[:, None] * grey_map.line[int(luma)]
        nearest = np.hypot(*(np.array(chroma) - 128 - stretch).T).min()
        assert chroma_distance(frame, grey_map)[row, column] == pytest.approx(nearest, abs=0.05)


def test_the_distance_is_rounded_step_by_step_in_single_precision() -> None:
    # fused or reordered arithmetic, as in cv2.magnitude, depends on memory alignment: one clip would give many masks
    frame = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    red, blue = (cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)[..., 1:].astype(np.float32) - 128).transpose(2, 0, 1)
    assert np.array_equal(chroma_distance(frame, neutral()), np.sqrt(red * red + blue * blue))


@pytest.mark.parametrize("limit", [25, 40.0, 40.7, 61.3])
@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), SEPIA, BLUE], ids=["neutral", "sepia", "blue"])
def test_farther_pixels_are_those_with_a_larger_distance(tint: tuple[float, float, float], limit: float) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    grey_map = GreyMap(_expected(tint).astype(np.float32), 0.0) if min(tint) < 1 else neutral()
    coded = _coded(frame[None])[0]
    assert np.array_equal(farther(coded, grey_map, limit), chroma_distance(frame, grey_map) > limit)
    assert not farther(np.full_like(coded, 128), grey_map, limit).any()


def test_the_square_is_that_of_the_distance_from_neutral_grey() -> None:
    red, blue = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    found = chroma_square(np.stack([np.zeros_like(red), red, blue], axis=-1))
    assert np.array_equal(found, (red.astype(int) - 128) ** 2 + (blue.astype(int) - 128) ** 2)


def test_a_clip_with_more_pixels_than_are_looked_at_gives_about_the_same_map(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = _speckle(SEPIA, 220)
    whole = _fit(frames)
    monkeypatch.setattr(tint_module, "_AT_MOST", 9000)  # every fourth
    part = _fit(frames)
    assert part.line == pytest.approx(whole.line, abs=1.5)
    assert part.noise == pytest.approx(whole.noise, abs=0.3)
