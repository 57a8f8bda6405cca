"""A sealed run to an evidence packet."""

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.metrics.registry import declared_metric, described_metric
from evalkit.pseudonyms import Pseudonyms, read_pseudonyms, real_names
from evalkit.seal import Run
from reports.packet import about, crate, statement, trace
from reports.packet.archive import archive_bytes
from reports.packet.cards import data_sheet, model_cards
from reports.packet.checklists import checklist_files, evidence_in
from reports.packet.context import ContextOfUse, context_markdown
from reports.packet.environment import code_digests, environment_files
from reports.packet.exhibits import exhibit_clips, input_hashes
from reports.packet.judgements import packed_judgements
from reports.packet.keys import public_pem
from reports.packet.stamps import given_stamps
from reports.packet.tables import packed_files, packed_path
from reports.packet.validation import validation_files
from reports.page.write import write_report
from translator.artefacts import installed_version
from translator.errors import bad_input

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_KEY = "public-key.pem"
METRICS = "run/metrics.json"


class Asked(NamedTuple):
    """What a packet was asked to hold. `date` is ISO 8601, by default SOURCE_DATE_EPOCH's or today's (UTC).

    judgements: folders of judgements of the run. stamps: RFC 3161 responses of its frozen plan, checked by stamp_root
    (PEM) where there is one.
    """

    context: ContextOfUse = ContextOfUse()
    data: bool = False
    real_ids: bool = False
    date: str | None = None
    judgements: tuple[Path, ...] = ()
    stamps: tuple[Path, ...] = ()
    stamp_root: Path | None = None


def write_packet(run: Run, path: Path, key: "Ed25519PrivateKey | None" = None, asked: Asked | None = None) -> Path:
    """Write the packet of a sealed run, signed if there is a key. The same run, date and environment: the same bytes.

    Raises: InputError if the run holds no key of pseudonyms and real ids are not asked for, or the packet is too large;
    and for a judgement or a time stamp that is not of this run.
    """
    content = archive_bytes(packet_files(run, key, asked or Asked()))
    partial = path.with_name(f".partial-{path.name}")
    partial.write_bytes(content)
    return partial.replace(path)


def packet_files(run: Run, key: "Ed25519PrivateKey | None", asked: Asked) -> dict[str, bytes]:
    """Every file of the packet, by name."""
    names = real_names(run.plan) if asked.real_ids else read_pseudonyms(run.folder)
    shown = read_pseudonyms(run.folder) if asked.real_ids else names  # paths are pseudonyms always
    context = asked.context if asked.real_ids else asked.context.renamed(names)
    stamps = given_stamps(run, asked.stamps, asked.stamp_root)
    judged, judgements = packed_judgements(run, asked.judgements, shown, asked.real_ids)
    files, sealed = _from_run(run, shown, asked)
    files |= judged | stamps
    if asked.real_ids:
        files["run/run.json"] = (run.folder / "run.json").read_bytes()
    files["report.html"] = _report(run, asked.real_ids)
    files[METRICS] = _metrics(run.plan)
    files["inputs/hashes.csv"] = input_hashes(run.plan, names)
    files |= environment_files(run)
    files |= model_cards(run.plan, names)
    files["cards/data-sheet.md"] = data_sheet(json.loads(files["run/plan.json"]), context)
    files["context-of-use.md"] = context_markdown(context).encode()
    pages, missing = validation_files()
    files |= pages
    suite = installed_version("sonoproof")
    metrics = json.loads(files[METRICS])["metrics"]
    files[trace.FILE] = trace.traceability(files, metrics, suite, code_digests())
    files |= checklist_files(evidence_in(files, context.stated))
    if key is not None:
        files[PUBLIC_KEY] = public_pem(key.public_key())
    ids: Literal["pseudonyms", "real"] = "real" if asked.real_ids else "pseudonyms"
    files["README.md"] = about.readme(ids, key is not None, missing)
    told = about.About(
        suite=suite, date=_date(asked.date), ids=ids, data=asked.data, plan_sha256=run.record["plan_sha256"],
        plan_time=about.claimed_time(_documents(files)), seal_sha256=run.record["seal_sha256"], sealed=sealed,
        analysis_plan_sha256=run.record["files"].get(ANALYSIS_PLAN), judgements=judgements,
        not_packed=[f"validation/{page}" for page in missing],
    )  # fmt: skip
    files[about.FILE] = about.about_bytes(told)
    return _sealed_up(files, told, names.text(run.plan["study"]["title"]), context, key)


def _sealed_up(
    files: dict[str, bytes], told: about.About, title: str, context: ContextOfUse, key: "Ed25519PrivateKey | None"
) -> dict[str, bytes]:
    """The files with crate and statement, which are over all others."""
    sizes: dict[str, int | None] = {name: len(content) for name, content in files.items()}
    sizes[statement.FILE] = None  # it holds the crate's hash
    files[crate.FILE] = crate.crate_bytes(sizes, title, told.date, context.licence, context.author, told.suite)
    payload = statement.statement_bytes(statement.digests(files), told.predicate)
    files[statement.FILE] = statement.envelope_bytes(payload, key)
    return files


def _from_run(run: Run, names: Pseudonyms, asked: Asked) -> tuple[dict[str, bytes], dict[str, about.Sealed]]:
    """The run's files, and what became of each that it sealed."""
    files: dict[str, bytes] = {}
    sealed: dict[str, about.Sealed] = {}
    for packed in packed_files(run, names, asked.real_ids):
        if packed.name is not None:
            files[packed.name] = packed.content
        sealed[packed.sealed] = about.Sealed(
            sha256=packed.sha256, packed=packed.name, verbatim=packed.verbatim, note=packed.note
        )
    if asked.data:
        hashes = {packed_path(file, names): sha256 for file, sha256 in run.record["files"].items()}
        for name, clip in exhibit_clips(run, names):
            if isinstance(clip, bytes):
                files[f"data/{name}"] = clip
                sealed[name] = about.Sealed(
                    sha256=hashes[name], packed=f"data/{name}", note="blanked outside the sector"
                )
            else:
                sealed[name] = about.Sealed(sha256=hashes[name], note=clip)
    return files, sealed


def _report(run: Run, real_ids: bool) -> bytes:
    """The report, drawn anew: the one in the run is not sealed, and may show real ids."""
    with tempfile.TemporaryDirectory() as folder:
        return write_report(run, Path(folder) / "report.html", real_ids).read_bytes()


def _metrics(plan: Mapping[str, Any]) -> bytes:
    """What each metric of the run declares, so that estimates can be made again without the suite's own list."""
    told = {**plan.get("metrics_from_outside", {}), **plan.get("task_outputs", {})}
    found = {name: declared_metric(name, told) for name in (*plan["study"]["metrics"], *plan.get("task_outputs", {}))}
    now = {metric.signature for metric in found.values()}
    value = {
        "schema_version": 1,
        "metrics": {name: described_metric(metric) for name, metric in found.items()},
        "signatures_of_the_run_that_differ_now": sorted(set(plan["metrics"]) - now),
    }
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _documents(files: Mapping[str, bytes]) -> list[Mapping[str, Any]]:
    found = [json.loads(files[name]) for name in ("run/plan.json", "run/departures.json") if name in files]
    return [document for document in found if isinstance(document, Mapping)]


def _date(asked: str | None) -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if asked is not None:
            return datetime.fromisoformat(asked).date().isoformat()
        moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        found = asked if asked is not None else f"SOURCE_DATE_EPOCH = {epoch}"
        raise bad_input("date", f"is no date: {found}", "Give YYYY-MM-DD") from None
    return moment.date().isoformat()
