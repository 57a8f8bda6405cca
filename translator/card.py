"""Model card: what a set of weights is, what it was trained on, and how to make it again.

After Mitchell et al. 2019, doi:10.1145/3287560.3287596, cut to what the trial needs: training subjects and
file digests let `sonoproof run` refuse a study that the generator has already seen.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from translator.design import Design
from translator.errors import Fault, InputError


class TrainingSource(BaseModel):
    """One source of training clips with its licence and subjects."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    licence: str
    anatomies: list[str] = []
    clips: list[str] = []
    subjects: list[str]
    file_sha256: list[str] = []


class Figure(BaseModel):
    """One measured value of these weights, or of weights by the same recipe where `of` names those.

    value with its 95 % interval over subjects (None where there are fewer than six).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    anatomy: str
    coverage: float | None
    metric: str
    region: str
    value: float
    low: float | None = None
    high: float | None = None
    subjects: int
    clips: int


class ModelCard(BaseModel):
    """The card that lies beside a weights file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[2] = 2
    name: str
    summary: str
    design: Design
    weights_sha256: str
    evidence_version: int
    training_sources: list[TrainingSource]
    training_command: str
    training_config_sha256: str
    manifest_sha256: str | None = None
    seed: int
    steps: int
    losses: str
    spread_scale: float = 1.0
    spread_from: str = "not calibrated"
    figures: list[Figure] = []
    figures_command: str = ""
    limits: list[str]
    licence: str = "Apache-2.0"

    @property
    def anatomies(self) -> list[str]:
        """Every anatomy that the weights were trained on; phantoms' are named `phantom ...`."""
        return sorted({name for source in self.training_sources for name in source.anatomies})

    @property
    def training_subjects(self) -> frozenset[str]:
        """Every subject that the weights were trained on."""
        return frozenset(subject for source in self.training_sources for subject in source.subjects)

    @property
    def training_files(self) -> frozenset[str]:
        """SHA-256 of every file that the weights were trained on."""
        return frozenset(digest for source in self.training_sources for digest in source.file_sha256)


def write_card(weights: Path, card: ModelCard) -> Path:
    """Write the card beside its weights."""
    path = weights.with_name(f"{weights.stem}.card.json")
    text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_card(path: Path) -> ModelCard:
    """Read a card (JSON).

    Raises: InputError listing every fault in it.
    """
    try:
        return ModelCard.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault(str(path), f"cannot be read ({error})", "Hand in the card with the weights")) from None
    except ValidationError as error:
        faults = [Fault(f"{path}: {'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()]
        raise InputError(faults) from None
