"""All arms of a clip in one pass: what is decoded and computed once, whom a fault concerns, and what needs no pair."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.metrics.accumulate import clipwise, framed, mapped
from evalkit.metrics.declare import Moment
from evalkit.metrics.mae import MAE
from evalkit.metrics.measure import NO_INPUT, NO_TRUTH, measure_arms, measure_pair
from evalkit.metrics.registry import METRICS
from translator.clips.clip import Clip, Frame, mask_clip
from translator.errors import InputError

Pixels = NDArray[np.uint8]
SHAPE = (4, 24, 26)
EVERYWHERE = np.ones(SHAPE[1:], np.bool_)


def _frames(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, SHAPE, dtype=np.uint8)


def _hidden() -> NDArray[np.bool_]:
    hidden = np.zeros(SHAPE, np.bool_)
    hidden[:, 8:16, 6:20] = True
    return hidden


class _Counted:
    """A clip that counts how often it is streamed; it fails at a frame if asked to."""

    def __init__(self, frames: Pixels, fails_at: int | None = None) -> None:
        self.frames, self.fails_at, self.streamed = frames, fails_at, 0
        self.clip = Clip(Clip.from_array(frames).header, self._stream)

    def _stream(self) -> Iterator[Frame]:
        self.streamed += 1
        for index, frame in enumerate(self.frames):
            if index == self.fails_at:
                raise OSError("damaged")
            yield frame


def _brightness(moment: Moment, region: str) -> float | str:
    return float(moment.made[moment.areas[region]].mean())


BRIGHTNESS = framed(
    name="brightness", value_of_frame=_brightness, unit="grey levels", bounds=(0.0, 255.0), descriptive=True, version=1,
    source="", summary="mean grey level", needs="translation",
)  # fmt: skip


def test_reference_and_mask_are_decoded_once_for_all_arms() -> None:
    real, mask = _Counted(_frames(1)), _Counted(_hidden().astype(np.uint8) * 255)
    tests = {str(seed): Clip.from_array(_frames(seed)) for seed in range(2, 6)}
    measure_arms(real.clip, tests, mask.clip, EVERYWHERE, [MAE], ["frame", "mask"])
    assert (real.streamed, mask.streamed) == (1, 1)


def test_side_by_side_every_arm_has_the_values_that_it_has_alone() -> None:
    real, regions = Clip.from_array(_frames(1)), ["frame", "mask", "unmasked", "seen", "unseen"]
    mask, tests = mask_clip(_hidden(), real), {str(seed): Clip.from_array(_frames(seed)) for seed in (2, 3)}
    together = measure_arms(real, tests, mask, EVERYWHERE, list(METRICS.values()), regions)
    for name, test in tests.items():
        assert together[name] == measure_pair(real, test, mask, EVERYWHERE, list(METRICS.values()), regions)


def test_what_goes_wrong_with_one_arm_is_its_own_and_the_others_have_their_values() -> None:
    real = Clip.from_array(_frames(1))
    tests = {
        "good": Clip.from_array(_frames(2)),
        "short": Clip.from_array(_frames(3)[:-1]),
        "damaged": _Counted(_frames(4), fails_at=2).clip,
        "also good": Clip.from_array(_frames(5)),
    }
    found = measure_arms(real, tests, mask_clip(_hidden(), real), EVERYWHERE, [MAE], ["mask"])
    assert isinstance(found["short"], InputError)
    assert isinstance(found["damaged"], OSError)
    for name in ("good", "also good"):
        assert found[name] == measure_pair(real, tests[name], mask_clip(_hidden(), real), EVERYWHERE, [MAE], ["mask"])


def test_what_a_metric_raises_for_one_arm_does_not_disturb_the_others() -> None:
    def bright(moment: Moment, region: str) -> float | str:
        if moment.made[0, 0] == 255:
            raise ZeroDivisionError("too bright")
        return 1.0

    metric = framed(value_of_frame=bright, name="brightness", unit="1", bounds=(0.0, 255.0), descriptive=True,
                    version=1, source="", summary="s")  # fmt: skip
    first, second = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    second[3] = 255
    real = Clip.from_array(first)
    tests = {"dark": Clip.from_array(first), "bright": Clip.from_array(second)}
    found = measure_arms(real, tests, mask_clip(_hidden(), real), EVERYWHERE, [metric], ["frame"])
    assert found["dark"] == {("brightness", "frame"): 1.0}
    assert isinstance(found["bright"], ZeroDivisionError)


def test_what_is_computed_of_a_real_frame_is_computed_once_and_of_a_translated_one_once_an_arm() -> None:
    asked: list[str] = []

    def note(what: str, frame: Frame) -> float:
        asked.append(what)
        return float(frame.mean())

    def difference(moment: Moment, region: str) -> float | str:
        real = moment.of_real("mean", lambda frame: note("real", frame))
        return moment.of_made("mean", lambda frame: note("made", frame)) - real

    shifts = [framed(value_of_frame=difference, name=name, unit="grey levels", bounds=(-255.0, 255.0), target=0.0,
                     version=1, source="", summary="s") for name in ("shift", "again")]  # fmt: skip
    real = Clip.from_array(_frames(1))
    tests = {str(seed): Clip.from_array(_frames(seed)) for seed in (2, 3, 4)}
    found = measure_arms(real, tests, mask_clip(_hidden(), real), EVERYWHERE, shifts, ["frame", "mask"])
    assert (asked.count("real"), asked.count("made")) == (4, 12)
    rows = found["3"]
    assert isinstance(rows, dict)
    assert rows["shift", "frame"] == pytest.approx(_frames(3).mean() - _frames(1).mean(), abs=1e-10)


def test_only_one_step_back_is_kept() -> None:
    seen: list[Moment] = []

    class Keeper:
        def add(self, moment: Moment, regions: Sequence[str]) -> None:
            seen.append(moment)

        def value(self, region: str) -> float | str:
            return 0.0

    metric = clipwise(start=Keeper, name="keeper", unit="1", bounds=(0.0, 1.0), descriptive=True, version=1, source="",
                      summary="s")  # fmt: skip
    real = Clip.from_array(_frames(1))
    measure_pair(real, real, mask_clip(_hidden(), real), EVERYWHERE, [metric], ["frame"])
    assert [moment.before is not None for moment in seen] == [False, False, False, True]


def test_without_a_reference_what_needs_a_pair_has_no_value_and_what_needs_none_has_one() -> None:
    made = Clip.from_array(_frames(2))
    rows = measure_arms(None, {"a": made}, mask_clip(_hidden(), made), EVERYWHERE, [MAE, BRIGHTNESS], ["mask"])["a"]
    assert isinstance(rows, dict)
    assert rows["mae", "mask"] == NO_TRUTH
    assert rows["brightness", "mask"] == pytest.approx(_frames(2)[_hidden()].mean(), abs=1e-10)


def test_unmasked_is_the_frame_without_the_mask_of_each_frame() -> None:
    hidden, real = _hidden(), _frames(1)
    hidden[2] = False
    made = np.where(hidden, 255 - real, real).astype(np.uint8)
    clip = Clip.from_array(real)
    rows = measure_pair(clip, Clip.from_array(made), mask_clip(hidden, clip), EVERYWHERE, [MAE], ["unmasked", "mask"])
    assert rows["mae", "unmasked"] == 0.0
    assert isinstance(rows["mae", "mask"], float)
    made[2, 0, 0] ^= 7
    error = abs(int(made[2, 0, 0]) - int(real[2, 0, 0]))
    rows = measure_pair(clip, Clip.from_array(made), mask_clip(hidden, clip), EVERYWHERE, [MAE], ["unmasked"])
    assert rows["mae", "unmasked"] == pytest.approx(error / (~hidden).sum(), abs=1e-12)


def test_a_frame_without_the_region_or_without_a_number_leaves_the_mean_to_the_others() -> None:
    def sometimes(moment: Moment, region: str) -> float | str:
        return "it is dark" if moment.made.max() == 0 else float(moment.made.max())

    metric = framed(value_of_frame=sometimes, name="top", unit="1", bounds=(0.0, 255.0), descriptive=True, version=1,
                    source="", summary="s")  # fmt: skip
    frames, hidden = np.zeros(SHAPE, np.uint8), _hidden()
    frames[1], frames[2], frames[3] = 10, 30, 200
    hidden[3] = False
    real = Clip.from_array(frames)

    def value(made: Pixels) -> float | str:
        return measure_pair(real, Clip.from_array(made), mask_clip(hidden, real), EVERYWHERE, [metric], ["mask"])[
            "top", "mask"
        ]

    assert value(frames) == 20.0
    assert value(np.zeros(SHAPE, np.uint8)) == "it is dark"


def test_a_mapped_metric_takes_one_map_either_of_frames_or_of_the_moment() -> None:
    with pytest.raises(ValueError, match="either map_of or map_at"):
        mapped(name="m", unit="1", bounds=(0.0, 1.0), higher_is_better=True, version=1, source="", summary="s")


def test_a_pair_of_frames_makes_a_metric_temporal() -> None:
    assert {metric.name for metric in METRICS.values() if metric.temporal} >= {"temporal_error", "warping_error"}
    assert not any(metric.temporal for metric in (MAE, METRICS["ssim[wang2004]"]))


def test_the_unmasked_region_is_without_what_was_hidden_and_without_what_the_arms_were_given() -> None:
    hidden, given = np.zeros(SHAPE, np.bool_), np.zeros(SHAPE, np.bool_)
    hidden[:, 2:6, 3:9], given[:, 4:9, 5:12] = True, True
    made = np.full(SHAPE, 10, np.uint8)
    made[hidden], made[given & ~hidden] = 70, 130
    real = Clip.from_array(np.zeros(SHAPE, np.uint8))
    masks = mask_clip(hidden, real), mask_clip(given, real)
    regions = ["mask", "unmasked"]
    found = measure_arms(real, {"arm": Clip.from_array(made)}, masks[0], EVERYWHERE, [MAE], regions, masks[1])
    assert found["arm"] == {("mae", "mask"): 70.0, ("mae", "unmasked"): 10.0}


def test_what_compares_with_what_the_arm_was_given_says_so_where_that_is_not_known() -> None:
    real = Clip.from_array(_frames(1))
    found = measure_arms(real, {"arm": real}, mask_clip(_hidden(), real), EVERYWHERE, [METRICS["change"]], ["frame"])
    assert found["arm"] == {("change", "frame"): NO_INPUT}
