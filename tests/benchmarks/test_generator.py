"""The generator's benchmarks: tables of known values, near truth on a made-up pulse, an envelope that is known."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.metrics.registry import METRICS
from evalkit.records import Measurement
from translator.card import read_card, write_card
from translator.clips.manifest import Entry
from translator.errors import InputError
from translator.regions.screen import Regions
from translator.regions.tint import neutral

pytest.importorskip("benchmarks.generator", reason="no benchmarks beside the tests")

import translator
from benchmarks.generator.card_figures import figures
from benchmarks.generator.envelope import fit_envelope, read_envelope
from benchmarks.generator.fidelity import arm_specs, named
from benchmarks.generator.leave_one_out import weights_for
from benchmarks.generator.near_truth import Painted, match
from benchmarks.generator.tables import COLUMNS, SETS, Measured, as_records, markdown

ARMS = ("mine", "telea", "temporal-fill", "truth")
Pixels = NDArray[np.uint8]


def _measured(subjects: int) -> Measured:
    """MAE in the mask of `mine` is 1, 2, 3 ... by subject, of telea 5 more; nothing else was measured."""
    more = {"mine": 1.0, "telea": 6.0, "temporal-fill": 3.5, "truth": 0.0}
    rows = [
        Measurement(arm, f"c{i}", f"s{i}", "mae", "mask", "simulated", more[arm] + i * (arm != "truth"), "ok")
        for arm in ARMS
        for i in range(subjects)
    ]
    entries = {
        f"c{i}": Entry(clip_id=f"c{i}", subject_id=f"s{i}", split="test", cfd="x", anatomy="lung" if i else "heart")
        for i in range(subjects)
    }
    return Measured(0.1, rows, entries)


def test_tables_have_intervals_from_six_subjects_on_and_else_their_number() -> None:
    text = markdown([_measured(6)], ["mine"])
    lines = text.splitlines()
    mine = next(line for line in lines if line.startswith("| mine "))
    assert mine == "| mine | - | - | 3.50 [1.54, 5.46] | - | - | - | - |"  # 1..6: 3.5 -+ 2.5706 x 1.8708 / sqrt 6
    assert "| heart, 1 subject, 1 clip | mine | - | - | 1.00 (n = 1) | - | - | - | - |" in lines
    assert "| lung, 5 subjects, 5 clips | mine | - | - | 4.00 (n = 5) | - | - | - | - |" in lines
    assert "| 10% | mine | telea | - | - | -5.00 (n = 6) | - | - | - | - |" in lines  # no variation: no interval


def test_the_arms_on_trial_come_first_and_are_compared_with_both_bases() -> None:
    records = as_records([_measured(7)], ["mine"])
    differences = {
        (r["arm"], r["against"]): r["value"]
        for r in records
        if r["against"] and r["metric"] == "mae" and r["region"] == "mask"
    }
    assert differences == {("mine", "telea"): -5.0, ("mine", "temporal-fill"): -2.5, ("temporal-fill", "telea"): -2.5}
    assert len({column.heading for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize("name", SETS)
def test_every_column_is_a_metric_in_a_region_that_it_has(name: str) -> None:
    assert all(column.region in METRICS[column.metric].regions for column in SETS[name])


def test_only_what_was_measured_is_in_the_tables() -> None:
    measured = _measured(7)
    text = markdown([replace(measured, columns=COLUMNS[2:3])], ["mine"])
    assert "MAE mask" in text
    assert "SSIM mask" not in text


def test_another_base_can_be_asked_for() -> None:
    records = as_records([_measured(7)], ["mine", "telea"], ["mine"])
    compared = {(r["arm"], r["against"]) for r in records if r["against"]}
    assert compared == {("telea", "mine"), ("temporal-fill", "mine")}


def test_card_figures_are_means_of_the_named_arms_overall_and_by_anatomy_at_the_main_coverage() -> None:
    main, other = _measured(6), _measured(6)
    records = as_records([main, Measured(0.3, other.rows, other.entries)], ["mine"])
    found = [(f.anatomy, f.coverage, f.value, f.subjects) for f in figures(records, ["mine"])]
    assert found == [
        ("all held-out anatomies", 0.1, 3.5, 6), ("heart", 0.1, 1.0, 1), ("lung", 0.1, 4.0, 5),
        ("all held-out anatomies", 0.3, 3.5, 6),
    ]  # fmt: skip
    assert {f.of for f in figures(records, ["mine"])} == {"mine"}


def test_left_out_anatomies_are_named_on_the_card() -> None:
    measured = _measured(1)
    records = [{**r, "left_out": "neck"} for r in as_records([measured], []) if "anatomy" not in r["population"]]
    records += [{**r, "arm": "generator"} for r in records if r["arm"] == "mine" and not r["against"]]
    assert [(f.of, f.anatomy, f.value) for f in figures(records, [])] == [("without neck", "neck", 1.0)]


def test_weights_that_saw_the_anatomy_are_refused(tmp_path: Path) -> None:
    card = read_card(Path(translator.__file__).parent / "shipped" / "cardiac.card.json")
    (tmp_path / "without-eye-phantom.safetensors").touch()
    write_card(tmp_path / "without-eye-phantom.safetensors", card)
    (tmp_path / "without-heart.safetensors").touch()
    write_card(tmp_path / "without-heart.safetensors", card)
    assert weights_for("eye phantom", tmp_path).name == "without-eye-phantom.safetensors"
    with pytest.raises(InputError, match="was trained on 'heart'"):
        weights_for("heart", tmp_path)
    with pytest.raises(InputError, match=r"without-lung\.safetensors: is not there"):
        weights_for("lung", tmp_path)


def test_arms_are_given_as_name_and_specification() -> None:
    assert named(["a=weights:small", "b=mine:Model=2"]) == [("a", "weights:small"), ("b", "mine:Model=2")]
    assert [arm.name for arm in arm_specs([("a", "weights:small")])][:3] == ["a", "truth", "grey"]
    with pytest.raises(ValueError, match="'weights:small' is not NAME=SPEC"):
        named(["weights:small"])


def _pulsing() -> Painted:
    """24 frames of a plane that swings with period 6; in each period, colour for two frames."""
    whole = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal((90, 100)), 2)
    whole = np.clip(128 + 60 * whole / whole.std(), 0, 255)
    shift = [round(4 * np.sin(2 * np.pi * t / 6)) for t in range(24)]
    grey = np.stack([whole[10 + s : 70 + s, 10:80] for s in shift]).astype(np.uint8)
    flow = np.zeros(grey.shape, np.bool_)
    flow[1::6, 20:40, 25:45] = True
    sector, nothing = np.ones(grey.shape[1:], np.bool_), np.zeros(grey.shape[1:], np.bool_)
    return Painted(np.stack([grey] * 3, axis=-1), grey, flow, Regions(sector, nothing, nothing, neutral()))


def test_references_come_from_the_other_half_in_the_same_phase() -> None:
    """Of a sine of period 6 the phases 1 and 2 are alike; frames beside colour are no references, so 1 finds 2 + 1."""
    clip = _pulsing()
    assert np.flatnonzero(clip.empty)[:6].tolist() == [3, 4, 5, 9, 10, 11]
    found = match(clip, slice(0, 12))
    assert found.frames.tolist() == [1, 7]
    assert (found.references >= 12).all()
    assert (found.stand_ins < 12).all()
    assert {int(frame) % 6 for frame in (*found.references, *found.stand_ins)} == {3}  # shift 0, the nearest to 4 left


def test_a_half_without_an_empty_box_is_refused() -> None:
    clip = _pulsing()
    clip.flow[12:, 30, 30] = True
    with pytest.raises(ValueError, match="no frame with an empty box"):
        match(clip, slice(0, 12))


def _envelope(path: Path, values: Pixels) -> Path:
    samples, lines = values.shape
    head = np.array([1, 1, lines, samples, 1], "<i4").tobytes()
    path.write_bytes(head + bytes(8) + values.T.tobytes())
    return path


def test_an_envelope_is_read_with_depth_from_the_top(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(4, 3)
    np.testing.assert_array_equal(read_envelope(_envelope(tmp_path / "e.raw", values)), values)


@pytest.mark.parametrize("cut", [0, 10, 25, 30])
def test_an_envelope_of_another_length_than_its_header_says_is_refused(tmp_path: Path, cut: int) -> None:
    path = _envelope(tmp_path / "e.raw", np.zeros((4, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="is no uint8 envelope"):
        read_envelope(path)


def test_a_shifted_blurred_and_mapped_envelope_is_found_again() -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal((160, 120)), 3)
    envelope = np.clip(110 + 50 * noise / noise.std(), 0, 255).astype(np.uint8)
    moved = cv2.warpAffine(envelope, np.array([[1, 0, 2.0], [0, 1, -1.5]]), (120, 160))
    truth = 255 * (cv2.GaussianBlur(moved, (0, 0), 1.5) / 255) ** 1.5
    picture = truth.astype(np.uint8)
    hidden = np.zeros(picture.shape, np.bool_)
    hidden[60:100, 40:80] = True
    picture[hidden] = 255
    edge = np.zeros(picture.shape, np.bool_)
    edge[12:-12, 12:-12] = True
    fitted = fit_envelope(envelope, picture, (0, 0, 160, 120), edge & ~hidden)
    assert fitted.blur == 1.5
    assert fitted.correlation > 0.9  # of both as they are: the curved grey map is fitted after it
    assert np.abs(fitted.picture.astype(float) - truth)[hidden].mean() < 3
