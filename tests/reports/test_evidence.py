"""Evidence and uncertainty as colours, by hand."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from reports import write_report
from reports.gallery.evidence import (
    COLOURS,
    SCALE_TOP,
    evidence_sheet,
    origin_picture,
    scale_colours,
    side_panels,
    uncertainty_picture,
)
from reports.gallery.shares import origins_of
from translator.artefacts import Store
from translator.clips.clip import Clip, Frame, grey_clip
from translator.clips.npz import read_npz, write_npz
from translator.fill.origins import CARRIED_OVER, INVENTED, OriginCount
from translator.simulate.dataset import PhantomSet, write_phantoms
from translator.translation import Translation


def test_what_was_measured_stays_as_it_is_and_the_rest_is_tinted() -> None:
    made = origin_picture(np.full((1, 3), 100, np.uint8), np.array([[0, CARRIED_OVER, INVENTED]], np.uint8))
    assert made[0, 0].tolist() == [100, 100, 100]
    assert made[0, 1].tolist() == [round(40 + 0.6 * value) for value in COLOURS[CARRIED_OVER]]
    assert made[0, 2].tolist() == [round(40 + 0.6 * value) for value in COLOURS[INVENTED]]


def test_an_expected_error_has_the_colour_of_its_place_on_the_scale() -> None:
    steps = np.array([[0, 4 * SCALE_TOP // 2, 4 * SCALE_TOP, 255, 0]], np.uint8)
    hidden = np.array([[True, True, True, True, False]])
    made = uncertainty_picture(np.full((1, 5), 100, np.uint8), steps, hidden)
    scale = scale_colours()
    assert [made[0, i].tolist() for i in range(4)] == [scale[i].tolist() for i in (0, 128, 255, 255)]
    assert made[0, 4].tolist() == [50, 50, 50]


def test_the_scale_grows_lighter_all_the_way_so_that_it_is_read_without_hue() -> None:
    luma = scale_colours() @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luma) > -1).all()
    assert luma[-1] - luma[0] > 150


@pytest.mark.parametrize("size", [(9, 17), (100, 140), (700, 900)])
def test_a_sheet_of_any_frame_size_has_panels_over_its_legend(size: tuple[int, int]) -> None:
    grey = np.full(size, 90, np.uint8)
    colour = grey[..., None].repeat(3, axis=2)
    without = evidence_sheet(colour, grey, np.zeros(size, np.uint8), None)
    whole = evidence_sheet(colour, grey, np.zeros(size, np.uint8), np.zeros(size, np.uint8))
    assert without.dtype == whole.dtype == np.uint8
    assert 320 < without.shape[0] < whole.shape[0] < 640  # the scale has a line of its own
    assert without.shape[1] < whole.shape[1]


def test_an_arm_has_the_panels_that_it_has_files_for() -> None:
    clip = Clip.from_array(np.full((2, 5, 6), 90, np.uint8))
    classes = Clip.from_array(np.full((2, 5, 6), INVENTED, np.uint8))
    assert list(side_panels(clip, None, None)) == []
    assert list(side_panels(clip, classes, None)) == ["origin"]
    panels = side_panels(clip, classes, clip)
    assert {name: panel.array().shape for name, panel in panels.items()} == {
        "origin": (2, 5, 6, 3),
        "uncertainty": (2, 5, 6, 3),
    }


def test_shares_are_of_all_hidden_pixels_of_the_shown_clips(tmp_path: Path) -> None:
    shown = []
    for name, level, frames in (("one", CARRIED_OVER, 3), ("two", INVENTED, 1)):
        (tmp_path / name).mkdir()
        write_npz(tmp_path / name / "arm-0.evidence.npz", Clip.from_array(np.full((frames, 2, 2), level, np.uint8)))
        shown.append((tmp_path / name, {"mine": {"evidence": "arm-0.evidence.npz"}}))
    (row,) = origins_of([*shown, (tmp_path, {})], ["other", "mine"])
    assert (row.arm, row.clips, row.count) == ("mine", 2, OriginCount(12, 4))
    assert row.count.invented_share == 0.25


class _Tells:
    """The luma; of what is hidden, the left half of the frame is carried over and the right half invented."""

    identity = {"tells": 1}  # noqa: RUF012 - the form that arms declare it in

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        half = clip.header.width // 2

        def classes(frame: Frame) -> Frame:
            left = np.arange(frame.shape[1]) < half
            return np.where(frame > 127, np.where(left, np.uint8(CARRIED_OVER), np.uint8(INVENTED)), np.uint8(0))

        return Translation(grey_clip(clip), mask.mapped(classes, 1), mask.mapped(lambda frame: frame // 255 * 10, 1))


def test_the_page_shows_evidence_with_its_legend_and_the_shares_of_the_shown_clips(tmp_path: Path) -> None:
    write_phantoms(tmp_path, PhantomSet(1, 5, clips_per_subject=1, frames=2, size=64), lambda i, n: None)
    arms = [{"name": "mine", "translator": "tells:x"}, {"name": "grey", "translator": "trivial:grey"}]
    study = Study.model_validate({"title": "t", "manifest": "manifest.csv", "arms": arms})
    plan = freeze(study, tmp_path, {"tells": lambda rest: _Tells()})
    run = run_study(plan, tmp_path / "run", Store(tmp_path / "cache"), lambda stage, i, n: None)
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    (evidence,) = (tmp_path / "run" / "exhibits").rglob("arm-0.evidence.npz")
    classes = read_npz(evidence).array()
    invented = (classes == INVENTED).sum() / (classes > 0).sum()
    assert 0 < invented < 1
    row = f"<td>1</td><td>{1 - invented:.1%}</td><td>{invented:.1%}</td><td>2.5</td>"
    assert f'<th scope="row">mine</th>{row}' in page
    assert '<th scope="row">grey</th><td>1</td>' not in page  # it tells nothing
    assert "mine: difference, grey: difference, mine: origin, mine: uncertainty" in page
    assert "background: #56b4e9" in page
    assert "linear-gradient(to right, #" in page
    assert "stand for no population" in page


def test_a_page_of_arms_that_tell_nothing_has_no_legend(run: Run, tmp_path: Path) -> None:
    assert "carried over" not in write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
