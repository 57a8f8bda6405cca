"""Translation: picture, evidence and uncertainty from one stream, or from clips of their own."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from translator.clips.clip import Clip, Frame, Header
from translator.clips.npz import read_npz, write_npz
from translator.errors import InputError
from translator.evidence_files import recorded
from translator.fill.origins import OriginCount
from translator.translation import TracedFrame, Translation

HEAD = Header(3, 4, 5, 1, 25.0, (0.1, 0.2), "clip")


def _full(value: int, shape: tuple[int, ...] = (4, 5)) -> Frame:
    return np.full(shape, value, np.uint8)


def _counted(passes: list[int], uncertain: bool = True) -> Translation:
    """Three frames of 10, 11, 12 with evidence 0, 128, 255 and uncertainty 0, 4, 8; notes each pass."""

    def stream() -> Iterator[TracedFrame]:
        passes.append(1)
        for index, origin in enumerate((0, 128, 255)):
            yield TracedFrame(_full(10 + index), _full(origin), _full(4 * index) if uncertain else None)

    return Translation.from_stream(HEAD, stream, evidence=True, uncertainty=uncertain)


def test_one_pass_gives_all_three(tmp_path: Path) -> None:
    passes: list[int] = []
    counts: list[OriginCount | None] = []
    clip = recorded(_counted(passes), tmp_path, "a", lambda frame, count: counts.append(count))
    assert passes == []
    write_npz(tmp_path / "a.npz", clip)
    assert passes == [1]
    pixels = {path.name: read_npz(path).array()[:, 0, 0].tolist() for path in tmp_path.iterdir()}
    assert pixels == {"a.npz": [10, 11, 12], "a.evidence.npz": [0, 128, 255], "a.uncertainty.npz": [0, 4, 8]}
    assert read_npz(tmp_path / "a.evidence.npz").header.fps == 25.0
    assert counts == [OriginCount(0, 0, 0, 0), OriginCount(20, 0, 20, 80), OriginCount(0, 20, 20, 160)]


def test_each_part_can_be_streamed_by_itself() -> None:
    made = _counted([])
    assert made.evidence is not None
    assert made.uncertainty is not None
    assert made.clip.header == made.evidence.header == HEAD
    assert made.evidence.array()[:, 0, 0].tolist() == [0, 128, 255]
    assert made.uncertainty.array()[:, 0, 0].tolist() == [0, 4, 8]


def test_a_clip_alone_is_a_translation_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    clip = Clip.from_array(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    write_npz(tmp_path / "a.npz", recorded(Translation(clip), tmp_path, "a"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    assert np.array_equal(read_npz(tmp_path / "a.npz").array(), clip.array())


def test_evidence_without_uncertainty_is_enough(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", recorded(_counted([], uncertain=False), tmp_path, "a"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.evidence.npz", "a.npz"]


def test_clips_of_their_own_go_together_frame_by_frame() -> None:
    clip, evidence = Clip.from_array(_full(9, (3, 4, 5, 3))), Clip.from_array(_full(128, (3, 4, 5)))
    frames = list(Translation(clip, evidence).together())
    assert [(f.picture.shape, f.evidence is not None, f.uncertainty) for f in frames] == [((4, 5, 3), True, None)] * 3


@pytest.mark.parametrize("shape", [(2, 4, 5), (3, 4, 4), (3, 4, 5, 3)])
def test_a_side_that_does_not_fit_its_clip_is_named(shape: tuple[int, ...]) -> None:
    made = Translation(Clip.from_array(_full(9, (3, 4, 5))), uncertainty=Clip.from_array(_full(0, shape)))
    with pytest.raises(InputError, match=r"array: uncertainty: has shape .*, its clip \(3, 4, 5\)"):
        list(made.together())


@pytest.mark.parametrize(
    ("part", "said"), [(None, "is absent"), (_full(0, (4, 4)), r"is uint8 of shape \(4, 4\)")], ids=["none", "small"]
)
def test_a_stream_that_does_not_give_what_it_promised_is_bad_input(
    tmp_path: Path, part: Frame | None, said: str
) -> None:
    made = Translation.from_stream(
        HEAD, lambda: iter([TracedFrame(_full(1), part)] * 3), evidence=True, uncertainty=False
    )
    with pytest.raises(InputError, match=f"clip: evidence: {said}"):
        write_npz(tmp_path / "a.npz", recorded(made, tmp_path, "a"))


def test_mapped_changes_all_parts_alike_and_stays_one_pass() -> None:
    passes: list[int] = []
    made = _counted(passes).mapped(lambda frame: frame[:2, :3], Header(3, 2, 3, 1, 25.0))
    shapes = [[None if part is None else part.shape for part in frame] for frame in made.together()]
    assert shapes == [[(2, 3)] * 3] * 3
    assert passes == [1]
    assert made.clip.array().shape == (3, 2, 3)
