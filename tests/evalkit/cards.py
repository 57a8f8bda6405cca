"""Model cards of generators that were never trained."""

from translator.card import ModelCard, TrainingSource
from translator.design import Design


def card_of(sources: list[TrainingSource]) -> ModelCard:
    """A card with these sources of training clips."""
    return ModelCard(
        name="trained", summary="s", design=Design(), weights_sha256="0" * 64, evidence_version=1,
        training_sources=sources, training_command="c", training_config_sha256="0" * 64, seed=1, steps=1,
        losses="l", limits=[],
    )  # fmt: skip
