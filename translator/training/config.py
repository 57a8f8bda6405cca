"""Training configuration: one TOML file, every key known."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from translator.errors import Fault, InputError, bad_input
from translator.networks.two_stage import PRESETS


class TrainingConfig(BaseModel):
    """What to train on and how. Paths are relative to the configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    summary: str = ""
    preset: str = "small"
    seed: int = 0
    manifest: str | None = None
    clips_per_subject: int = Field(40, ge=1)
    phantom_subjects: int = Field(200, ge=0)
    phantom_seed: int = 1
    window: int = Field(32, ge=3)
    kept_frames: int = Field(12, ge=1)
    crop: int = Field(112, ge=32, multiple_of=8)
    steps: int = Field(3000, ge=1)
    batch: int = Field(24, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    threads: int = Field(2, ge=1)

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str) -> str:
        if value not in PRESETS:
            raise ValueError(f"unknown preset {value!r}; known: {', '.join(PRESETS)}")
        return value


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration.

    Raises: InputError listing every fault.
    """
    try:
        return TrainingConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise bad_input(path, f"cannot be read ({error.strerror})", "Give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad_input(path, f"is not TOML ({error})") from None
    except ValidationError as error:
        raise InputError(Fault(f"{path}: {'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()) from None
