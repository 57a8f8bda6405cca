"""Judgements in a packet: under pseudonyms, traced, post hoc, made again; never of another run."""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.judgement import judge_run
from evalkit.records import Estimate, read_table, write_table
from evalkit.seal import Run, read_run, seal
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files
from reports.packet.recompute import recompute
from reports.packet.verify import Verification, verify_packet
from tests.reports.packet.restated import stated_again
from translator.errors import InputError

DAY, AT = "2026-01-31", "judgements/later"
CLAIMS = """
schema_version = 1
title = "Of {who}"
source = "about {who}"

[[claims]]
id = "mae"
sentence = "{who} is well."
arm = "generator"
metric = "mae"
region = "mask"
relation = "at_most"
reference = 200.0

[[claims]]
id = "readers"
sentence = "Readers cannot tell."
arm = "generator"
statistic = "reader_accuracy"
readers = "scores.csv"
relation = "equivalent"
reference = 0.5
margin = 0.1
"""


@pytest.fixture(scope="module")
def judged(golden: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judgement of the golden run whose claims name one of its clips, and bring a reader study along."""
    folder = tmp_path_factory.mktemp("judged")
    scores = Path(__file__).resolve().parents[2] / "data" / "reader_study.csv"
    shutil.copyfile(scores, folder / "scores.csv")
    (folder / "mine.toml").write_text(CLAIMS.format(who=golden.plan["clips"][0]["clip_id"]), encoding="utf-8")
    judge_run(golden, str(folder / "mine.toml"), {"generator": "telea"}, folder / "later")
    return folder / "later"


def _packed(run: Run, *folders: Path, real_ids: bool = False) -> dict[str, bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.packet.assemble._report", lambda run, real_ids: b'<h2 id="verdicts">')
        return packet_files(run, None, Asked(date=DAY, judgements=folders, real_ids=real_ids))


@pytest.fixture(scope="module")
def files(golden: Run, judged: Path) -> dict[str, bytes]:
    return _packed(golden, judged)


def _verified(files: Mapping[str, bytes], folder: Path, again: bool = False) -> Verification:
    path = folder / "packet.zip"
    path.write_bytes(archive_bytes(files))
    return verify_packet(path, recompute=again)


def _altered(files: Mapping[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """With one file of the judgement changed and every hash made again."""
    told = json.loads(files["packet.json"])
    told["judgements"]["later"]["sealed"][name]["verbatim"] = False
    return stated_again({**files, f"{AT}/{name}": content, "packet.json": json.dumps(told).encode()}, None)


def test_a_judgement_is_packed_whole_and_holds(files: dict[str, bytes], tmp_path: Path) -> None:
    packed = {name for name in files if name.startswith("judgements/")}
    assert packed == {
        f"{AT}/{name}" for name in ("claims.json", "estimates.parquet", "judgement.json", "verdicts.json")
    }
    found = _verified(files, tmp_path, again=True)
    assert (found.result, found.faults) == ("intact", ())
    assert found.judgements == ("later: 2 claims, all post hoc",)
    assert "215 estimates and 5 verdicts" in found.recomputed
    assert f"{AT}: claim readers: the file of its readers is not in the packet" in found.notes


def test_its_claims_stand_under_pseudonyms_and_no_id_is_in_them(golden: Run, files: dict[str, bytes]) -> None:
    told = json.loads(files[f"{AT}/claims.json"])
    assert told["claims"][0]["sentence"].startswith("clip-00")
    ids = [clip["clip_id"].encode() for clip in golden.plan["clips"]]
    for name, content in files.items():
        if name.startswith("judgements/") or name == "traceability.csv":
            assert not [who for who in ids if who in content], name


def test_its_claims_are_traced_and_marked_post_hoc(files: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(io.StringIO(files["traceability.csv"].decode())))
    assert [line["standing"] for line in lines] == ["fixed beforehand"] * 3 + ["post hoc"] * 2
    mae = lines[3]
    assert (mae["claim"], mae["verdict_at"]) == ("mae", f"{AT}/verdicts.json: verdicts[0]")
    assert (mae["estimate_at"], mae["rows"], mae["figure"]) == (f"{AT}/estimates.parquet: row 0", "7", "none")


def test_with_real_ids_its_files_are_the_sealed_ones(golden: Run, judged: Path, tmp_path: Path) -> None:
    made = _packed(golden, judged, real_ids=True)
    for path in judged.iterdir():
        assert made[f"{AT}/{path.name}"] == path.read_bytes()
    assert _verified(made, tmp_path, again=True).result == "intact"


def test_a_number_of_a_judgement_that_was_changed_is_found(files: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(files[f"{AT}/estimates.parquet"])
    rows = read_table(path, Estimate)
    write_table(path, [replace(rows[0], value=(rows[0].value or 0.0) / 2), *rows[1:]], Estimate)
    found = _verified(_altered(files, "estimates.parquet", path.read_bytes()), tmp_path, again=True)
    assert found.result == "differs"
    (fault,) = found.faults
    assert fault.what.startswith(f"{AT}: estimate mae: value is ")


def test_a_judgement_cannot_pass_for_fixed_beforehand(files: dict[str, bytes], tmp_path: Path) -> None:
    said = json.loads(files[f"{AT}/verdicts.json"])
    for verdict in said["verdicts"]:
        verdict["standing"] = "fixed beforehand"
    found = _verified(_altered(files, "verdicts.json", json.dumps(said).encode()), tmp_path, again=True)
    assert any("verdict mae: standing is fixed beforehand, comes out as post hoc" in f.what for f in found.faults)


def test_a_judgement_of_another_run_is_refused_with_its_name(golden: Run, judged: Path, tmp_path: Path) -> None:
    shutil.copytree(golden.folder, tmp_path / "other")
    (tmp_path / "other" / "more.txt").write_text("x")
    seal(tmp_path / "other", golden.record["plan_sha256"])
    with pytest.raises(InputError, match="later: is of another run than"):
        _packed(read_run(tmp_path / "other"), judged)


def _of_another_run(record: dict[str, Any]) -> None:
    record["run_seal_sha256"] = "0" * 64


def _resealed(record: dict[str, Any]) -> None:
    record["seal_sha256"] = "0" * 64


def _other_files(record: dict[str, Any]) -> None:
    record["files"]["claims.json"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "words"),
    [(_of_another_run, "is of the run with the seal 0000"), (_resealed, "has not the seal that packet.json names"),
     (_other_files, "does not seal the files that packet.json names")],
)  # fmt: skip
def test_a_judgement_that_was_moved_or_sealed_again_is_named(
    files: dict[str, bytes], tmp_path: Path, change: Any, words: str
) -> None:
    record = json.loads(files[f"{AT}/judgement.json"])
    change(record)
    found = _verified(_altered(files, "judgement.json", json.dumps(record).encode()), tmp_path)
    assert found.result == "tampered"
    assert any(words in str(fault) for fault in found.faults)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 9_999])
def test_a_judgement_without_a_readable_seal_is_a_fault(
    files: dict[str, bytes], tmp_path: Path, content: bytes
) -> None:
    found = _verified(_altered(files, "judgement.json", content), tmp_path)
    assert f"{AT}/judgement.json: is missing, or is no judgement" in str(found.faults[0])


def test_a_judgement_that_packet_json_does_not_name_is_a_fault(files: dict[str, bytes], tmp_path: Path) -> None:
    found = _verified(stated_again({**files, "judgements/more/claims.json": b"{}"}, None), tmp_path)
    assert "judgements/more: is a judgement that packet.json does not name" in str(found.faults[0])


def test_folders_of_any_name_are_packed_under_one_that_is_safe_and_free_of_ids(
    golden: Run, judged: Path, tmp_path: Path
) -> None:
    who = golden.plan["clips"][0]["clip_id"]
    shutil.copytree(judged, tmp_path / f"später, {who}")
    shutil.copytree(judged, tmp_path / "con")
    made = _packed(golden, tmp_path / f"später, {who}", tmp_path / "con")
    names = {name.split("/")[1] for name in made if name.startswith("judgements/")}
    assert len(names) == 2
    assert not [name for name in names if who in name]
    assert archive_bytes(made)
    with pytest.raises(InputError, match="the second judgement called 'later'"):
        _packed(golden, judged, judged)


def test_what_is_no_judgement_is_refused(golden: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no judgement"):
        _packed(golden, tmp_path)


def test_a_file_that_a_later_version_of_a_judgement_seals_is_named(files: dict[str, bytes]) -> None:
    said = recompute({**files, f"{AT}/more.json": b"{}"}).not_done
    assert f"{AT}/more.json: this version of the suite does not know how to make it again" in said
