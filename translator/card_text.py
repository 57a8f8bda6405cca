"""A model card as Markdown, for people: generated from the card's own fields, nothing added.

Sections after Mitchell et al. 2019, doi:10.1145/3287560.3287596.
"""

from collections.abc import Iterator

from translator.card import Figure, ModelCard

_NO_FIGURES = "not computed: nobody has measured these weights yet"


def card_markdown(card: ModelCard) -> str:
    """The whole card."""
    return "\n".join([*_about(card), *_data(card), *_figures(card), *_limits(card)]) + "\n"


def _about(card: ModelCard) -> Iterator[str]:
    yield f"# {card.name}"
    yield f"\n{card.summary}\n"
    switched = card.design.model_dump()
    design = ", ".join(f"{key} {value}" for key, value in switched.items() if value not in ((), []))
    for name, value in (
        ("Weights (SHA-256)", card.weights_sha256),
        ("Licence", card.licence),
        ("Design", design),
        ("Losses", card.losses),
        ("Steps, seed", f"{card.steps}, {card.seed}"),
        ("Made by", f"`{card.training_command}`"),
        ("Configuration (SHA-256)", card.training_config_sha256),
        ("Manifest (SHA-256)", card.manifest_sha256 or "none: phantoms only"),
        ("Uncertainty", f"scaled by {card.spread_scale:.3g}: {card.spread_from}"),
    ):
        yield f"- {name}: {value}"


def _data(card: ModelCard) -> Iterator[str]:
    yield "\n## Training data\n"
    yield "| source | licence | anatomies | subjects | clips |"
    yield "|---|---|---|---|---|"
    for source in card.training_sources:
        anatomies = ", ".join(source.anatomies) or "not stated"
        clips = len(source.clips) or "as many as samples"
        yield f"| {source.name} | {source.licence} | {anatomies} | {len(source.subjects)} | {clips} |"


def _figures(card: ModelCard) -> Iterator[str]:
    yield "\n## Measured\n"
    if not card.figures:
        yield _NO_FIGURES
        return
    yield f"`{card.figures_command}`; mean over subjects [95 % interval, from six subjects on]\n"
    yield "| weights | anatomy | coverage | metric | region | value | subjects | clips |"
    yield "|---|---|---|---|---|---|---|---|"
    for figure in card.figures:
        coverage = "drawn" if figure.coverage is None else f"{figure.coverage:.0%}"
        yield (
            f"| {figure.of} | {figure.anatomy} | {coverage} | {figure.metric} | {figure.region} "
            f"| {_value(figure)} | {figure.subjects} | {figure.clips} |"
        )


def _value(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3g}"
    return f"{figure.value:.3g} [{figure.low:.3g}, {figure.high:.3g}]"


def _limits(card: ModelCard) -> Iterator[str]:
    yield "\n## Limits\n"
    for limit in card.limits:
        yield f"- {limit}"
