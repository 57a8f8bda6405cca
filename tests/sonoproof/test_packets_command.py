"""packet, packet keygen and verify, as they are typed: exit codes, words, JSON."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.seal import seal
from reports.packet import assemble
from translator.artefacts import digest, file_digest

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "run"
STAMPS = Path(__file__).resolve().parents[1] / "data" / "timestamp"
CLAIMS = """
schema_version = 1
title = "Mine"

[[claims]]
id = "mae"
sentence = "s"
arm = "telea"
metric = "mae"
region = "mask"
relation = "at_most"
reference = 200.0
"""
Runner = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the report takes seconds, and tests/reports/packet have it."""
    monkeypatch.setattr(assemble, "_report", lambda run, real_ids: b'<h2 id="verdicts">')


def test_keys_a_signed_packet_and_its_verification(run: Runner, tmp_path: Path) -> None:
    code, said, _ = run("packet", "keygen", "--out", tmp_path / "keys", "--json")
    keys = json.loads(said)
    assert code == 0
    code, _, error = run("packet", "keygen", "--out", tmp_path / "keys")
    assert (code, "never written over" in error) == (2, True)
    packet = tmp_path / "packet.zip"
    code, said, _ = run("packet", GOLDEN, "--out", packet, "--key", keys["private"], "--date", "2026-01-31", "--json")
    assert (code, json.loads(said)["signed_by"]) == (0, keys["fingerprint"])
    code, said, _ = run("verify", packet)
    assert code == 0
    assert "integrity only" in said
    code, said, _ = run("verify", packet, "--key", keys["public"], "--recompute", "--json")
    found = json.loads(said)
    assert (code, found["result"], found["faults"]) == (0, "intact", [])
    assert "213 estimates and 3 verdicts" in found["recomputed"]
    other = json.loads(run("packet", "keygen", "--out", tmp_path / "others", "--json")[1])
    code, _, error = run("verify", packet, "--key", other["public"])
    assert (code, "and not by" in error) == (1, True)


def test_an_unsigned_packet_says_so_and_a_changed_one_ends_with_1(run: Runner, tmp_path: Path) -> None:
    packet = tmp_path / "packet.zip"
    code, said, _ = run("packet", "make", GOLDEN, "--out", packet)
    assert (code, "unsigned" in said) == (0, True)
    raw = packet.read_bytes()
    packet.write_bytes(raw.replace(b"Data sheet", b"Data Sheet", 1))
    code, said, error = run("verify", packet)
    assert code == 1
    assert "tampered" in said
    assert "cards/data-sheet.md: was changed" in error
    code, said, _ = run("verify", packet, "--json")
    assert (code, json.loads(said)["result"]) == (1, "tampered")


def test_what_is_no_packet_or_unsafe_ends_with_2(run: Runner, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as made:
        made.writestr("../../escaped", "x")
    code, _, error = run("verify", bad)
    assert (code, "leaves the folder" in error) == (2, True)
    assert not (tmp_path.parents[1] / "escaped").exists()
    code, said, _ = run("verify", bad, "--json")
    assert (code, json.loads(said)["result"]) == (2, "unusable")
    assert run("verify", tmp_path / "absent.zip")[0] == 2
    assert run("verify", GOLDEN / "run.json", "--key", tmp_path / "absent.pem")[0] == 2


def test_a_packet_is_not_written_into_its_run(run: Runner) -> None:
    code, _, error = run("packet", GOLDEN, "--out", GOLDEN / "packet.zip")
    assert (code, "lies in the sealed run" in error) == (2, True)


def test_a_context_with_an_unknown_key_is_refused(run: Runner, tmp_path: Path) -> None:
    context = tmp_path / "context.toml"
    context.write_text('intended = "x"\n')
    code, _, error = run("packet", GOLDEN, "--out", tmp_path / "p.zip", "--context", context)
    assert (code, "intended_use" in error) == (2, True)
    assert not (tmp_path / "p.zip").exists()


def test_a_context_is_written_to_fill_in_and_never_over_another(run: Runner, tmp_path: Path) -> None:
    context = tmp_path / "context.toml"
    code, said, _ = run("packet", "context", "--out", context)
    assert (code, "fill it in" in said) == (0, True)
    text = context.read_text(encoding="utf-8")
    assert '# What happens if it is wrong?\nconsequence = ""\n' in text
    code, said, _ = run("packet", "context")
    assert (code, said) == (0, text)
    code, _, error = run("packet", "context", "--out", context)
    assert (code, "exists" in error) == (2, True)
    assert run("packet", GOLDEN, "--out", tmp_path / "p.zip", "--context", context)[0] == 0


def test_a_judgement_is_packed_and_told_and_one_of_another_run_is_refused(run: Runner, tmp_path: Path) -> None:
    claims = tmp_path / "mine.toml"
    claims.write_text(CLAIMS, encoding="utf-8")
    assert run("judge", GOLDEN, "--claims", claims, "--out", tmp_path / "later")[0] == 0
    packet = tmp_path / "packet.zip"
    assert run("packet", GOLDEN, "--out", packet, "--judgement", tmp_path / "later")[0] == 0
    code, said, error = run("verify", packet, "--recompute")
    assert code == 0
    assert "judgement: later: 1 claims, all post hoc" in said
    assert "214 estimates and 4 verdicts, from run/measurements.parquet, run/clips.parquet" in said
    assert "not recomputed exhibits: 15 clips" in error
    record = json.loads((tmp_path / "later" / "judgement.json").read_text())
    del record["seal_sha256"]
    record["run_seal_sha256"] = "0" * 64
    record["seal_sha256"] = digest(record)
    (tmp_path / "later" / "judgement.json").write_text(json.dumps(record))
    code, _, error = run("packet", GOLDEN, "--out", packet, "--judgement", tmp_path / "later")
    assert (code, "is of another run" in error) == (2, True)


def test_a_time_stamp_is_told_with_the_hash_that_it_was_compared_with(run: Runner, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed")
    folder, packet = tmp_path / "run", tmp_path / "packet.zip"
    shutil.copytree(GOLDEN, folder)
    shutil.copyfile(STAMPS / "plan.json", folder / "analysis_plan.json")
    sha256 = file_digest(STAMPS / "plan.json")
    under = {"schema_version": 1, "analysis_plan_sha256": sha256, "frozen_at": "2026-01-02T03:04:05", "clock": "c",
             "timestamp": {"status": "verified"}, "departures": [], "claims_not_fixed": [],
             "claims_lost": {}}  # fmt: skip
    (folder / "departures.json").write_text(json.dumps(under))
    seal(folder, json.loads((GOLDEN / "run.json").read_text())["plan_sha256"])
    code, _, error = run("packet", folder, "--out", packet)
    assert (code, "give it again with --timestamp" in error) == (0, True)
    assert "time stamp of that hash: none" in run("verify", packet)[1]
    stamp, root = ("--timestamp", STAMPS / "plan.tsr"), ("--timestamp-root", STAMPS / "root.pem")
    code, _, error = run("packet", folder, "--out", packet, *stamp, *root)
    assert (code, error) == (0, "")
    code, said, _ = run("verify", packet, *root)
    assert code == 0
    assert "plan frozen (its own clock): 2026-01-02T03:04:05" in said
    assert f"frozen plan, its file's SHA-256: {sha256}, as claimed by packet.json" in said
    assert "time stamp of that hash: timestamps/1.tsr: verified, 20" in said
    assert "CN=Example Time Stamping Authority" in said
    code, _, error = run("verify", packet, "--timestamp-root", STAMPS / "other_root.pem")
    assert (code, "timestamps/1.tsr: does not hold" in error) == (1, True)
    code, _, error = run("packet", GOLDEN, "--out", packet, *stamp)
    assert (code, "under no frozen plan" in error) == (2, True)
