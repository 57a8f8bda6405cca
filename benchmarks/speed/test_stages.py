"""The stages around the generator: decode a clip, find what colour hides, draw the report; peers where there are any.

A simulated clip of 48 frames of 256 x 256 is read as NPZ and MP4 in colour, as DICOM in grey, and one frame of it as
PNG; the peers decode the same file without looking at it closer. The report is that of the small run of the tests.
"""

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import read_run
from reports.page.write import page_of
from translator.clips.clip import Clip, grey_clip
from translator.clips.read import read_clip
from translator.clips.write import SUFFIX, Format, write_clip
from translator.regions.flow import flow_mask_clip
from translator.regions.screen import find_regions
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow

FRAMES, SIDE = 48, 256
GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden" / "run"


@pytest.fixture(scope="module")
def painted() -> Clip:
    rng = np.random.default_rng(0)
    frames, _, _ = heart_clip(rng, rng, FRAMES, SIDE, 25.0)
    sector = find_regions(Clip.from_array(frames)).sector
    return Clip.from_array(paint_flow(frames, sector, rng, draw_settings(rng, coverage=0.15)).frames, 25.0)


def _ours(path: Path) -> int:
    return sum(1 for _ in read_clip(path).frames())


def _opencv(path: Path) -> int:
    capture, count = cv2.VideoCapture(str(path)), 0
    while capture.read()[0]:
        count += 1
    return count


def _pydicom(path: Path) -> int:
    return len(pydicom.dcmread(path).pixel_array)


def _numpy(path: Path) -> int:
    with np.load(path) as file:
        return len(file[next(iter(file.files))])


READERS = {"sonoproof": _ours, "numpy": _numpy, "opencv": _opencv, "pydicom": _pydicom}
CASES: list[tuple[Format, str]] = [
    ("npz", "sonoproof"), ("npz", "numpy"), ("mp4", "sonoproof"), ("mp4", "opencv"), ("dicom", "sonoproof"),
    ("dicom", "pydicom"), ("png", "sonoproof"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "name"), CASES)
def test_decode(benchmark: BenchmarkFixture, painted: Clip, tmp_path: Path, form: Format, name: str) -> None:
    benchmark.group = f"decode {FRAMES} frames of {SIDE} x {SIDE}, {form}"
    one = {"png": Clip.from_array(next(painted.frames())[None], 25.0), "dicom": grey_clip(painted)}
    clip = one.get(form, painted)
    path = write_clip(tmp_path / f"clip{SUFFIX[form]}", clip, form)
    assert benchmark(READERS[name], path) == clip.header.frames


def test_flow_mask(benchmark: BenchmarkFixture, painted: Clip) -> None:
    benchmark.group = f"find what colour hides in {FRAMES} frames of {SIDE} x {SIDE}"
    frames = benchmark(lambda: flow_mask_clip(painted).array())
    assert frames.any()


def test_report(benchmark: BenchmarkFixture) -> None:
    if not GOLDEN.is_dir():
        pytest.skip("the tests, whose run is drawn, are not beside the benchmarks")
    benchmark.group = "report of the golden run"
    run = read_run(GOLDEN)
    names = read_pseudonyms(run.folder)
    page = benchmark(page_of, run, names, False)
    assert len(page) > 100_000
