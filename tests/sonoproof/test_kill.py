"""A run that is killed goes on, and ends with the same bytes as one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sonoproof.templates import STUDY
from translator.simulate.dataset import PhantomSet, write_phantoms
from translator.weights import DEFAULT


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_run_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    asked = PhantomSet(subjects=8, seed=9, clips_per_subject=2, frames=8, size=96)
    write_phantoms(tmp_path / "clips", asked, lambda i, n: None)
    study = tmp_path / "clips" / "study.toml"
    study.write_text(STUDY.replace("MANIFEST", "manifest.csv").replace(f"weights:{DEFAULT}", "trivial:telea"))
    assert _run(study, tmp_path / "quiet" / "run").wait() in (0, 1)
    killed = 0
    for attempt in range(40):
        process = _run(study, tmp_path / "killed" / "run")
        deadline = time.monotonic() + 2.0 + 0.3 * attempt  # each try may do a little more
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed += 1
    assert killed > 0
    assert process.returncode in (0, 1)
    for name in ("plan.json", "measurements.parquet", "estimates.parquet", "verdicts.json", "run.json"):
        quiet, after = tmp_path / "quiet" / "run" / name, tmp_path / "killed" / "run" / name
        assert quiet.read_bytes() == after.read_bytes(), name


def _run(study: Path, out: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "sonoproof", "run", str(study), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
