"""Time stamps of the frozen plan in a packet: compared with its hash, checked offline, named when they do not hold."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from evalkit.seal import Run, read_run, seal
from evalkit.timestamp import UNCHECKED, UNKNOWN_AUTHORITY, VERIFIED
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files
from reports.packet.verify import Verification, verify_packet
from tests.reports.packet.restated import stated_again
from translator.artefacts import file_digest
from translator.errors import InputError

pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed")
DATA = Path(__file__).resolve().parents[2] / "data" / "timestamp"
PLAN, ROOT, OTHER_ROOT = DATA / "plan.json", DATA / "root.pem", DATA / "other_root.pem"
DAY, HELD = "2026-01-31", "run/analysis_plan.tsr"


def _under_a_plan(golden: Run, folder: Path, token: str | None) -> Run:
    """The golden run as if it had been begun under the plan that the stored responses are of."""
    shutil.copytree(golden.folder, folder)
    shutil.copyfile(PLAN, folder / "analysis_plan.json")
    told = {"status": UNCHECKED if token else "no token"}
    departures = {"schema_version": 1, "analysis_plan_sha256": file_digest(PLAN), "frozen_at": "2026-01-02T03:04:05",
                  "clock": "c", "timestamp": told, "departures": [], "claims_not_fixed": [],
                  "claims_lost": {}}  # fmt: skip
    (folder / "departures.json").write_text(json.dumps(departures))
    if token is not None:
        shutil.copyfile(DATA / token, folder / "analysis_plan.tsr")
    seal(folder, golden.record["plan_sha256"])
    return read_run(folder)


def _packed(
    run: Run, real_ids: bool = False, stamps: tuple[Path, ...] = (), root: Path | None = None
) -> dict[str, bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.packet.assemble._report", lambda run, real_ids: b"")  # drawing it takes seconds
        return packet_files(run, None, Asked(date=DAY, real_ids=real_ids, stamps=stamps, stamp_root=root))


def _verified(files: Mapping[str, bytes], folder: Path, root: Path | None = None) -> Verification:
    path = folder / "packet.zip"
    path.write_bytes(archive_bytes(files))
    return verify_packet(path, stamp_root=root)


@pytest.fixture(scope="module")
def stamped(golden: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _under_a_plan(golden, tmp_path_factory.mktemp("stamped") / "run", "plan.tsr")


@pytest.fixture(scope="module")
def files(stamped: Run) -> dict[str, bytes]:
    return _packed(stamped)


def test_the_stamp_that_a_run_was_begun_with_is_packed_and_checked_against_the_frozen_plan(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    assert files[HELD] == (DATA / "plan.tsr").read_bytes()
    found = _verified(files, tmp_path, ROOT)
    assert (found.result, found.faults) == ("intact", ())
    (stamp,) = found.timestamps
    assert (stamp.file, stamp.status) == (HELD, VERIFIED)
    assert stamp.time.startswith("20")
    assert "CN=Example Time Stamping Authority" in stamp.authority
    assert found.analysis_plan.startswith(f"{file_digest(PLAN)}, as claimed by packet.json")
    assert found.plan_time == "2026-01-02T03:04:05"
    json.dumps(found.as_json(), allow_nan=False)


def test_with_real_ids_it_is_compared_with_the_packed_plan_itself(stamped: Run, tmp_path: Path) -> None:
    found = _verified(_packed(stamped, real_ids=True), tmp_path, ROOT)
    assert found.result == "intact"
    assert found.analysis_plan == f"{file_digest(PLAN)}, that of run/analysis_plan.json"


def test_without_a_root_it_says_how_far_it_was_checked(files: dict[str, bytes], golden: Run, tmp_path: Path) -> None:
    assert [stamp.status for stamp in _verified(files, tmp_path).timestamps] == [UNCHECKED]
    chain = _packed(_under_a_plan(golden, tmp_path / "run", "chain.tsr"))
    assert [stamp.status for stamp in _verified(chain, tmp_path).timestamps] == [UNKNOWN_AUTHORITY]


def test_a_stamp_that_comes_later_is_packed_when_given_and_the_runs_own_is_not_packed_twice(
    golden: Run, tmp_path: Path
) -> None:
    run = _under_a_plan(golden, tmp_path / "run", "plan.tsr")
    own, later = run.folder / "analysis_plan.tsr", DATA / "chain.tsr"
    made = _packed(run, stamps=(own, later, later), root=ROOT)
    assert [name for name in made if name.endswith(".tsr")] == [HELD, "timestamps/1.tsr"]
    found = _verified(made, tmp_path, ROOT)
    assert [(stamp.file, stamp.status) for stamp in found.timestamps] == [
        (HELD, VERIFIED), ("timestamps/1.tsr", VERIFIED),
    ]  # fmt: skip


def test_a_stamp_of_another_plan_is_refused_when_packed_and_named_when_verified(
    golden: Run, files: dict[str, bytes], tmp_path: Path
) -> None:
    run = _under_a_plan(golden, tmp_path / "run", None)
    (run.folder / "analysis_plan.json").write_bytes(PLAN.read_bytes() + b" ")
    seal(run.folder, run.record["plan_sha256"])
    with pytest.raises(InputError, match=r"plan\.tsr: is of another file: .* and the frozen plan of .* has "):
        _packed(read_run(run.folder), stamps=(DATA / "plan.tsr",))
    with pytest.raises(InputError, match="under no frozen plan"):
        _packed(golden, stamps=(DATA / "plan.tsr",))
    told = json.loads(files["packet.json"])
    departures = json.loads(files["run/departures.json"])
    other = "ab" * 32
    told["analysis_plan_sha256"] = told["sealed"]["analysis_plan.json"]["sha256"] = other
    departures["analysis_plan_sha256"] = other
    made = {**files, "packet.json": json.dumps(told).encode(), "run/departures.json": json.dumps(departures).encode()}
    found = _verified(stated_again(made, None), tmp_path)
    assert found.result == "tampered"
    (fault,) = found.faults
    assert fault.where == HELD
    assert f"is of another file: it names {file_digest(PLAN)}, and the frozen plan has {other}" in fault.what


@pytest.mark.parametrize("place", [0.3, 0.6, 0.97])
def test_a_stamp_that_was_altered_is_named_though_every_hash_was_made_again(
    files: dict[str, bytes], tmp_path: Path, place: float
) -> None:
    changed = bytearray(files[HELD])
    changed[int(place * len(changed))] ^= 1
    told = json.loads(files["packet.json"])
    told["sealed"]["analysis_plan.tsr"]["verbatim"] = False
    made = {**files, HELD: bytes(changed), "packet.json": json.dumps(told).encode()}
    found = _verified(stated_again(made, None), tmp_path, ROOT)
    assert found.result == "tampered"
    assert [fault.where for fault in found.faults] == [HELD]


def test_no_bytes_in_place_of_a_stamp_make_verify_stumble(files: dict[str, bytes], tmp_path: Path) -> None:
    told = json.loads(files["packet.json"])
    told["sealed"]["analysis_plan.tsr"]["verbatim"] = False
    base = {**files, "packet.json": json.dumps(told).encode()}
    good = files[HELD]
    for content in (b"", b"\x30", b"no response", good[:100], good + b"\0", good[::-1]):
        found = _verified(stated_again({**base, HELD: content}, None), tmp_path)
        assert [fault.where for fault in found.faults] == [HELD]


def test_another_root_and_a_root_without_a_stamp_are_faults(
    golden: Run, files: dict[str, bytes], tmp_path: Path
) -> None:
    found = _verified(files, tmp_path, OTHER_ROOT)
    assert found.result == "tampered"
    assert f"does not hold under {OTHER_ROOT} (unable to get local issuer certificate)" in str(found.faults[0])
    with pytest.raises(InputError, match="is no certificate in PEM"):
        _verified(files, tmp_path, PLAN)  # no fault of the packet
    bare = _packed(_under_a_plan(golden, tmp_path / "run", None))
    assert _verified(bare, tmp_path).result == "intact"
    assert "holds no time stamp, and a root was given" in str(_verified(bare, tmp_path, ROOT).faults[0])


def test_a_stamp_that_was_slipped_into_a_packet_without_a_frozen_plan_is_a_fault(golden: Run, tmp_path: Path) -> None:
    made = {**_packed(golden), "timestamps/1.tsr": (DATA / "plan.tsr").read_bytes()}
    found = _verified(stated_again(made, None), tmp_path)
    assert "timestamps/1.tsr: is of nothing: packet.json names no frozen plan" in str(found.faults[0])


def test_packet_json_cannot_name_another_frozen_plan_than_the_run(files: dict[str, bytes], tmp_path: Path) -> None:
    told = json.loads(files["packet.json"])
    told["analysis_plan_sha256"] = "cd" * 32
    found = _verified(stated_again({**files, "packet.json": json.dumps(told).encode()}, None), tmp_path)
    said = "\n".join(map(str, found.faults))
    assert "packet.json: names another hash of the frozen plan than the run sealed" in said
    assert "run/departures.json: is not of the frozen plan that packet.json names" in said


def test_without_the_extra_it_says_that_it_was_not_checked(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    found = _verified(files, tmp_path)
    assert found.result == "intact"
    assert [asdict(stamp)["status"] for stamp in found.timestamps] == [
        'not checked: pip install "sonoproof[timestamp]"'
    ]
    with pytest.raises(InputError, match="rfc3161-client is not installed"):
        _verified(files, tmp_path, ROOT)  # who asks for the check must not be told that all is well
