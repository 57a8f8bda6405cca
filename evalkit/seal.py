"""Seal a run: SHA-256 of every file that carries a result, written last into run.json; and read it back.

Not sealed, and declared so: timings.json, which differ from run to run, and report.html and report.pdf, which can be
made again from the sealed files.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.records import (
    ClipFacts,
    Distribution,
    Estimate,
    Measurement,
    Prediction,
    Slope,
    StratumEstimate,
    Verdict,
    read_distributions,
    read_slopes,
    read_table,
)
from translator.artefacts import digest, file_digest
from translator.errors import Fault, InputError, bad_input

UNSEALED = frozenset({"run.json", "timings.json", "report.html", "report.pdf"})


@dataclass(frozen=True)
class Run:
    """A finished run: its record, plan and tables."""

    folder: Path
    record: dict[str, Any]
    plan: dict[str, Any]
    measurements: list[Measurement]
    estimates: list[Estimate]
    verdicts: list[Verdict]
    clips: list[ClipFacts]
    strata: list[StratumEstimate]
    slopes: list[Slope]
    predictions: list[Prediction] = field(default_factory=list)
    tasks: dict[str, Any] = field(default_factory=dict)  # task -> details
    distributions: list[Distribution] = field(default_factory=list)


def seal(folder: Path, plan_sha256: str) -> None:
    """Write run.json over every sealed file of the folder."""
    files = {path.relative_to(folder).as_posix(): file_digest(path) for path in _sealed(folder)}
    record = {
        "schema_version": 1,
        "kind": "run",
        "plan_sha256": plan_sha256,
        "files": files,
        "not_sealed": sorted(UNSEALED - {"run.json"}),
    }
    record["seal_sha256"] = digest(record)
    partial = folder / ".run.json.partial"
    partial.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(folder / "run.json")


def read_run(folder: str | Path) -> Run:
    """Read a sealed run and check every byte of it.

    Raises: InputError naming each file that is missing, added or changed.
    """
    folder = Path(folder)
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = "there is no such folder" if not folder.is_dir() else error
        raise bad_input(folder, f"is no finished run ({why})", "Make one with `sonoproof run`") from None
    if not isinstance(record, dict) or record.get("schema_version") != 1 or record.get("kind") != "run":
        raise bad_input(folder / "run.json", "is not a run of schema version 1", "Use the version that wrote it")
    faults = _changes(folder, record)
    if faults:
        raise InputError(faults)
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    verdicts = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))["verdicts"]
    return Run(
        folder,
        record,
        plan,
        read_table(folder / "measurements.parquet", Measurement),
        read_table(folder / "estimates.parquet", Estimate),
        [Verdict(**verdict) for verdict in verdicts],
        # runs sealed before these tables existed have none
        read_table(folder / "clips.parquet", ClipFacts) if "clips.parquet" in record["files"] else [],
        read_table(folder / "strata.parquet", StratumEstimate) if "strata.parquet" in record["files"] else [],
        read_slopes(folder / "slopes.json") if "slopes.json" in record["files"] else [],
        read_table(folder / "predictions.parquet", Prediction) if "predictions.parquet" in record["files"] else [],
        json.loads((folder / "tasks.json").read_text(encoding="utf-8"))["tasks"]
        if "tasks.json" in record["files"]
        else {},
        read_distributions(folder / "distributions.json") if "distributions.json" in record["files"] else [],
    )


def _sealed(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if not _unsealed(path.relative_to(folder).as_posix()))


def _unsealed(name: str) -> bool:
    """Declared exceptions, what is being written, and what desktops drop into every folder they show."""
    last = name.rsplit("/", 1)[-1]
    droppings = last in ("Thumbs.db", "desktop.ini", ".DS_Store")
    return name in UNSEALED or droppings or (name.startswith(".") and "partial" in name.split("/", 1)[0])


def _changes(folder: Path, record: dict[str, Any]) -> list[Fault]:
    expected: dict[str, str] = record.get("files", {})
    remedy = "Restore the file, or run the study into a new folder"
    unsigned = {key: value for key, value in record.items() if key != "seal_sha256"}
    faults = (
        [] if digest(unsigned) == record.get("seal_sha256") else [Fault(f"{folder}/run.json", "was changed", remedy)]
    )
    found = {path.relative_to(folder).as_posix(): path for path in _sealed(folder)}
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            faults.append(Fault(f"{folder}/{name}", "is missing", remedy))
        elif name not in expected:
            faults.append(Fault(f"{folder}/{name}", "was added after the run was sealed", "Move it out of the run"))
        elif file_digest(found[name]) != expected[name]:
            faults.append(Fault(f"{folder}/{name}", "was changed after the run was sealed", remedy))
    return faults
