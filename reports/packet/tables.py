"""The sealed files of a run as a packet may hold them: under pseudonyms, whatever the files are.

Known by what they are (Parquet, JSON, CSV, text), not by name, so that a file which a later version of a run adds comes
along by itself. Rows and lists that name clips or subjects are put in the order of the pseudonyms: the order of the ids
would tell which is which. What is of no known kind is left out, and said so.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.analysis_plan import DEPARTURES, TOKEN
from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.pseudonyms import FILE as KEY
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.page.conduct import shown_departures

_CLIP, _SUBJECT = ("clip_id", "always"), ("subject_id", "subjects")  # JSON keys whose values are ids and nothing else
_TEXTS = frozenset({".txt", ".md", ".toml"})
_LEFT_OUT = "left out: of no kind whose ids could be replaced"
_PICTURES = "left out: clips are packed only where --data asks for them"
_FROZEN = "it can name clips that were dropped later, whom no pseudonym covers"
_KEY_ITSELF = "left out: it is the key of the pseudonyms"


@dataclass(frozen=True)
class Packed:
    """A sealed file in a packet: where it lies, what is in it, and whether it is the sealed file byte for byte."""

    sealed: str  # its name in the run, ids replaced
    sha256: str  # of the sealed file
    name: str | None = None  # in the packet; None where it is left out
    content: bytes = b""
    verbatim: bool = False
    note: str = ""


def packed_files(run: Run, names: Pseudonyms, real_ids: bool) -> Iterator[Packed]:
    """Every sealed file of a run, exhibits' clips apart, which are left out."""
    for file, sha256 in sorted(run.record["files"].items()):
        sealed = packed_path(file, names)
        kind = PurePosixPath(file).suffix
        if kind == ".npz":
            yield Packed(sealed, sha256, note=_PICTURES)
        elif file == KEY and not real_ids:
            yield Packed(sealed, sha256, note=_KEY_ITSELF)
        elif file == ANALYSIS_PLAN and not real_ids:
            yield Packed(sealed, sha256, note=_FROZEN)
        elif file == DEPARTURES and not real_ids:
            told = shown_departures(json.loads((run.folder / file).read_text(encoding="utf-8")), names)
            yield Packed(sealed, sha256, f"run/{sealed}", _as_json(renamed_json(told, names)))
        elif file == TOKEN:
            yield Packed(sealed, sha256, f"run/{sealed}", (run.folder / file).read_bytes(), verbatim=True)
        else:
            yield packed_file(run.folder / file, sealed, sha256, f"run/{sealed}", names, real_ids)


def packed_file(path: Path, sealed: str, sha256: str, name: str, names: Pseudonyms, real_ids: bool) -> Packed:
    """A sealed file as a packet may hold it under `name`; it is left out if it is of no known kind."""
    kind = path.suffix
    if kind not in (*_READERS, *_TEXTS):
        return Packed(sealed, sha256, note=_LEFT_OUT)
    content = path.read_bytes()
    kept = content if real_ids else _renamed(kind, content, names)
    return Packed(sealed, sha256, name, kept, verbatim=kept == content)


def packed_path(file: str, names: Pseudonyms) -> str:
    """A path in the run with the parts that are ids replaced."""
    return "/".join(names.clips.get(part) or names.subjects.get(part) or names.text(part) for part in file.split("/"))


def _renamed(kind: str, content: bytes, names: Pseudonyms) -> bytes:
    if kind in _TEXTS:
        return names.text(content.decode("utf-8")).encode()
    return _READERS[kind](content, names)


def _json(content: bytes, names: Pseudonyms) -> bytes:
    return _as_json(renamed_json(json.loads(content), names))


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def renamed_json(value: Any, names: Pseudonyms, key: str = "") -> Any:
    """A JSON value with ids replaced in keys and texts; lists that named clips or subjects in the pseudonyms' order.

    A model card's training subjects and clips are told by their number alone: they are people too, of another study.
    """
    if isinstance(value, Mapping):
        if "training_sources" in value:
            value = {**value, "training_sources": [_counted(source) for source in value["training_sources"]]}
        if key == "folder" and value and all(isinstance(name, str) for name in value):  # an arm's videos, by name
            value = {"videos": len(value)}
        return {_id(str(name), names): renamed_json(item, names, str(name)) for name, item in value.items()}
    if isinstance(value, list):
        found = [renamed_json(item, names, key) for item in value]
        moved = any(isinstance(item, Mapping) and {"clip_id", "subject_id"} & item.keys() for item in value)
        moved |= any(isinstance(item, str) and (item in names.clips or item in names.subjects) for item in value)
        return sorted(found, key=lambda item: json.dumps(_ids_first(item), sort_keys=True)) if moved else found
    if not isinstance(value, str):
        return value
    known = names.clips if key in _CLIP else names.subjects if key in _SUBJECT else {}
    return known.get(value) or names.text(value)


def _counted(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: len(item) if name in ("subjects", "clips") and isinstance(item, list) else item
        for name, item in source.items()
    }


def _ids_first(item: Any) -> Any:
    return [item.get("clip_id", ""), item.get("subject_id", ""), item] if isinstance(item, Mapping) else item


def _id(name: str, names: Pseudonyms) -> str:
    """A key: an id as a whole, however short, or a text."""
    return names.clips.get(name) or names.subjects.get(name) or names.text(name)


def _csv(content: bytes, names: Pseudonyms) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    head, body = rows[:1], rows[1:]
    known = {"clip_id": names.clips, "subject_id": names.subjects}
    columns = [known.get(column, {}) for column in (head[0] if head else [])]
    changed = [[(ids.get(cell) or names.text(cell)) for ids, cell in zip(columns, row, strict=False)] for row in body]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([*head, *(changed if changed == body else sorted(changed))])
    return text.getvalue().encode()


def _parquet(content: bytes, names: Pseudonyms) -> bytes:
    table = pq.read_table(pa.BufferReader(content))
    text = cache(names.text)  # most texts stand in many rows
    found = [_row(row, names, text) for row in table.to_pylist()]
    if table.schema.metadata and table.schema.metadata.get(b"kind") == b"StratumEstimate":
        found.sort(key=lambda row: row["level_name"] if row["column"] == "subject" else "")  # levels keep their order
    elif {"clip_id", "subject_id"} & set(table.column_names):
        found.sort(key=lambda row: [str(value) for value in row.values()])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(found, schema=table.schema), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _row(row: Mapping[str, Any], names: Pseudonyms, text: Callable[[str], str]) -> dict[str, Any]:
    known = {"clip_id": names.clips, "subject_id": names.subjects}
    if row.get("column") == "subject":
        known["level_name"] = names.subjects
    return {
        name: (known.get(name, {}).get(value) or text(value)) if isinstance(value, str) else value
        for name, value in row.items()
    }


_READERS = {".json": _json, ".csv": _csv, ".parquet": _parquet}
