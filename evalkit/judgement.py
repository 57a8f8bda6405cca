"""What is judged of a sealed run later: a sealed folder of its own, which names the run's seal. The run stays as it is.

Every claim in it is post hoc: the data had been seen, or could have been.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.claim_files import as_document, check_file, placed
from evalkit.claims.files import find_claims, lacking, read_claims, take_roles, undirected_fault
from evalkit.judging import Evidence, judge
from evalkit.metrics.registry import declared_metric
from evalkit.records import Claim, Estimate, Verdict, as_json, read_table, write_table
from evalkit.seal import Run
from translator.artefacts import digest, file_digest
from translator.errors import Fault, InputError, bad_input

SEAL = "judgement.json"
_FILES = ("claims.json", "estimates.parquet", "verdicts.json")


@dataclass(frozen=True)
class Judgement:
    """A sealed judgement: its record, claims, estimates and verdicts."""

    folder: Path
    record: dict[str, Any]
    claims: list[Claim]
    estimates: list[Estimate]
    verdicts: list[Verdict]


def judge_run(run: Run, claims_file: str, roles: Mapping[str, str], out: Path) -> Judgement:
    """Judge the claims of a file, or of a packaged one, by a sealed run that was read and so verified; seal in `out`.

    A claim that the run cannot answer is not evaluable, with the reason.

    Raises: InputError for a bad claims file, a role that no arm plays, and if `out` is taken or lies in the run.
    """
    if out.resolve().is_relative_to(run.folder.resolve()):
        raise bad_input(out, "lies in the sealed run", "Give a place outside it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise bad_input(out, "is not an empty folder", "Give a new one: a judgement is never changed")
    path = find_claims(claims_file, Path.cwd())
    asked = read_claims(path)
    study = run.plan["study"]
    arms = [arm["name"] for arm in study["arms"]]
    outside = run.plan.get("metrics_from_outside", {})
    of_tasks = run.plan.get("task_outputs", {})
    metrics = {name: declared_metric(name, {**outside, **of_tasks}) for name in (*study["metrics"], *of_tasks)}
    claims = [
        lacking(placed(claim, path.parent), list(metrics), study["regions"])
        for claim in take_roles(asked.claims, roles, arms, "--arm")
    ]
    faults: list[Fault] = []
    for claim in claims:
        metric = metrics.get(claim.metric) if claim.about.of_metric else None
        if metric is not None and metric.higher_is_better is None and claim.relation in ("superior", "noninferior"):
            faults.append(undirected_fault(f"{path}: claim {claim.id!r}", claim, metric))
        check_file(claim)
    if faults:
        raise InputError(faults)
    evidence = Evidence(run.plan, metrics, run.measurements, run.predictions, run.clips)
    estimates, verdicts = judge(claims, evidence, {claim.id for claim in claims})
    told = {"title": asked.title, "source": asked.source, "sha256": file_digest(path), "roles": dict(roles)}
    return _sealed(run, claims, estimates, verdicts, told, out)


def read_judgement(folder: Path, run: Run | None = None) -> Judgement:
    """Read a sealed judgement and check every byte of it; with the run that it is of, that it is of this one.

    Raises: InputError naming what is missing, added or changed.
    """
    try:
        record = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        unsigned = {key: value for key, value in record.items() if key != "seal_sha256"}
        sealed, files = record["seal_sha256"], dict(record["files"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise bad_input(folder, f"is no judgement ({error})", "Make one with `sonoproof judge`") from None
    remedy = "Restore the file, or judge the run again"
    faults = [] if digest(unsigned) == sealed else [Fault(str(folder / SEAL), "was changed", remedy)]
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SEAL}
    for name in sorted(there | files.keys()):
        if name not in there or name not in files:
            faults.append(Fault(str(folder / name), "is missing" if name in files else "was added later", remedy))
        elif file_digest(folder / name) != files[name]:
            faults.append(Fault(str(folder / name), "was changed after it was sealed", remedy))
    if run is not None and record["run_seal_sha256"] != run.record["seal_sha256"]:
        faults.append(Fault(str(folder), f"is of another run than {run.folder}", "Give the run that it is of"))
    if faults:
        raise InputError(faults)
    claims = json.loads((folder / "claims.json").read_text(encoding="utf-8"))["claims"]
    verdicts = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))["verdicts"]
    estimates = read_table(folder / "estimates.parquet", Estimate)
    return Judgement(folder, record, [Claim(**c) for c in claims], estimates, [Verdict(**v) for v in verdicts])


def _sealed(
    run: Run, claims: list[Claim], estimates: list[Estimate], verdicts: list[Verdict], told: dict[str, Any], out: Path
) -> Judgement:
    out.mkdir(parents=True, exist_ok=True)
    shown = [as_document(claim) for claim in claims]
    _write(out / "claims.json", {"schema_version": 1, "file": told, "claims": shown})
    write_table(out / "estimates.parquet", estimates, Estimate)
    _write(out / "verdicts.json", {"schema_version": 1, "verdicts": as_json(verdicts)})
    record: dict[str, Any] = {
        "schema_version": 1,
        "kind": "judgement",
        "standing": "post hoc",
        "run_seal_sha256": run.record["seal_sha256"],
        "plan_sha256": run.record["plan_sha256"],
        "files": {name: file_digest(out / name) for name in _FILES},
    }
    _write(out / SEAL, {**record, "seal_sha256": digest(record)})
    return read_judgement(out, run)


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
