import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.examples import get_path

from evalkit.metrics.registry import METRICS
from evalkit.tasks.registry import KINDS
from translator.clips.clip import Clip, to_grey
from translator.clips.npz import read_npz, read_npz_mask, write_npz
from translator.clips.read import read_clip
from translator.regions.screen import find_regions
from translator.weights import DEFAULT, shipped_names

Runner = Callable[..., tuple[int, str, str]]


def _phantoms(run: Runner, folder: Path, *more: object) -> Path:
    code, _, err = run(
        "phantom", "--out", folder, "--subjects", 7, "--seed", 3, "--clips", 1, "--frames", 5, "--size", 64, *more
    )
    assert code == 0, err
    return folder


def _set_arms(path: Path, arms: Sequence[str]) -> None:
    """Leave only trivial arms, so that these tests load no network."""
    text = path.read_text()
    path.write_text(text.replace(f'translator = "weights:{DEFAULT}"', f'translator = "{arms[0]}"'))


def test_help_names_every_verb_in_the_order_of_the_work(run: Runner) -> None:
    code, out, _ = run("--help")
    assert code == 0
    verbs = ["demo", "doctor", "list", "mask", "translate", "phantom", "simulate", "run", "report"]
    places = [out.index(f"│ {verb} ") for verb in verbs]
    assert places == sorted(places)


@pytest.mark.parametrize("arguments", [["unknown"], ["translate"], ["run", "x.toml"], ["list", "nothing"]])
def test_wrong_usage_exits_with_two(run: Runner, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


def test_what_a_study_can_name_is_listed_for_machines_too(run: Runner) -> None:
    metrics = json.loads(run("list", "metrics", "--json")[1])
    assert [row["name"] for row in metrics] == list(METRICS)
    assert "ssim[wang2004]" in run("list", "metrics")[1]  # square brackets are no markup
    assert {*KINDS, "module:object"} == {row["kind"] for row in json.loads(run("list", "tasks", "--json")[1])}
    arms = [row["translator"] for row in json.loads(run("list", "arms", "--json")[1])]
    assert {"trivial:grey", "trivial:telea", "trivial:temporal-median", f"weights:{DEFAULT}"} <= set(arms)
    assert [row["name"] for row in json.loads(run("list", "weights", "--json")[1])] == shipped_names()


def test_a_card_is_printed_for_people_and_machines(run: Runner) -> None:
    code, out, _ = run("card", DEFAULT)
    assert code == 0
    assert out.startswith(f"# {DEFAULT}\n")
    assert "## Training data" in out
    assert "## Limits" in out
    assert json.loads(run("card", DEFAULT, "--json")[1])["name"] == DEFAULT
    assert run("card", "no-such-weights")[0] == 2


def test_doctor_finds_that_all_it_needs_works(run: Runner) -> None:
    code, out, _ = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)}
    assert code == 0, out
    assert "ops.nms runs" in checks["torchvision"]["found"]
    assert checks["weights"]["works"]


def test_from_phantoms_to_a_report(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    assert run("study", "init", clips / "manifest.csv")[0] == 0
    _set_arms(clips / "study.toml", ["trivial:telea"])
    code, out, err = run("run", clips / "study.toml", "--out", tmp_path / "run", "--json")
    result = json.loads(out)
    outcomes = {row["claim"]: row["outcome"] for row in result["verdicts"]}
    assert code == (1 if "refuted" in outcomes.values() else 0), err
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {
        "run.json",
        "measurements.parquet",
        "estimates.parquet",
        "verdicts.json",
        "report.html",
        "plan.json",
    } <= names
    table = pd.read_parquet(tmp_path / "run" / "measurements.parquet")
    assert len(table) == 7 * 3 * 3 * 5  # clips, arms, metrics, regions
    assert (tmp_path / ".sonoproof-cache").is_dir()
    assert run("report", tmp_path / "run", "--out", tmp_path / "again.html")[0] == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "run" / "report.html").read_bytes()


def test_a_refuted_claim_exits_with_one_and_an_undecided_one_only_when_strict(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    study = """
    schema_version = 1
    title = "t"
    manifest = "manifest.csv"
    arms = [{name = "grey", translator = "trivial:grey"}, {name = "telea", translator = "trivial:telea"}]
    [[claims]]
    id = "c"
    sentence = "s"
    arm = "grey"
    metric = "mae"
    region = "mask"
    relation = "at_most"
    reference = REFERENCE
    """
    mean = 0.0
    for reference, expected, strict in ((1e-6, 1, False), (255.0, 0, True), (None, 0, False), (None, 1, True)):
        value = mean if reference is None else reference
        path = clips / f"study-{value}-{strict}.toml"
        path.write_text(study.replace("REFERENCE", repr(value)))
        code, out, _ = run(
            "run", path, "--out", tmp_path / f"run-{value}-{strict}", "--json", *(["--strict"] if strict else [])
        )
        assert code == expected, out
        estimates = pd.read_parquet(tmp_path / f"run-{value}-{strict}" / "estimates.parquet")
        mean = float(estimates.loc[estimates["id"] == "c", "value"].iloc[0])


def test_an_unknown_key_is_named_with_the_nearest_and_exits_with_two(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('title = "t"\nmanifst = "m.csv"\narms = [{name = "g", translator = "trivial:grey"}]\n')
    code, _, err = run("run", path, "--out", tmp_path / "run")
    assert code == 2
    assert "unknown key 'manifst'. Did you mean 'manifest'?" in err
    assert not (tmp_path / "run").exists()


def test_translate_writes_what_was_asked_and_goes_on_after_a_bad_file(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    good = clips / "phantom-3-0000-0.cfd.npz"
    code, out, err = run(
        "translate", bad, good, "--out", tmp_path / "out", "--model", "trivial:telea", "--format", "npz", "--json"
    )
    assert code == 2
    assert "bad.mp4" in err
    (done,) = json.loads(out)["done"]
    made = read_npz(Path(done["output"]))
    assert Path(done["output"]) == tmp_path / "out" / "phantom-3-0000-0.cfd.npz"
    assert (made.header.shape, made.header.fps) == ((5, 64, 64), 25.0)
    mask = read_npz_mask(Path(done["output"]))
    assert mask is not None
    hidden = mask.array() > 127
    luma = to_grey(read_npz(good).array())
    inside = find_regions(read_npz(good)).sector & ~hidden
    assert hidden.any()
    assert np.array_equal(made.array()[inside], luma[inside])


@pytest.mark.parametrize(("form", "suffix"), [("mp4", ".mp4"), ("png", ".png"), ("dicom", ".dcm")])
def test_translate_writes_every_format(run: Runner, tmp_path: Path, form: str, suffix: str) -> None:
    source = tmp_path / "power.dcm"
    source.write_bytes(Path(get_path("rgb_color")).read_bytes())
    code, _, err = run("translate", source, "--out", tmp_path / "out", "--model", "trivial:telea", "--format", form)
    assert code == 0, err
    made = read_clip(tmp_path / "out" / f"power{suffix}")
    assert made.header.shape[:3] == (1, 240, 320)
    frame = made.array()[0]
    if frame.ndim == 3:  # VP9 keeps colour planes, but there is no colour in them
        assert np.ptp(frame.astype(int), axis=-1).max() <= 6


def test_inputs_that_would_overwrite_each_other_are_refused_before_any_work(run: Runner, tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        (tmp_path / name).write_bytes(b"x")
    code, _, err = run(
        "translate", tmp_path / "a.png", tmp_path / "a.jpg", "--out", tmp_path / "out", "--model", "trivial:grey"
    )
    assert code == 2
    assert err.count("as would another input") == 2


def test_a_given_mask_is_used(run: Runner, tmp_path: Path) -> None:
    frames = np.full((3, 32, 32, 3), 90, np.uint8)
    write_npz(tmp_path / "clip.npz", Clip.from_array(frames, 10.0))
    mask = np.zeros((32, 32), np.uint8)
    mask[8:16, 8:16] = 255
    write_npz(tmp_path / "mask.npz", Clip.from_array(mask[None]))
    code, _, err = run("translate", tmp_path / "clip.npz", "--mask", tmp_path / "mask.npz", "--out", tmp_path / "out",
                       "--model", "trivial:telea", "--format", "npz")  # fmt: skip
    assert code == 0, err
    kept = read_npz_mask(tmp_path / "out" / "clip.npz")
    assert kept is not None
    assert np.array_equal(kept.array() > 127, (mask > 127)[None].repeat(3, axis=0))


def test_mask_writes_a_mask_that_translate_takes_and_a_picture(run: Runner, tmp_path: Path) -> None:
    code, out, err = run("mask", get_path("rgb_color"), "--out", tmp_path, "--json")
    assert code == 0, err
    (done,) = json.loads(out)["done"]
    assert 0.02 < done["largest_mask_share"] < 0.08
    assert read_clip(done["picture"]).header.shape == (1, 240, 640, 3)
    code, _, err = run(
        "translate", get_path("rgb_color"), "--mask", tmp_path, "--out", tmp_path / "out", "--model", "trivial:grey"
    )
    assert code == 0, err


def test_a_manifest_is_built_from_a_folder_without_identifiers(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    (folder / "anna").mkdir(parents=True)
    (folder / "anna" / "one.dcm").write_bytes(Path(get_path("rgb_color")).read_bytes())
    (folder / "anna" / "two.dcm").write_bytes(Path(get_path("ybr_color")).read_bytes())
    write_npz(folder / "three.npz", Clip.from_array(np.zeros((2, 32, 32), np.uint8)))
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM")
    code, _, err = run("manifest", "build", folder)
    assert code == 2  # one file could not be read, and the others are there
    assert "broken.dcm" in err
    table = pd.read_csv(folder / "manifest.csv", dtype=str).set_index("clip_id")
    assert list(table.index) == ["site-clip-0001", "site-clip-0002", "site-clip-0003"]
    assert table.loc["site-clip-0001", "cfd"] == "anna/one.dcm"
    assert table.loc["site-clip-0002", "greyscale"] == "anna/two.dcm"
    assert list(table["subject_id"]) == ["site-subject-0001", "site-subject-0002", "site-subject-0003"]
    assert "13US1" not in (folder / "manifest.csv").read_text()  # the PatientID of one.dcm
    assert run("manifest", "build", folder)[0] == 2  # never overwritten


def test_a_dicom_without_preamble_is_built_into_a_manifest_too(run: Runner, tmp_path: Path) -> None:
    data = pydicom.dcmread(get_path("rgb_color"))
    del data.file_meta, data.preamble
    data.save_as(tmp_path / "bare.dcm", implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert (tmp_path / "bare.dcm").read_bytes()[128:132] != b"DICM"
    code, _, err = run("manifest", "build", tmp_path)
    assert code == 0, err
    assert "bare.dcm" in (tmp_path / "manifest.csv").read_text()


def test_simulated_flow_makes_pairs_of_greyscale_clips(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips", "--anatomy", "kidney")
    code, _, err = run("simulate", clips / "manifest.csv", "--out", tmp_path / "painted", "--frames", 3, "--seed", 4)
    assert code == 0, err
    table = pd.read_csv(tmp_path / "painted" / "manifest.csv", dtype=str)
    assert set(table["pairing"]) == {"simulated"}
    truth = read_npz(tmp_path / "painted" / table["greyscale"][0]).array()
    assert np.array_equal(truth, read_npz(clips / "phantom-3-0000-0.grey.npz").array()[:3])


def test_an_old_manifest_is_never_overwritten(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    assert run("phantom", "--out", clips, "--subjects", 2)[0] == 2


def test_demo_never_touches_what_is_not_its_own(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "mine.txt").write_text("precious")
    code, _, err = run("demo", "--out", tmp_path)
    assert code == 2
    assert "is not the demo's" in err
    assert (tmp_path / "clips" / "mine.txt").read_text() == "precious"


def test_a_still_is_never_overwritten_by_its_own_preview(run: Runner, tmp_path: Path) -> None:
    still = tmp_path / "shot.dcm"
    still.write_bytes(Path(get_path("rgb_color")).read_bytes())
    picture = run("translate", still, "--out", tmp_path, "--model", "trivial:grey", "--format", "png")
    assert picture[0] == 0
    before = (tmp_path / "shot.png").read_bytes()
    assert run("mask", tmp_path / "shot.png", "--out", tmp_path)[0] == 0
    assert (tmp_path / "shot.png").read_bytes() == before
    assert (tmp_path / "shot.mask.png").is_file()


def test_a_clip_without_colour_is_translated_with_a_warning(run: Runner, tmp_path: Path) -> None:
    write_npz(tmp_path / "grey.npz", Clip.from_array(np.full((2, 32, 32), 80, np.uint8)))
    code, _, err = run("translate", tmp_path / "grey.npz", "--out", tmp_path / "out", "--model", "trivial:telea")
    assert code == 0
    assert "no colour was found" in err


def test_a_folder_of_finished_videos_is_a_model_too(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    source = clips / "phantom-3-0000-0.cfd.npz"
    first = ("translate", source, "--out", tmp_path / "first", "--model", "trivial:telea", "--format", "npz")
    assert run(*first)[0] == 0
    code, _, err = run("translate", source, "--out", tmp_path / "second", "--model", f"folder:{tmp_path / 'first'}",
                       "--format", "npz")  # fmt: skip
    assert code == 0, err
    name = "phantom-3-0000-0.cfd.npz"
    assert np.array_equal(read_npz(tmp_path / "first" / name).array(), read_npz(tmp_path / "second" / name).array())


def test_a_folder_that_cannot_be_written_to_exits_with_two(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    code, _, err = run("study", "init", clips / "manifest.csv", "--out", tmp_path / "nowhere" / "s.toml")
    assert code == 2
    assert "No such file or directory" in err


def test_a_population_that_no_clip_belongs_to_is_refused_before_any_work(run: Runner, tmp_path: Path) -> None:
    clips = _phantoms(run, tmp_path / "clips")
    assert run("study", "init", clips / "manifest.csv")[0] == 0
    text = (clips / "study.toml").read_text().replace('# domain = "real"', 'anatomy = "hart"')
    (clips / "study.toml").write_text(text.replace(f"weights:{DEFAULT}", "trivial:telea"))
    code, _, err = run("run", clips / "study.toml", "--out", tmp_path / "run")
    assert code == 2
    assert "no clip of split 'test' has {'anatomy': 'hart'}" in err
    assert "'heart', 'kidney'" in err
