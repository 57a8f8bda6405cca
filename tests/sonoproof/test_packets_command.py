"""packet, packet keygen and verify, as they are typed: exit codes, words, JSON."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.packet import assemble

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "run"
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
