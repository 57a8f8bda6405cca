"""What mask and translate write shows the sector only, and says what was done; names can be replaced."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from sonoproof.cli import app as command
from translator.clips.clip import Clip, Frames, to_grey
from translator.clips.digest import clip_digest
from translator.clips.npz import read_npz, read_npz_mask, write_npz
from translator.clips.read import read_clip
from translator.regions.screen import find_regions

FRAMES = 9


def _with_text() -> Frames:
    """A grey fan with some red in it, and a name in bright letters above it."""
    rng = np.random.default_rng(1)
    frames = np.zeros((FRAMES, 120, 160, 3), np.uint8)
    for row in range(30, 112):
        speckle = rng.integers(60, 160, (FRAMES, row, 1), dtype=np.uint8)
        frames[:, row, 80 - row // 2 : 80 - row // 2 + row] = speckle
    frames[:, 70:86, 70:90] = (210, 30, 20)
    for frame in frames:
        cv2.putText(frame, "DOE JOHN", (2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return frames


def _run(arguments: Sequence[object], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["sonoproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command.main()
    out, err = capfd.readouterr()
    return int(stop.value.code or 0), out, err


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "DOE-JOHN-1947.npz"
    write_npz(path, Clip.from_array(_with_text(), 20.0))
    return path


def _translate(
    clip: Path, folder: Path, capfd: pytest.CaptureFixture[str], *more: object, form: str = "npz"
) -> tuple[Path, dict[str, object]]:
    arguments = ["translate", clip, "--out", folder, "--model", "trivial:telea", "--format", form, "--json", *more]
    code, out, err = _run(arguments, capfd)
    assert code == 0, err
    (done,) = json.loads(out)["done"]
    return Path(done["output"]), done


def _mask(clip: Path, folder: Path, capfd: pytest.CaptureFixture[str], *more: object) -> dict[str, object]:
    code, out, err = _run(["mask", clip, "--out", folder, "--json", *more], capfd)
    assert code == 0, err
    (done,) = json.loads(out)["done"]
    assert isinstance(done, dict)
    return done


def test_the_test_clip_has_its_text_outside_the_sector_and_flow_inside() -> None:
    sector = find_regions(Clip.from_array(_with_text())).sector
    assert not sector[:20].any()
    assert sector[70:86, 70:90].all()


@pytest.mark.parametrize("form", ["npz", "png", "dicom", "mp4"])
def test_text_outside_the_sector_is_in_no_translation(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    path, done = _translate(clip, tmp_path / "out", capfd, form=form)
    made = read_clip(path).array()
    assert made[:, :16].max() <= (12 if form == "mp4" else 0)  # a codec rings
    assert made[0, 70:86, 70:90].min() > 30
    assert (done["outside"], done["box"]) == ("blank", [0, 0, 120, 160])


def test_inside_the_sector_and_outside_the_mask_nothing_changes(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, _ = _translate(clip, tmp_path / "out", capfd)
    mask = read_npz_mask(path)
    assert mask is not None
    kept = find_regions(read_npz(clip)).sector & ~(mask.array() > 127)
    assert np.array_equal(read_npz(path).array()[kept], to_grey(_with_text())[kept])


def test_everything_is_kept_where_that_is_asked_for(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, done = _translate(clip, tmp_path / "out", capfd, "--outside", "keep")
    assert np.array_equal(read_npz(path).array()[:, :16], to_grey(_with_text())[:, :16])
    assert done["outside"] == "keep"


def test_the_picture_of_a_mask_shows_the_sector_only(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = _mask(clip, tmp_path / "out", capfd)
    picture = read_clip(str(done["picture"])).array()[0]
    assert picture.shape == (120, 320, 3)
    assert not picture[:16].any()
    assert picture[75, 75].tolist() == [210, 30, 20]
    kept = _mask(clip, tmp_path / "kept", capfd, "--outside", "keep")
    assert read_clip(str(kept["picture"])).array()[0, :16].max() == 255


def test_mask_and_clip_are_cropped_alike_and_either_size_of_mask_fits(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = _mask(clip, tmp_path / "whole", capfd)
    cropped = _mask(clip, tmp_path / "cropped", capfd, "--outside", "crop")
    assert isinstance(cropped["box"], list)
    top, left, bottom, right = cropped["box"]
    assert (top >= 20, bottom <= 120, left > 0, right < 160) == (True,) * 4
    mask = read_npz(Path(str(cropped["output"]))).array()
    assert mask.shape == (FRAMES, bottom - top, right - left)
    assert cropped["largest_mask_share"] == whole["largest_mask_share"]  # of the source's frame, both
    made = []
    for number, given in enumerate(([], ["--mask", tmp_path / "whole"], ["--mask", tmp_path / "cropped"])):
        path, done = _translate(clip, tmp_path / f"out-{number}", capfd, "--outside", "crop", *given)
        stored = read_npz_mask(path)
        assert stored is not None
        assert np.array_equal(stored.array(), mask)
        assert done["box"] == [top, left, bottom, right]
        made.append(read_npz(path).array())
    assert made[0].shape == mask.shape
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])
    uncropped, _ = _translate(clip, tmp_path / "blank", capfd)
    assert np.array_equal(read_npz(uncropped).array()[:, top:bottom, left:right], made[0])


def test_a_mask_of_a_third_size_is_refused_with_the_clips_own(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_npz(tmp_path / "wrong.npz", Clip.from_array(np.zeros((FRAMES, 10, 10), np.uint8)))
    arguments = ["translate", clip, "--out", tmp_path / "out", "--model", "trivial:grey", "--outside", "crop"]
    code, _, err = _run([*arguments, "--mask", tmp_path / "wrong.npz"], capfd)
    assert code == 2
    assert "has 9 of 120 x 160" in err


@pytest.mark.parametrize("verb", ["translate", "mask"])
def test_a_clip_without_a_sector_is_refused_with_the_way_out(
    verb: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_npz(tmp_path / "black.npz", Clip.from_array(np.zeros((2, 64, 64, 3), np.uint8)))
    arguments = [verb, tmp_path / "black.npz", "--out", tmp_path / "out"]
    arguments += ["--model", "trivial:grey"] if verb == "translate" else []
    code, _, err = _run(arguments, capfd)
    assert code == 2
    assert "no sector was found" in err
    assert "--outside keep" in err
    assert not (tmp_path / "out").exists()
    assert _run([*arguments, "--outside", "keep"], capfd)[0] == 0


def test_a_dicom_claims_nothing_about_identity_that_nobody_checked(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = pydicom.dcmread(_translate(clip, tmp_path / "blank", capfd, form="dicom")[0])
    assert "PatientIdentityRemoved" not in made
    assert "BurnedInAnnotation" not in made
    assert made.DeidentificationMethod == "new header; pixels outside the estimated sector blanked"
    kept = pydicom.dcmread(_translate(clip, tmp_path / "kept", capfd, "--outside", "keep", form="dicom")[0])
    assert (kept.PatientIdentityRemoved, kept.BurnedInAnnotation) == ("NO", "YES")
    assert "DeidentificationMethod" not in kept


def test_a_pseudonym_follows_from_the_content_and_its_mask_is_found_by_it(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    done = _mask(clip, tmp_path / "masks", capfd, "--names", "pseudonym")
    path, _ = _translate(clip, tmp_path / "out", capfd, "--names", "pseudonym", "--mask", tmp_path / "masks")
    other = clip.rename(clip.with_name("ROE.npz"))
    again, _ = _translate(other, tmp_path / "again", capfd, "--names", "pseudonym")
    assert path.name == again.name == Path(str(done["output"])).name
    assert path.stem.startswith("clip-")
    assert len(path.stem) == len("clip-") + 12
    written = [file.name for folder in ("masks", "out", "again") for file in (tmp_path / folder).iterdir()]
    assert len(written) == 4
    assert not [name for name in written if "DOE" in name or "ROE" in name]


def test_names_are_kept_unless_asked_otherwise(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _translate(clip, tmp_path / "out", capfd)[0].name == "DOE-JOHN-1947.npz"


def test_two_copies_of_one_file_are_one_pseudonym_and_refused(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.npz"
    copy.write_bytes(clip.read_bytes())
    code, _, err = _run(["mask", clip, copy, "--out", tmp_path / "out", "--names", "pseudonym"], capfd)
    assert code == 2
    assert err.count("as would another input") == 2


def test_a_folder_of_stills_gets_a_pseudonym_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "DOE_JANE_1950"
    folder.mkdir()
    for index, frame in enumerate(_with_text()[:3]):
        cv2.imwrite(str(folder / f"{index}.png"), frame[..., ::-1])
    done = _mask(folder, tmp_path / "out", capfd, "--names", "pseudonym")
    assert Path(str(done["output"])).name == f"clip-{clip_digest(folder)[:12]}.npz"
    assert not [path for path in (tmp_path / "out").iterdir() if "DOE" in path.name]
