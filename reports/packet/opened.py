"""The files of a packet, as what is made of them again looks at them; and what was made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.judging import Evidence
from evalkit.plan import Plan
from evalkit.records import ClipFacts, Measurement, Prediction, read_table
from reports.packet.about import FILE as ABOUT
from reports.packet.about import About, read_about
from reports.packet.rejudged import plan_of
from translator.errors import bad_input

MOST_ROWS, MOST_UNPACKED = 20_000_000, 2**32


@dataclass
class Recomputed:
    """How many estimates and verdicts were made again, each that differs, and what was not done, in words.

    `sources` are the files that it starts from; `made` those that were made again.
    """

    estimates: int = 0
    verdicts: int = 0
    differing: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OpenedPacket:
    """The files of a packet, as what is made of them looks at them."""

    files: Mapping[str, bytes]
    folder: Path  # where a table can be laid to be read

    def has(self, *names: str) -> bool:
        """Whether these files of the run are there."""
        return all(f"run/{name}" in self.files for name in names)

    def opened(self, name: str) -> Path:
        """A file of the packet on the disk."""
        path = self.folder / "table"
        path.write_bytes(self.files[name])
        return path

    def json(self, name: str) -> Any:
        """A JSON file of the packet."""
        return json.loads(self.files[name])

    @cached_property
    def about(self) -> About:
        """packet.json."""
        return read_about(self.files[ABOUT], ABOUT)

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return plan_of(self.json("run/plan.json"), self.json("run/metrics.json")["metrics"])

    @cached_property
    def evidence(self) -> Evidence:
        """The tables that all results come from."""
        rows = read_table(self.opened("run/measurements.parquet"), Measurement)
        facts = read_table(self.opened("run/clips.parquet"), ClipFacts) if self.has("clips.parquet") else []
        said = read_table(self.opened("run/predictions.parquet"), Prediction) if self.has("predictions.parquet") else []
        return Evidence(self.plan.document, self.plan.declared, rows, said, facts)


def refuse_endless(files: Mapping[str, bytes]) -> None:
    """A few bytes of Parquet can stand for endless rows: what they announce is looked at before they are read.

    Raises: InputError naming a table that announces too much.
    """
    for name, content in files.items():
        if name.endswith(".parquet"):
            told = pq.ParquetFile(pa.BufferReader(content)).metadata
            size = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
            if told.num_rows > MOST_ROWS or size > MOST_UNPACKED:
                what = f"announces {told.num_rows} rows of {size} bytes"
                raise bad_input(f"packet: {name}", what, f"At most {MOST_ROWS} rows of {MOST_UNPACKED} bytes are read")
