"""The packet as a research object: ro-crate-metadata.json, RO-Crate 1.1 (Soiland-Reyes et al. 2022,
doi:10.3233/DS-210053; specification: doi:10.5281/zenodo.4541002), written by hand so that the same files give the
same bytes.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

FILE = "ro-crate-metadata.json"
_KINDS = {
    ".html": "text/html", ".json": "application/json", ".csv": "text/csv", ".md": "text/markdown", ".txt": "text/plain",
    ".pem": "application/x-pem-file", ".parquet": "application/vnd.apache.parquet", ".npz": "application/zip",
    ".toml": "application/toml", ".tsr": "application/timestamp-reply",
}  # fmt: skip
_ABOUT = {
    "report.html": "The report: verdicts, figures, clips",
    "README.md": "What this packet holds, how to verify it, and what it does not prove",
    "packet.json": "What the packet says of itself and of the run",
    "statement.dsse.json": "SHA-256 of every other file: an in-toto statement in a DSSE envelope",
    "public-key.pem": "Public key of who signed; whose it is, the packet cannot prove",
    "traceability.csv": "Claim to verdict, estimate, rows, figure and code",
    "context-of-use.md": "What the generator is meant for, as stated",
    "run/plan.json": "The study as it was frozen before anything was measured",
    "run/departures.json": "Where the run departed from its frozen plan",
    "run/analysis_plan.tsr": "RFC 3161 time stamp of the frozen plan, as the run was begun with",
    "run/measurements.parquet": "Every measurement: arm, clip, metric, region",
    "run/estimates.parquet": "Every estimate with its interval",
    "run/verdicts.json": "The verdict on every claim",
    "run/metrics.json": "What each metric declares",
    "environment/lock.txt": "Installed libraries",
    "environment/sbom.cdx.json": "Bill of materials, CycloneDX 1.6",
    "environment/machine.json": "Machine and libraries, of the run and of the packet",
    "environment/code.json": "SHA-256 of the suite's own code",
    "inputs/hashes.csv": "SHA-256 of every input file",
    "cards/data-sheet.md": "Data sheet of the clips",
}


def crate_bytes(files: Mapping[str, int | None], title: str, date: str, licence: str, author: str, suite: str) -> bytes:
    """The metadata of a packet whose files (name -> bytes, None where that is not known) are all named in it.

    `date` is ISO 8601. `licence` and `author` are text, also "not stated".
    """
    parts = [{"@id": name} for name in sorted(files)]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Evidence packet: {title}",
        "description": "Report, tables, claims, plan, environment and input hashes of a finished trial of synthetic"
        " ultrasound video. `sonoproof verify` checks it.",
        "datePublished": date,
        "license": {"@id": "#licence"},
        "author": {"@id": "#author"},
        "hasPart": parts,
        "mentions": {"@id": "#run"},
    }
    results = [{"@id": name} for name in sorted(files) if name.startswith(("run/", "judgements/"))]
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "The trial",
        "instrument": {"@id": "#sonoproof"},
        "object": {"@id": "run/plan.json"},
        "result": [result for result in results if result["@id"] != "run/plan.json"],
    }
    graph: list[dict[str, Any]] = [
        {
            "@id": FILE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        root,
        {"@id": "#licence", "@type": "CreativeWork", "name": licence, "description": "Terms of the packet, as stated"},
        {"@id": "#author", "@type": "Organization", "name": author},
        run,
        {
            "@id": "#sonoproof",
            "@type": "SoftwareApplication",
            "name": "sonoproof",
            "version": suite,
            "softwareVersion": suite,
        },
        *(_file(name, size) for name, size in sorted(files.items())),
    ]
    value = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parts_of(metadata: bytes) -> frozenset[str]:
    """The files that a crate's root names.

    Raises: ValueError, KeyError, TypeError or StopIteration if it is no crate.
    """
    graph = json.loads(metadata)["@graph"]
    root = next(each for each in graph if each["@id"] == "./")
    return frozenset(str(part["@id"]) for part in root["hasPart"])


def _file(name: str, size: int | None) -> dict[str, Any]:
    path = PurePosixPath(name)
    known: dict[str, Any] = {"@id": name, "@type": "File", "name": _ABOUT.get(name, path.name),
                             "encodingFormat": _KINDS.get(path.suffix, "application/octet-stream")}  # fmt: skip
    if size is not None:
        known["contentSize"] = str(size)
    return known
