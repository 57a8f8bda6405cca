"""A reader study, analysed whole: each reader alone, the average reader with MRMC variance, agreement, chance."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evalkit.readers.agreement import fleiss_kappa, krippendorff_alpha
from evalkit.readers.chance import AgainstChance, against_chance
from evalkit.readers.list_mode import ReaderStudy
from evalkit.readers.mrmc import Mrmc, mrmc_auc, mrmc_difference
from evalkit.readers.performance import Performance, performance, usual_threshold
from evalkit.statistics.result import Result

SCHEMA_VERSION = 1
MARGIN = 0.1  # of AUC or balanced accuracy about one half; declare another before the data are seen
ALPHA = 0.025
AUC, BALANCED = "AUC", "balanced accuracy"


@dataclass(frozen=True)
class OfModality:
    """One modality, or the difference of two. Balanced accuracy is the mean of sensitivity and specificity."""

    modality: str
    auc: Mrmc
    balanced_accuracy: Mrmc
    agreement: tuple[Result, ...]
    chance: tuple[AgainstChance, ...]


@dataclass(frozen=True)
class Analysis:
    """All of it. `threshold`: scores above it say positive; `difference`: first modality minus second."""

    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    n_negative: int
    n_positive: int
    n_scores: int
    n_missing: int
    threshold: float
    alpha: float
    margin: float
    per_reader: tuple[Performance, ...]
    per_modality: tuple[OfModality, ...]
    difference: OfModality | None


def analyse(
    study: ReaderStudy,
    threshold: float | None = None,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    seed: int = 0,
) -> Analysis:
    """Analyse; intervals have level 1 - 2 alpha. threshold: by default the middle of the scale that was used."""
    level = 1 - 2 * alpha
    cut = usual_threshold(study.scores) if threshold is None else threshold
    called = replace(study, scores=np.where(np.isnan(study.scores), np.nan, (study.scores > cut).astype(np.float64)))
    modalities = range(len(study.modalities))
    missing = int(np.isnan(study.scores).sum())
    return Analysis(
        readers=study.readers,
        modalities=study.modalities,
        n_negative=int((~study.truth).sum()),
        n_positive=int(study.truth.sum()),
        n_scores=study.scores.size - missing,
        n_missing=missing,
        threshold=cut,
        alpha=alpha,
        margin=margin,
        per_reader=tuple(
            performance(study, m, r, cut, level)
            for m in modalities
            for r in range(len(study.readers))
            if not np.isnan(study.scores[m, r]).all()
        ),
        per_modality=tuple(_of_modality(study, called, m, margin, alpha, seed) for m in modalities),
        difference=_difference(study, called, level) if len(study.modalities) == 2 else None,
    )


def as_json(analysis: Analysis) -> dict[str, Any]:
    """The analysis as JSON-like values, with a schema version; what is missing is null beside a note."""
    return {"schema_version": SCHEMA_VERSION, **asdict(analysis)}


def _of_modality(
    study: ReaderStudy, called: ReaderStudy, modality: int, margin: float, alpha: float, seed: int
) -> OfModality:
    level, name = 1 - 2 * alpha, study.modalities[modality]
    area, balanced = mrmc_auc(study, modality, level), mrmc_auc(called, modality, level)
    balanced = _named(balanced, f"reader-averaged {BALANCED}")
    scores, calls = study.scores[modality], called.scores[modality]
    binary = len(np.unique(scores[~np.isnan(scores)])) <= 2
    agreement = [fleiss_kappa(calls, level, seed)]
    agreement.append(krippendorff_alpha(scores, "nominal" if binary else "ordinal", level, seed))
    chance = [against_chance(f"reader-averaged {BALANCED}", name, balanced.result, margin, alpha)]
    if not binary:
        chance.insert(0, against_chance(f"reader-averaged {AUC}", name, area.result, margin, alpha))
    return OfModality(name, area, balanced, tuple(agreement), tuple(chance))


def _difference(study: ReaderStudy, called: ReaderStudy, level: float) -> OfModality:
    balanced = _named(mrmc_difference(called, level=level), f"difference of reader-averaged {BALANCED}")
    name = f"{study.modalities[0]} minus {study.modalities[1]}"
    return OfModality(name, mrmc_difference(study, level=level), balanced, (), ())


def _named(found: Mrmc, name: str) -> Mrmc:
    return replace(found, result=replace(found.result, statistic=name))
