"""No clip_id, subject_id or training subject of a run reaches a packet, in any file, name or order."""

import base64
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.plan import freeze
from evalkit.pseudonyms import Pseudonyms, read_pseudonyms
from evalkit.run import run_study
from evalkit.seal import Run, read_run, seal
from evalkit.study import Study
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files
from reports.packet.context import ContextOfUse
from reports.packet.tables import renamed_json
from reports.packet.verify import verify_packet
from translator.artefacts import Store
from translator.clips.manifest import Entry, read_manifest, write_manifest

INPUTS = Path(__file__).resolve().parents[2] / "golden" / "inputs"
PEOPLE = ("DOE-JOHN-1947", "ROE-JANE-1951", "OBRIEN.MAEVE", "QVARN_ZEB", "1955-04-03", "Ngata-Tui", "LIDDELL-A")
DAY = "2026-01-31"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run of clips and subjects that are named after people, in tables, texts, folders and file lists."""
    folder = tmp_path_factory.mktemp("named")
    entries = [
        Entry(**{**entry.model_dump(), "clip_id": f"{who}-A4C", "subject_id": who, "mask": None})
        for who, entry in zip(PEOPLE, read_manifest(INPUTS / "manifest.csv").entries, strict=True)
    ]
    (folder / "videos").mkdir()
    for entry in entries:
        for name in (entry.cfd, entry.greyscale):
            shutil.copyfile(INPUTS / str(name), folder / str(name))
        shutil.copyfile(INPUTS / str(entry.greyscale), folder / "videos" / f"{entry.clip_id}.npz")
    (folder / str(entries[1].cfd)).write_bytes(b"no clip at all")
    write_manifest(folder / "manifest.csv", entries)
    claim = {"id": "c1", "sentence": f"Without {PEOPLE[0]}.", "source": PEOPLE[1], "arm": "videos", "metric": "mae"}
    study = Study.model_validate(
        {
            "title": f"On {PEOPLE[0]}", "note": f"with {PEOPLE[2]}-A4C", "manifest": "manifest.csv", "metrics": ["mae"],
            "arms": [{"name": "grey", "translator": "trivial:grey"}, {"name": "videos", "translator": "folder:videos"}],
            "claims": [{**claim, "region": "frame", "relation": "at_most", "reference": 100.0}],
            "strata": ["subject", "coverage"],
            "exhibits": {"always": [f"{who}-A4C" for who in PEOPLE[1:3]], "metric": "mae", "region": "frame"},
        }
    )  # fmt: skip
    run = run_study(freeze(study, folder, {}), folder / "run", Store(folder / "cache"), lambda stage, i, n: None)
    more = {"worst": [f"{who}-A4C" for who in PEOPLE], "by_clip": {f"{who}-A4C": 1 for who in PEOPLE}, "of": PEOPLE[3]}
    (run.folder / "lists.json").write_text(json.dumps(more))
    (run.folder / "list.csv").write_text("clip_id,note\n" + "".join(f"{who}-A4C,saw {who}\n" for who in PEOPLE))
    seal(run.folder, run.record["plan_sha256"])
    return read_run(run.folder)


@pytest.fixture(scope="module")
def made(named: Run) -> dict[str, bytes]:
    context = ContextOfUse(author=f"Dr {PEOPLE[4]}")
    return packet_files(named, None, Asked(context=context, data=True, date=DAY))


def _text(name: str, content: bytes) -> str:
    """All that stands in a file, as text: cells of tables, and what is packed in base64."""
    if name.endswith(".parquet"):
        table = pq.read_table(pa.BufferReader(content))
        return json.dumps(table.to_pylist()) + str(table.schema) + str(pq.ParquetFile(io.BytesIO(content)).metadata)
    if name == "statement.dsse.json":
        return base64.b64decode(json.loads(content)["payload"]).decode()
    return content.decode("latin-1")


def test_no_id_is_in_any_file_or_name_of_a_packet(made: dict[str, bytes]) -> None:
    assert {"run/lists.json", "run/list.csv", "run/strata.parquet", "report.html"} <= made.keys()
    for name, content in made.items():
        said = (name + _text(name, content)).lower()
        assert [who for who in PEOPLE if who.lower() in said] == [], name


def test_the_run_is_one_that_could_leak(named: Run) -> None:
    tables = "".join(_text(name, (named.folder / name).read_bytes()) for name in named.record["files"]
                     if not name.endswith(".npz"))  # fmt: skip
    assert all(who in tables for who in PEOPLE)
    assert any(who in row.note for row in named.measurements for who in PEOPLE)


def test_rows_lists_and_keys_stand_in_the_order_of_the_pseudonyms(named: Run, made: dict[str, bytes]) -> None:
    names = read_pseudonyms(named.folder)
    assert list(names.clips) != sorted(names.clips), "an order by chance the same shows nothing"
    plan, flow = json.loads(made["run/plan.json"]), json.loads(made["run/lists.json"])
    for order in (
        [clip["clip_id"] for clip in plan["clips"]],
        list(plan["inputs"]),
        plan["study"]["exhibits"]["always"],
        flow["worst"],
        list(flow["by_clip"]),
        [line.split(",")[0] for line in made["run/list.csv"].decode().splitlines()[1:]],
        [row["clip_id"] for row in pq.read_table(pa.BufferReader(made["run/clips.parquet"])).to_pylist()],
    ):
        assert len(order) in (2, 7)
        assert order == sorted(order)
    levels = [row["level_name"] for row in pq.read_table(pa.BufferReader(made["run/strata.parquet"])).to_pylist()
              if row["column"] == "subject"]  # fmt: skip
    assert levels == sorted(levels)


def test_it_still_verifies_and_computes(made: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes(made))
    found = verify_packet(path, recompute=True)
    assert (found.result, found.faults) == ("intact", ())


def test_an_arms_folder_of_videos_is_told_by_their_number(made: dict[str, bytes]) -> None:
    assert json.loads(made["run/plan.json"])["arms"]["videos"]["identity"]["folder"] == {"videos": 7}


def test_clips_that_cannot_be_blanked_are_left_out_with_the_reason(made: dict[str, bytes]) -> None:
    sealed = json.loads(made["packet.json"])["sealed"]
    clips = {name: each for name, each in sealed.items() if name.endswith(".npz")}
    assert any(each["packed"] for each in clips.values())
    for each in clips.values():
        assert each["packed"] or each["note"].startswith("left out: ")


def test_ids_of_one_or_two_characters_are_replaced_where_they_stand_alone() -> None:
    names = Pseudonyms({"1": "clip-002", "2": "clip-001"}, {"a": "subject-02", "b": "subject-01"})
    value: dict[str, Any] = {"clips": [{"clip_id": "1", "subject_id": "a"}, {"clip_id": "2", "subject_id": "b"}],
                             "inputs": {"1": {"cfd": "x"}}, "n": 1, "note": "1 of 2"}  # fmt: skip
    assert renamed_json(value, names) == {
        "clips": [{"clip_id": "clip-001", "subject_id": "subject-01"},
                  {"clip_id": "clip-002", "subject_id": "subject-02"}],
        "inputs": {"clip-002": {"cfd": "x"}}, "n": 1, "note": "1 of 2",
    }  # fmt: skip


def test_the_subjects_that_a_generator_was_trained_on_are_told_by_their_number() -> None:
    card = {"name": "g", "training_sources": [{"name": "ward", "subjects": ["Smith", "Jones"], "clips": ["Smith-1"]}]}
    told = renamed_json({"arms": {"g": {"card": card}}}, Pseudonyms({}, {}))
    assert told["arms"]["g"]["card"]["training_sources"] == [{"name": "ward", "subjects": 2, "clips": 1}]


def test_pseudonyms_in_the_report_are_those_of_the_tables(made: dict[str, bytes]) -> None:
    shown = set(re.findall(rb"clip-\d{3}", made["report.html"]))
    assert shown
    assert shown <= set(re.findall(rb"clip-\d{3}", made["inputs/hashes.csv"]))


def test_a_patient_who_was_in_the_frozen_plan_and_dropped_is_not_named(named: Run, tmp_path: Path) -> None:
    gone = "GONE-WITHDRAWN"
    folder = tmp_path / "run"
    shutil.copytree(named.folder, folder)
    (folder / "analysis_plan.json").write_text(json.dumps({"plan": {"clips": [{"subject_id": gone}]}}))
    departures = [{"field": "clips.7", "frozen": json.dumps({"subject_id": gone}), "found": None},
                  {"field": "study.seed", "frozen": "0", "found": "1"}]  # fmt: skip
    under = {"schema_version": 1, "analysis_plan_sha256": "0", "frozen_at": "2026-01-01T00:00:00+00:00", "clock": "c",
             "timestamp": {"status": "none"}, "departures": departures, "claims_not_fixed": [],
             "claims_lost": {}}  # fmt: skip
    (folder / "departures.json").write_text(json.dumps(under))
    seal(folder, named.record["plan_sha256"])
    files = packet_files(read_run(folder), None, Asked(context=ContextOfUse(), date=DAY))
    assert not [name for name, content in files.items() if gone in name or gone in _text(name, content)]
    told = json.loads(files["run/departures.json"])
    assert [row["field"] for row in told["departures"]] == ["study.seed"]
    assert told["counted"] == [["clips", 1]]
