"""packet.json and README.md: what a packet says of itself, of the run it was made from, and of how to verify it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date as calendar_date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from translator.errors import Fault, InputError

FILE = "packet.json"
VARIES = {
    "statement.dsse.json, public-key.pem": "the signature, by whose key, and that there is none",
    "packet.json, ro-crate-metadata.json": "the date, unless --date or SOURCE_DATE_EPOCH gives it",
    "environment/": "libraries, machine and code where the packet was made",
    "report.html": "another version of the suite or of matplotlib draws it otherwise",
    "run/*.parquet": "where ids were replaced, the same rows as another version of pyarrow writes them",
    "data/": "the same frames as another zlib compresses them",
    "validation/": "the pages of the suite's version",
}
NO_TIME = "not stated: the plan carries no time"
_SHA256 = r"^[0-9a-f]{64}$"


class Sealed(BaseModel):
    """A file that the run sealed: its hash there, and where the packet holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=_SHA256)
    packed: str | None = None
    verbatim: bool = False
    note: str = ""


class Judged(BaseModel):
    """A judgement of the run, made later: the hash that seals it, as claimed, and its files. All of it is post hoc."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    standing: Literal["post hoc"] = "post hoc"
    seal_sha256: str = Field(pattern=_SHA256)
    sealed: dict[str, Sealed]


class About(BaseModel):
    """packet.json. The run's hashes are claims: its seal is over real ids, and cannot be made from pseudonyms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    kind: Literal["packet"] = "packet"
    suite: str
    date: str
    ids: Literal["pseudonyms", "real"]
    data: bool
    plan_sha256: str = Field(pattern=_SHA256)
    plan_time: str = NO_TIME
    analysis_plan_sha256: str | None = Field(None, pattern=_SHA256)  # of the frozen plan's file, which was published
    seal_sha256: str = Field(pattern=_SHA256)
    sealed: dict[str, Sealed]
    judgements: dict[str, Judged] = {}
    not_packed: list[str] = []
    varies: dict[str, str] = VARIES

    @field_validator("date")
    @classmethod
    def _iso(cls, value: str) -> str:
        calendar_date.fromisoformat(value)
        return value

    @property
    def predicate(self) -> dict[str, Any]:
        """What the statement repeats."""
        named = {"suite", "date", "ids", "data", "plan_sha256", "plan_time", "analysis_plan_sha256", "seal_sha256"}
        return self.model_dump(include=named, exclude_none=True)


def about_bytes(about: About) -> bytes:
    """packet.json."""
    return (json.dumps(about.model_dump(), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read_about(data: bytes, where: object) -> About:
    """Read packet.json.

    Raises: InputError listing what is wrong with it.
    """
    try:
        return About.model_validate_json(data)
    except ValidationError as error:
        made_by = "Use the version that wrote it, or ask for the packet again"
        raise InputError(
            Fault(f"{where}: {'.'.join(map(str, e['loc'])) or FILE}", e["msg"], made_by) for e in error.errors()
        ) from None


def claimed_time(documents: Sequence[Mapping[str, Any]]) -> str:
    """When the plan says that it was frozen, in its own words: a local clock's time, which proves nothing by itself."""
    for document in documents:
        for key in ("frozen_at", "frozen", "time"):
            value = document.get(key)
            if isinstance(value, str):
                return value
    return NO_TIME


README = """# Evidence packet of Sonoproof

Verify it, offline, with the suite installed (no GPU, no torch needed):

    sonoproof verify PACKET.zip                        # structure and every hash: integrity only
    sonoproof verify PACKET.zip --key SIGNER.pub.pem   # and that this key signed it; get the key another way
    sonoproof verify PACKET.zip --recompute            # and every result again that the tables in here allow
    sonoproof verify PACKET.zip --timestamp-root CA.pem  # and time stamps, by the certificate of who you trust

Without the suite: unpack it (plain ZIP), and compare `sha256sum` of each file with the payload (base64) of
`statement.dsse.json`.

Start with report.html; traceability.csv leads from each claim to its rows; packet.json says what was sealed and what is
here. What lies in judgements/ was judged later, when the data had been seen: it is post hoc, and says so.

{state}

## What it does not prove

- Who signed: a key in the packet is only a key. Without --key, anybody could have changed everything and signed again.
- When: times in it are those of the clock of who ran the study, unless a time stamp by a third party is there
  (run/analysis_plan.tsr, timestamps/). A stamp shows that the frozen plan was there at its time; of the data it says
  nothing.
- That the plan came before the data: its hash proves that only if it was published, or time-stamped, before.
- That the measurements are right: --recompute begins at the table of measurements. They are made again by running the
  study on inputs with the hashes of inputs/hashes.csv.
- That the clips are what the manifest says, or that nothing was left out before the study began.
- {ids}
"""
_IDS = {
    "pseudonyms": "That these tables are the sealed ones: the run's seal is over real ids, and these hold pseudonyms."
    " Who holds the run makes the packet again and compares; packet.json has the hash of each sealed file.",
    "real": "That nobody is named: clips and subjects stand under the ids that the study gave them.",
}


def readme(ids: str, signed: bool, missing: Sequence[str]) -> bytes:
    """README.md."""
    state = (
        "This packet is signed."
        if signed
        else "This packet is NOT SIGNED: it shows whether it was damaged, not who made it."
    )
    if missing:
        state += f"\n\nNot packed, as this installation has no such pages: {', '.join(missing)}."
    return README.format(state=state, ids=_IDS[ids]).encode()
