"""What is in a packet: the same bytes each time, what an auditor asks for, as other programs read it."""

import csv
import io
import json
import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from rocrate.rocrate import ROCrate

from evalkit.seal import Run, read_run
from reports.packet import statement
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files, write_packet
from reports.packet.checklists import LISTS, answers, evidence_in, read_checklist
from reports.packet.context import QUESTIONS, ContextOfUse, context_markdown, context_template, read_context
from reports.packet.validation import PAGES
from reports.packet.verify import verify_packet
from translator.artefacts import file_digest
from translator.clips.npz import read_npz, read_npz_mask
from translator.errors import InputError

DAY = "2026-01-31"


def test_the_same_run_elsewhere_gives_the_same_bytes(
    golden: Run, packed: bytes, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    shutil.copytree(golden.folder, tmp_path / "elsewhere")
    path = write_packet(read_run(tmp_path / "elsewhere"), tmp_path / "other.zip", key, Asked(date=DAY))
    assert path.read_bytes() == packed
    assert {each.name for each in tmp_path.iterdir()} == {"elsewhere", "other.zip"}


def test_another_day_and_another_key_change_only_what_is_declared_to_vary(
    golden: Run, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: files["report.html"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    other = packet_files(golden, Ed25519PrivateKey.from_private_bytes(bytes(32)), Asked())
    assert json.loads(other["packet.json"])["date"] == "1970-01-02"
    changed = {name for name in files.keys() | other.keys() if files.get(name) != other.get(name)}
    assert changed == {"packet.json", "ro-crate-metadata.json", statement.FILE, "public-key.pem"}
    declared = ", ".join(json.loads(files["packet.json"])["varies"])
    assert all(name in declared for name in changed)
    unsigned = packet_files(golden, None, Asked(date=DAY))
    assert "public-key.pem" not in unsigned
    assert b"NOT SIGNED" in unsigned["README.md"]


@pytest.mark.parametrize("date", ["tomorrow", "2026-13-01", ""])
def test_what_is_no_date_is_refused(golden: Run, date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: b"")
    with pytest.raises(InputError, match="is no date"):
        packet_files(golden, None, Asked(date=date))


def test_every_sealed_file_is_packed_or_its_absence_explained(golden: Run, files: dict[str, bytes]) -> None:
    sealed = json.loads(files["packet.json"])["sealed"]
    assert len(sealed) == len(golden.record["files"])
    assert {each["sha256"] for each in sealed.values()} == set(golden.record["files"].values())
    for name, each in sealed.items():
        assert (each["packed"] in files) if each["packed"] else each["note"].startswith("left out: "), name
    assert sealed["pseudonyms.csv"]["packed"] is None
    assert [name for name in files if name.endswith(".npz")] == []


def test_a_file_that_a_later_version_of_a_run_seals_comes_along(
    golden: Run, tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalkit.seal import seal

    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: files["report.html"])
    folder = tmp_path / "run"
    shutil.copytree(golden.folder, folder)
    (folder / "departures.json").write_text('{"frozen_at": "2026-01-02T03:04:05", "departures": []}')
    (folder / "about.txt").write_text("of phantom-77-0003-0\n")
    (folder / "model.bin").write_bytes(b"\0")
    seal(folder, golden.record["plan_sha256"])
    made = packet_files(read_run(folder), None, Asked(date=DAY))
    assert json.loads(made["run/departures.json"])["departures"] == []
    assert made["run/about.txt"].startswith(b"of clip-00")
    told = json.loads(made["packet.json"])
    assert told["plan_time"] == "2026-01-02T03:04:05"
    assert told["sealed"]["model.bin"] == {
        "sha256": file_digest(folder / "model.bin"), "packed": None, "verbatim": False,
        "note": "left out: of no kind whose ids could be replaced",
    }  # fmt: skip


def test_rocrate_reads_the_crate_and_finds_every_file(packed: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)  # our own
        names = set(archive.namelist())
    crate = ROCrate(tmp_path)
    assert crate.root_dataset["datePublished"].startswith(DAY)
    assert {each.id for each in crate.data_entities} == names - {"ro-crate-metadata.json"}
    assert crate.root_dataset["license"]["name"] == "not stated"
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.1"


def test_the_bill_of_materials_keeps_to_cyclonedx_and_names_what_is_locked(files: dict[str, bytes]) -> None:
    text = files["environment/sbom.cdx.json"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    lock = [line for line in files["environment/lock.txt"].decode().splitlines() if not line.startswith("#")]
    assert lock == [f"{each['name']}=={each['version']}" for each in bill["components"]]
    assert {"numpy", "scipy", "pyarrow", "cryptography"} <= {each["name"] for each in bill["components"]}
    assert "timestamp" not in bill["metadata"]


def test_every_claim_can_be_followed_to_rows_that_are_there(golden: Run, files: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(io.StringIO(files["traceability.csv"].decode())))
    assert [line["claim"] for line in lines] == [verdict.claim for verdict in golden.verdicts]
    assert [line["outcome"] for line in lines] == [verdict.outcome for verdict in golden.verdicts]
    for line, verdict in zip(lines, golden.verdicts, strict=True):
        place = int(line["estimate_at"].rpartition(" ")[2])
        assert golden.estimates[place].id == verdict.estimate
        wanted = golden.estimates[place]
        assert int(line["rows"]) == len(
            [row for row in golden.measurements if (row.metric, row.region) == (wanted.metric, wanted.region)
             and row.arm in (wanted.arm, wanted.against)]
        )  # fmt: skip
        anchors = [each.partition("#")[2] for each in line["figure"].split("; ")]
        assert anchors
        assert all(f'id="{anchor}"'.encode() in files["report.html"] for anchor in anchors)


def test_input_hashes_are_those_of_the_plan(golden: Run, files: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(io.StringIO(files["inputs/hashes.csv"].decode())))
    stated = sorted(sha256 for columns in golden.plan["inputs"].values() for sha256 in columns.values())
    assert sorted(line["sha256"] for line in lines) == stated
    assert {line["clip"] for line in lines} == {f"clip-{n:03d}" for n in range(1, 8)}


def test_clips_are_packed_on_request_blanked_outside_the_sector(
    golden: Run, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: files["report.html"])
    made = packet_files(golden, None, Asked(data=True, date=DAY))
    clips = [name for name in made if name.startswith("data/")]
    assert len(clips) == 15
    assert all(name.startswith("data/exhibits/clip-00") for name in clips)
    (tmp_path / "clip.npz").write_bytes(made[next(name for name in clips if name.endswith("cfd.npz"))])
    clip, mask = read_npz(tmp_path / "clip.npz"), read_npz_mask(tmp_path / "clip.npz")
    assert clip.header.shape == (3, 48, 48, 3)
    assert mask is not None
    assert clip.array()[:, :4, :4].max() == 0
    assert clip.array().max() > 0
    assert (
        json.loads(made["packet.json"])["sealed"]["exhibits/clip-004/cfd.npz"]["note"] == "blanked outside the sector"
    )
    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes(made))
    assert verify_packet(path).result == "intact"


def test_with_real_ids_tables_are_the_sealed_ones_and_the_seal_is_made_again(
    golden: Run, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: files["report.html"])
    made = packet_files(golden, None, Asked(real_ids=True, date=DAY))
    for name, sha256 in golden.record["files"].items():
        if not name.endswith(".npz"):
            assert statement.digests(made)[f"run/{name}"] == sha256
    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes(made))
    found = verify_packet(path, recompute=True)
    assert (found.result, found.faults) == ("intact", ())
    assert "so was the run's seal" in found.plan
    told = json.loads(made["packet.json"])
    other = {**made, "packet.json": json.dumps({**told, "plan_sha256": "0" * 64}).encode()}
    assert "run/plan.json: has the hash" in _faults(other, tmp_path)
    assert "run/run.json: has the hash" in _faults(
        {**made, "packet.json": json.dumps({**told, "seal_sha256": "0" * 64}).encode()}, tmp_path
    )


def _faults(files: Mapping[str, bytes], folder: Path) -> str:
    made = {name: content for name, content in files.items() if name != statement.FILE}
    from reports.packet.about import read_about

    payload = statement.statement_bytes(statement.digests(made), read_about(made["packet.json"], "here").predicate)
    path = folder / "changed.zip"
    path.write_bytes(archive_bytes({**made, statement.FILE: statement.envelope_bytes(payload, None)}))
    found = verify_packet(path)
    assert found.result == "tampered"
    return "\n".join(map(str, found.faults))


def test_the_context_of_use_is_what_was_stated_and_nothing_else(tmp_path: Path, files: dict[str, bytes]) -> None:
    assert files["context-of-use.md"].count(b"\nnot stated\n") == len(QUESTIONS) == len(ContextOfUse.model_fields)
    path = tmp_path / "context.toml"
    path.write_text('intended_use = "Research."\nfunding = " "\n')
    assert read_context(path).stated == {"intended_use"}
    path.write_text('intended_uses = "Research."\nusers = 3\n')
    with pytest.raises(InputError) as refused:
        read_context(path)
    uses, users = sorted(refused.value.faults, key=lambda fault: len(fault.where))
    assert users.where == f"{path}: users"
    assert uses.what == "unknown key 'intended_uses'"
    assert uses.remedy == "Did you mean 'intended_use'?"
    path.write_text("= 3")
    with pytest.raises(InputError, match="is not TOML"):
        read_context(path)


def test_the_template_of_a_context_asks_everything_and_states_nothing(tmp_path: Path) -> None:
    path = tmp_path / "context.toml"
    path.write_text(context_template(), encoding="utf-8")
    assert list(tomllib.loads(context_template())) == list(QUESTIONS)
    assert read_context(path) == ContextOfUse()
    assert context_markdown(read_context(path)).count("\nnot stated\n") == len(QUESTIONS)


@pytest.mark.parametrize(("name", "count"), [("claim-2024", 44), ("seven-cs", 18)])
def test_checklists_say_what_is_not_covered_and_gain_by_what_is_there(name: str, count: int) -> None:
    found = read_checklist(name)
    assert [item.id for item in found.items] == [str(n + 1) for n in range(count)]
    bare, full = answers(found, set()), answers(found, {need for item in found.items for need in item.needs})
    if name == "claim-2024":
        assert "not covered" in full.values()  # whatever a packet holds
    assert list(bare.values()).count("not covered") > list(full.values()).count("not covered")
    for item in found.items:
        assert item.where or item.note or item.status in ("not covered", "by the authors"), item.id


def test_an_item_counts_a_task_that_was_computed_and_a_place_that_is_in_the_report() -> None:
    plan = {"study": {"tasks": [{"name": "mine", "kind": "privacy"}, {"name": "other", "kind": "segmentation"},
                                {"name": "lost", "kind": "discriminability"}]}}  # fmt: skip
    details = {"tasks": {"mine": {"members": 3}, "other": {"not_computed": "no masks"}}}
    files = {"run/plan.json": json.dumps(plan).encode(), "run/tasks.json": json.dumps(details).encode(),
             "report.html": b'<h2 id="diversity">'}  # fmt: skip
    there = evidence_in(files, {"funding"})
    assert there == {*files, "task privacy", "report.html#diversity", "context.funding"}
    found = read_checklist("seven-cs")
    given = {item.item: answers(found, there)[item.id] for item in found.items}
    assert given["Could a person be found again from synthetic data?"] == "partly"
    assert given["What does it add to the set, by site, view and class?"] == "partly"
    assert given["Is the same anatomy outlined in synthetic and real data?"] == "not covered"
    assert given["Can a machine tell synthetic from real data?"] == "not covered"


def test_the_seven_cs_are_all_there() -> None:
    sections = {item.section for item in read_checklist("seven-cs").items}
    assert len(sections) == 7
    assert all(section.startswith(("co",)) for section in sections)


def test_checklists_and_validation_are_in_the_packet(files: dict[str, bytes]) -> None:
    assert all(f"checklists/{name}.md" in files for name in LISTS)
    assert b"| t on subject means |" in files["validation/statistics.md"]
    assert json.loads(files["packet.json"])["not_packed"] == []


def test_the_wheel_carries_every_page_of_validation() -> None:
    here = Path(__file__).resolve().parents[3]
    if not (here / "pyproject.toml").is_file():
        pytest.skip("no checkout: pyproject.toml is not beside the tests")
    build = tomllib.loads((here / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    carried = build["targets"]["wheel"]["force-include"]
    assert carried == {f"docs/{page}": f"reports/packet/validation_pages/{page}" for page in PAGES}


def test_pages_that_are_not_installed_are_told(
    golden: Run, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.packet.assemble._report", lambda run, real_ids: files["report.html"])
    monkeypatch.setattr("reports.packet.assemble.validation_files", lambda: ({}, ["statistics.md"]))
    made = packet_files(golden, None, Asked(date=DAY))
    assert json.loads(made["packet.json"])["not_packed"] == ["validation/statistics.md"]
    assert b"no such pages: statistics.md" in made["README.md"]


def test_a_run_without_its_key_is_refused(golden: Run, tmp_path: Path) -> None:
    shutil.copytree(golden.folder, tmp_path / "run")
    (tmp_path / "run" / "pseudonyms.csv").unlink()
    with pytest.raises(InputError, match="is missing"):
        write_packet(read_run(tmp_path / "run"), tmp_path / "packet.zip")
