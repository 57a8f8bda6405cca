"""A card as Markdown: everything that it holds, and a reason where it holds nothing."""

from translator.card import Figure, ModelCard, TrainingSource
from translator.card_text import card_markdown
from translator.design import Design


def _card(**changes: object) -> ModelCard:
    card = ModelCard(
        name="n", summary="For a test.", design=Design(preset="micro", without=("match",)), weights_sha256="ab" * 32,
        evidence_version=3, training_command="sonoproof train n.toml", training_config_sha256="cd" * 32, seed=5,
        steps=7,
        losses="hidden 1", limits=["Not for people."],
        training_sources=[
            TrainingSource(name="real", licence="MIT", anatomies=["heart"], clips=["a", "b"], subjects=["s"])
        ],
    )  # fmt: skip
    return card.model_copy(update=changes)


def test_the_card_names_data_design_and_limits() -> None:
    text = card_markdown(_card())
    for part in ("# n", "For a test.", "ab" * 32, "preset micro", "without ('match',)", "- Not for people."):
        assert part in text
    assert "| real | MIT | heart | 1 | 2 |" in text
    assert "`sonoproof train n.toml`" in text


def test_what_was_not_measured_is_said() -> None:
    assert "not computed" in card_markdown(_card())


def test_figures_carry_their_interval_where_there_is_one() -> None:
    figure = Figure(
        of="split", anatomy="lung", coverage=0.1, metric="mae", region="mask", value=4.5, low=4.0, high=5.25,
        subjects=7, clips=9,
    )  # fmt: skip
    alone = figure.model_copy(update={"low": None, "high": None, "coverage": None, "subjects": 1})
    text = card_markdown(_card(figures=[figure, alone], figures_command="measure it"))
    assert "| split | lung | 10% | mae | mask | 4.5 [4, 5.25] | 7 | 9 |" in text
    assert "| split | lung | drawn | mae | mask | 4.5 | 1 | 9 |" in text
    assert "`measure it`" in text
