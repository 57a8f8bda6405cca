"""Runs: files, determinism, reuse, failures, resuming. On 7 phantom subjects with one clip each."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.metrics.registry import METRICS
from evalkit.plan import Plan, freeze
from evalkit.records import Measurement
from evalkit.run import run_study
from evalkit.seal import Run, read_run
from evalkit.study import Study
from translator.artefacts import Store
from translator.clips.clip import Clip, Frame, grey_clip
from translator.clips.npz import read_npz, write_npz
from translator.errors import InputError
from translator.regions.screen import Regions, find_regions
from translator.simulate.dataset import PhantomSet, write_phantoms
from translator.translation import Translation, Translator

CopyStudy = Callable[[str], Path]
GREY, TELEA = ({"name": name, "translator": f"trivial:{name}"} for name in ("grey", "telea"))
MINE = {"name": "mine", "translator": "fake:x"}
SEALED = ("measurements.parquet", "estimates.parquet", "verdicts.json", "run.json", "plan.json")
SUPERIOR = {
    "id": "telea-beats-grey", "sentence": "s", "arm": "telea", "against": "grey", "metric": "ssim[wang2004]",
    "region": "mask", "relation": "superior",
}  # fmt: skip


class _Counting:
    """Greyscale conversion that notes which clips it was asked for, and raises on some."""

    def __init__(self, raises: dict[str, Exception] | None = None) -> None:
        self.identity = {"counting": 1}
        self.asked: list[str] = []
        self.raises = raises or {}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        self.asked.append(clip.header.source)
        if clip.header.source in self.raises:
            raise self.raises[clip.header.source]
        return Translation(grey_clip(clip))


def _quiet(stage: str, done: int, total: int) -> None:
    pass


def _clip(number: int) -> str:
    return f"phantom-11-{number:04d}-0"


def _freeze(folder: Path, mine: Translator | None = None, **more: Any) -> Plan:
    arms = [GREY, TELEA] if mine is None else [MINE, TELEA]
    asked = {"title": "T", "manifest": "data/manifest.csv", "arms": arms, "metrics": ["ssim[wang2004]", "mae"]}
    study = Study.model_validate(asked | more)
    return freeze(study, folder, {} if mine is None else {"fake": lambda rest: mine})


def _run(folder: Path, mine: Translator | None = None, out: str = "out", cache: str = "cache", **more: Any) -> Run:
    return run_study(_freeze(folder, mine, **more), folder / out, Store(folder / cache), _quiet)


def _of(run: Run, arm: str, clip: str) -> list[Measurement]:
    return [row for row in run.measurements if (row.arm, row.clip_id) == (arm, clip)]


def _values(run: Run, arm: str, metric: str, region: str) -> dict[str, float]:
    """The values that there are, by clip."""
    rows = [row for row in run.measurements if (row.arm, row.metric, row.region) == (arm, metric, region)]
    return {row.clip_id: row.value for row in rows if row.value is not None}


def _edit_row(folder: Path, clip: str, *changes: tuple[str, str]) -> None:
    manifest = folder / "data" / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.startswith(f"{clip},"):
            for old, new in changes:
                assert old in line
                line = line.replace(old, new, 1)
            lines[index] = line
    manifest.write_text("".join(lines), encoding="utf-8")


def test_a_run_writes_its_files_and_every_row(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    run = _run(folder, claims=[SUPERIOR])
    for name in (*SEALED, "timings.json", "exhibits/index.json"):
        assert (folder / "out" / name).is_file()
    assert len(run.measurements) == 7 * 2 * 2 * 5  # clips, arms, metrics, regions
    assert {row.status for row in run.measurements} == {"ok"}
    order = [(row.arm, row.clip_id, row.metric, row.region) for row in run.measurements]
    assert order == sorted(set(order))
    assert [estimate.id for estimate in run.estimates][-1] == "telea-beats-grey"
    assert len(run.estimates) == 2 * 2 * 5 + 1
    assert all(estimate.n_subjects == 7 for estimate in run.estimates)
    assert [verdict.claim for verdict in run.verdicts] == ["telea-beats-grey"]
    assert run.record["plan_sha256"] == _freeze(folder, claims=[SUPERIOR]).sha256


def test_a_run_is_read_back_as_it_was_returned(copy_study: CopyStudy) -> None:
    run = _run(copy_study("one"), claims=[SUPERIOR])
    assert read_run(run.folder) == run


def test_values_are_what_the_arm_and_the_truth_say(copy_study: CopyStudy) -> None:
    """Mean absolute error of grey conversion over the frame and the painted mask, from the files."""
    folder = copy_study("one")
    found = {(row.metric, row.region): row.value for row in _of(_run(folder), "grey", _clip(3))}
    cfd, real = (np.load(folder / "data" / f"{_clip(3)}.{kind}.npz") for kind in ("cfd", "grey"))
    colour, mask, truth = cfd["frames"].astype(float), cfd["mask"], real["frames"].astype(float)
    luma = np.rint(colour @ np.array([0.299, 0.587, 0.114]))
    error = np.abs(luma - truth)
    # integer weights round a few pixels otherwise
    assert found["mae", "frame"] == pytest.approx(error.mean(), abs=0.01)
    assert found["mae", "mask"] == pytest.approx(error[mask].mean(), abs=0.05)


def test_estimates_are_means_of_the_measured_rows(copy_study: CopyStudy) -> None:
    """One clip a subject, so that the mean over subjects is the plain mean of 7 rows."""
    run = _run(copy_study("one"))
    for estimate in run.estimates:
        values = list(_values(run, estimate.arm, estimate.metric, estimate.region).values())
        assert len(values) == 7
        assert estimate.value == pytest.approx(sum(values) / 7, abs=1e-12)


def test_two_runs_in_two_places_with_two_caches_give_the_same_bytes(copy_study: CopyStudy) -> None:
    one, two = copy_study("one"), copy_study("a-much-longer-name")
    _run(one, claims=[SUPERIOR])
    _run(two, out="elsewhere", cache="other", claims=[SUPERIOR])
    for name in (*SEALED, "exhibits/index.json"):
        assert (one / "out" / name).read_bytes() == (two / "elsewhere" / name).read_bytes(), name


def test_runs_with_failures_in_two_places_give_the_same_bytes(copy_study: CopyStudy) -> None:
    """The reason of a failure names the place where the folder lies: it must not reach the table."""
    for name in ("one", "a-much-longer-name"):
        folder = copy_study(name)
        (folder / "videos").mkdir()
        for number in range(6):  # the seventh is missing
            shutil.copy(folder / "data" / f"{_clip(number)}.grey.npz", folder / "videos" / f"{_clip(number)}.npz")
        run = _run(folder, arms=[{"name": "videos", "translator": "folder:videos"}])
        (note,) = {row.note for row in _of(run, "videos", _clip(6))}
        assert f"has no video {_clip(6)}.*" in note
        assert str(folder) not in note
    one, two = folder.parent / "one" / "out", folder / "out"
    assert (one / "measurements.parquet").read_bytes() == (two / "measurements.parquet").read_bytes()


def test_reason_of_a_failure_is_whole_when_the_study_is_in_the_current_folder(
    copy_study: CopyStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `sonoproof run study.toml`: study and manifest lie in `.`, and a full stop stays a full stop."""
    monkeypatch.chdir(copy_study("one") / "data")
    mine = _Counting({_clip(0): ValueError("no luck. Try again.")})
    plan = _freeze(Path(), mine, manifest="manifest.csv")
    run = run_study(plan, Path("out"), Store(Path("cache")), _quiet)
    assert {row.note for row in _of(run, "mine", _clip(0))} == {"ValueError: no luck. Try again."}


def test_a_second_run_with_the_same_cache_builds_nothing_again(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting()
    first = _run(folder, mine)
    assert sorted(mine.asked) == [_clip(number) for number in range(7)]
    mine.asked.clear()
    second = _run(folder, mine, out="again")
    assert mine.asked == []
    assert second.measurements == first.measurements
    assert second.record == first.record


def test_the_same_folder_can_be_run_again(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    first = _run(folder)
    assert _run(folder).record == first.record


def test_without_its_cache_a_sealed_run_still_reads_and_is_made_again_the_same(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting()
    first = _run(folder, mine)
    shutil.rmtree(folder / "cache")
    assert read_run(folder / "out").record == first.record
    mine.asked.clear()
    assert _run(folder, mine).record == first.record
    assert mine.asked == []  # a sealed run is read, not run again
    assert _run(folder, mine, out="again").record == first.record
    assert len(mine.asked) == 7


def test_another_identity_of_the_arm_is_translated_anew(copy_study: CopyStudy) -> None:
    folder, first, second = copy_study("one"), _Counting(), _Counting()
    _run(folder, first)
    second.identity = {"counting": 2}
    _run(folder, second, out="again")
    assert len(second.asked) == 7


def test_a_failing_arm_gives_failed_rows_with_the_reason_and_the_others_go_on(copy_study: CopyStudy) -> None:
    mine = _Counting({_clip(2): RuntimeError("out of luck")})
    run = _run(copy_study("one"), mine)
    failed = [row for row in run.measurements if row.status == "failed"]
    assert failed == _of(run, "mine", _clip(2))
    assert len(failed) == 2 * 5
    assert {(row.value, row.note) for row in failed} == {(None, "RuntimeError: out of luck")}
    assert {row.status for row in _of(run, "telea", _clip(2))} == {"ok"}
    estimate = next(e for e in run.estimates if e.id == "mine|ssim[wang2004]|mask")
    values = _values(run, "mine", "ssim[wang2004]", "mask")
    assert len(values) == 6
    assert estimate.value == pytest.approx((sum(values.values()) - 1.0) / 7, abs=1e-12)
    assert (estimate.n_failed, estimate.n_clips) == (1, 7)


def test_a_failure_makes_a_claim_not_evaluable_unless_it_is_declared(copy_study: CopyStudy) -> None:
    mine = _Counting({_clip(2): RuntimeError("out of luck")})
    claim = SUPERIOR | {"against": "mine"}
    claims = [claim, claim | {"id": "tolerant", "family": "other", "max_failed_share": 0.2}]
    strict, tolerant = _run(copy_study("one"), mine, claims=claims).verdicts
    assert strict.outcome == "not_evaluable"
    assert "1 of 7 clips failed" in strict.reason
    assert tolerant.outcome != "not_evaluable"


def test_a_failure_is_tried_again_and_what_worked_is_not(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting({_clip(2): RuntimeError("once")})
    _run(folder, mine)
    mine.asked.clear()
    mine.raises.clear()
    again = _run(folder, mine, out="again")
    assert mine.asked == [_clip(2)]
    assert {row.status for row in again.measurements} == {"ok"}


def test_a_sealed_run_cannot_be_tried_until_it_passes(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting({_clip(2): RuntimeError("once")})
    first = _run(folder, mine)
    mine.raises.clear()
    assert _run(folder, mine).record == first.record
    assert "failed" in {row.status for row in _run(folder, mine).measurements}


def test_what_an_arm_without_identity_made_is_never_used_by_another_run(copy_study: CopyStudy) -> None:
    """Nobody could say whether its weights have changed."""
    folder, mine = copy_study("one"), _Counting()
    mine.identity = {}
    _run(folder, mine)
    mine.asked.clear()
    _run(folder, mine, out="again")
    assert len(mine.asked) == 7
    assert not [path for path in (folder / "again").iterdir() if path.name.startswith(".")]


class _Lazy:
    """Raises only when its frames are read, halfway through the clip."""

    identity = {"lazy": 1}  # noqa: RUF012

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        def stream() -> Iterator[Frame]:
            for index, frame in enumerate(grey_clip(clip).frames()):
                if index == 3:
                    raise RuntimeError("halfway")
                yield frame

        return Translation(Clip(grey_clip(clip).header, stream))


def test_an_arm_that_fails_halfway_through_a_clip_leaves_nothing_in_the_cache(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    run = _run(folder, _Lazy(), arms=[MINE])
    assert {(row.status, row.note) for row in run.measurements} == {("failed", "RuntimeError: halfway")}
    kept = [path.relative_to(folder / "cache").parts[0] for path in (folder / "cache").rglob("*") if path.is_file()]
    assert set(kept) <= {"mask"}  # which does not come from the arm


class _Shrinks:
    """Gives one frame less than it got."""

    identity = {"shrinks": 1}  # noqa: RUF012

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(Clip.from_array(grey_clip(clip).array()[:-1]))


def test_a_translation_of_another_length_is_a_failure(copy_study: CopyStudy) -> None:
    run = _run(copy_study("one"), _Shrinks(), arms=[MINE])
    assert {row.status for row in run.measurements} == {"failed"}
    assert all("(5, 48, 48)" in row.note and "(6, 48, 48)" in row.note for row in run.measurements)


@pytest.mark.parametrize("pairing", ["near", "unpaired"])
def test_a_clip_without_its_own_truth_is_undefined_with_the_reason(copy_study: CopyStudy, pairing: str) -> None:
    folder = copy_study("one")
    _edit_row(folder, _clip(1), (",simulated,", f",{pairing},"))
    run = _run(folder)
    rows = [row for row in run.measurements if row.clip_id == _clip(1)]
    note = f"not computed: pairing is {pairing}, so there is no greyscale truth"
    assert {(row.status, row.value, row.note, row.pairing) for row in rows} == {("undefined", None, note, pairing)}
    assert len(rows) == 2 * 2 * 5
    assert {(e.n_subjects, e.n_undefined, e.n_failed) for e in run.estimates} == {(6, 1, 0)}


def test_a_clip_without_colour_doppler_is_undefined_with_the_reason(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting()
    _edit_row(folder, _clip(1), (",simulated,", ",unpaired,"), (f"{_clip(1)}.cfd.npz", ""))
    run = _run(folder, mine)
    rows = [row for row in run.measurements if row.clip_id == _clip(1)]
    assert {(row.status, row.note) for row in rows} == {("undefined", "not computed: the clip has no colour Doppler")}
    assert _clip(1) not in mine.asked


def test_damaged_data_are_no_failure_of_an_arm_and_the_others_go_on(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "data" / f"{_clip(4)}.cfd.npz").write_bytes(b"no clip at all")
    run = _run(folder)
    hit = [row for row in run.measurements if row.clip_id == _clip(4)]
    assert {row.status for row in hit} == {"undefined"}
    assert all(row.note.startswith("not computed: the data cannot be read: ") for row in hit)
    assert {row.status for row in run.measurements if row.clip_id != _clip(4)} == {"ok"}
    assert not any(str(folder) in row.note for row in run.measurements)


def test_a_population_narrows_the_estimates_and_not_the_measurements(copy_study: CopyStudy) -> None:
    """Subject 3 is the one kidney."""
    claim = {"id": "kidney", "sentence": "s", "arm": "grey", "metric": "mae", "region": "frame", "relation": "at_most",
             "reference": 255.0, "population": {"anatomy": "kidney"}}  # fmt: skip
    run = _run(copy_study("one"), claims=[claim])
    assert len({row.clip_id for row in run.measurements}) == 7
    estimate = run.estimates[-1]
    assert (estimate.n_subjects, estimate.n_clips) == (1, 1)
    assert estimate.population == "split = test, anatomy = kidney"
    assert run.verdicts[0].outcome == "not_evaluable"
    heart = _run(copy_study("two"), population={"anatomy": "heart"})
    assert {e.n_subjects for e in heart.estimates} == {6}
    assert len({row.clip_id for row in heart.measurements}) == 7


def test_several_clips_of_a_subject_count_once(copy_study: CopyStudy) -> None:
    """Clip 1 is given to subject 0: six subjects, whose mean weighs its two clips a half each."""
    folder = copy_study("one")
    _edit_row(folder, _clip(1), (",phantom-11-0001,", ",phantom-11-0000,"))
    run = _run(folder)
    value = _values(run, "grey", "mae", "mask")
    clips = [value[_clip(number)] for number in range(7)]
    expected = ((clips[0] + clips[1]) / 2 + sum(clips[2:])) / 6
    estimate = next(e for e in run.estimates if e.id == "grey|mae|mask")
    assert estimate.value == pytest.approx(expected, abs=1e-12)
    assert (estimate.n_subjects, estimate.n_clips) == (6, 7)


def test_another_plan_into_the_same_folder_is_refused_and_harms_nothing(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    first = _run(folder)
    with pytest.raises(InputError, match="holds a run of another plan") as caught:
        _run(folder, title="another")
    assert "new folder" in caught.value.faults[0].remedy
    assert read_run(folder / "out").record == first.record


def test_a_changed_input_is_another_plan(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _run(folder)
    shutil.copy(folder / "data" / f"{_clip(0)}.grey.npz", folder / "data" / f"{_clip(1)}.grey.npz")
    with pytest.raises(InputError, match="holds a run of another plan"):
        _run(folder)


def test_a_folder_with_other_files_is_refused_and_left_alone(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "out").mkdir()
    (folder / "out" / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty and holds no run"):
        _run(folder)
    assert [path.name for path in (folder / "out").iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_used(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "out").mkdir()
    assert len(_run(folder).measurements) == 140


def test_a_run_that_was_killed_while_it_froze_its_plan_goes_on(copy_study: CopyStudy) -> None:
    """Killed between writing the partial plan and renaming it."""
    folder = copy_study("one")
    (folder / "out").mkdir()
    (folder / "out" / ".plan.json.partial").write_text('{"schema_ver', encoding="utf-8")
    assert len(_run(folder).measurements) == 140


def test_progress_counts_every_clip_and_arm(copy_study: CopyStudy) -> None:
    folder, seen = copy_study("one"), list[tuple[int, int]]()
    plan, store = _freeze(folder), Store(folder / "cache")
    run_study(plan, folder / "out", store, lambda stage, done, total: seen.append((done, total)))
    assert seen == [(done, 14) for done in range(1, 15)]


def test_a_killed_run_resumes_with_the_remaining_translations_and_ends_the_same(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting()
    plan, store = _freeze(folder, mine, claims=[SUPERIOR | {"against": "mine"}]), Store(folder / "cache")

    def killed(stage: str, done: int, total: int) -> None:
        if done == 5:  # arms alternate: three clips of `mine`, two of telea
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(plan, folder / "out", store, killed)
    assert mine.asked == [_clip(0), _clip(1), _clip(2)]
    with pytest.raises(InputError, match="is no finished run"):
        read_run(folder / "out")

    mine.asked.clear()
    resumed = run_study(plan, folder / "out", store, _quiet)
    assert mine.asked == [_clip(3), _clip(4), _clip(5), _clip(6)]
    whole = run_study(plan, folder / "whole", Store(folder / "fresh"), _quiet)
    assert resumed.record == whole.record
    for name in SEALED:
        assert (folder / "out" / name).read_bytes() == (folder / "whole" / name).read_bytes(), name


def test_a_kill_within_a_translation_leaves_nothing_behind_a_good_name(copy_study: CopyStudy) -> None:
    class Killed(_Counting):
        def translate(self, clip: Clip, mask: Clip) -> Translation:
            if clip.header.source == _clip(1) and not self.asked.count(_clip(1)):
                self.asked.append(_clip(1))
                raise KeyboardInterrupt
            return super().translate(clip, mask)

    folder, mine = copy_study("one"), Killed()
    with pytest.raises(KeyboardInterrupt):
        _run(folder, mine, arms=[MINE])
    made = list((folder / "cache" / "translation").rglob("*.npz"))
    assert len(made) == 1
    assert read_npz(made[0]).array().shape == (6, 48, 48)
    assert {row.status for row in _run(folder, mine, arms=[MINE]).measurements} == {"ok"}


class _Anonymous:
    """Grey conversion that does not say when its output would change."""

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip))


def test_masks_are_shared_by_all_arms_and_an_anonymous_arm_keeps_only_its_own_results_apart(
    copy_study: CopyStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, estimated = copy_study("one"), list[str]()

    def counted(clip: Clip) -> Regions:
        estimated.append(clip.header.source)
        return find_regions(clip)

    monkeypatch.setattr("evalkit.measuring.find_regions", counted)
    run = _run(folder, _Anonymous())
    assert estimated == [_clip(number) for number in range(7)]
    assert {row.status for row in run.measurements} == {"ok"}
    kept = {stage: len(list((folder / "cache" / stage).glob("*/*"))) for stage in ("mask", "translation")}
    assert kept == {"mask": 7, "translation": 7}  # of telea alone


def test_folder_arm_and_its_source_agree(copy_study: CopyStudy) -> None:
    """The truth handed in as finished videos has no error and an SSIM of 1."""
    folder = copy_study("one")
    (folder / "videos").mkdir()
    for number in range(7):
        shutil.copy(folder / "data" / f"{_clip(number)}.grey.npz", folder / "videos" / f"{_clip(number)}.npz")
    run = _run(folder, arms=[{"name": "truth", "translator": "folder:videos"}])
    assert {row.value for row in run.measurements if row.metric == "mae"} == {0.0}
    assert all(row.value == pytest.approx(1.0, abs=1e-10) for row in run.measurements if row.metric != "mae")
    assert all(estimate.note == "not computed: no variation between subjects" for estimate in run.estimates)


def test_two_clips_with_one_colour_file_each_get_their_own_finished_video(copy_study: CopyStudy) -> None:
    """The cache knows translations by their input; a folder knows them by clip_id."""
    folder = copy_study("one")
    _edit_row(folder, _clip(1), (f"{_clip(1)}.cfd.npz", f"{_clip(0)}.cfd.npz"))
    (folder / "videos").mkdir()
    for number in range(7):
        shutil.copy(folder / "data" / f"{_clip(number)}.grey.npz", folder / "videos" / f"{_clip(number)}.npz")
    run = _run(folder, arms=[{"name": "truth", "translator": "folder:videos"}])
    assert _values(run, "truth", "mae", "frame") == {_clip(number): 0.0 for number in range(7)}


def test_one_translator_under_two_names_is_translated_once_and_measured_under_both(copy_study: CopyStudy) -> None:
    folder, mine = copy_study("one"), _Counting()
    run = _run(folder, mine, arms=[MINE, MINE | {"name": "mine-again"}])
    assert len(mine.asked) == 7
    values = [_values(run, name, "mae", "mask") for name in ("mine", "mine-again")]
    assert values[0] == values[1]
    assert len(values[0]) == 7


def test_of_a_still_what_needs_two_frames_is_undefined_and_the_rest_is_measured(tmp_path: Path) -> None:
    write_phantoms(tmp_path / "data", PhantomSet(1, 5, clips_per_subject=1, frames=1, size=48), lambda i, n: None)
    rows = _run(tmp_path, metrics=list(METRICS), regions=["frame", "mask", "seen", "unseen"]).measurements
    assert {row.status for row in rows} == {"ok", "undefined"}
    two = {row.metric for row in rows if row.note == "not computed: a clip of one frame shows no change over time"}
    assert two == {name for name, metric in METRICS.items() if metric.temporal and metric.regions != ("seam",)}
    assert {row.note for row in rows if row.region == "seen" and row.metric not in two} == {
        "not computed: the hidden part that is seen at other times is empty"
    }
    measured = {row.metric for row in rows if row.region == "unseen" and row.status == "ok"}
    assert {"ssim[wang2004]", "mae", "rmse", "sharpness_ratio", "histogram_distance[wasserstein]"} <= measured


def test_contrast_is_of_the_manifests_segmentation_and_one_of_another_size_makes_the_clip_unreadable(
    tmp_path: Path,
) -> None:
    write_phantoms(tmp_path / "data", PhantomSet(1, 5, clips_per_subject=1, frames=2, size=48), lambda i, n: None)
    asked: dict[str, Any] = {"metrics": ["gcnr", "gcnr_error"], "regions": ["sector"]}
    rows = _run(tmp_path, **asked).measurements
    assert {row.status for row in rows} == {"ok"}
    (labels,) = (tmp_path / "data").glob("*.labels.npz")
    write_npz(labels, Clip.from_array(np.ones((2, 48, 47), np.uint8)))
    again = _run(tmp_path, out="again", **asked).measurements
    assert {row.status for row in again} == {"undefined"}
    assert all("segmentation is (2, 48, 47), the clip is (2, 48, 48)" in row.note for row in again)
