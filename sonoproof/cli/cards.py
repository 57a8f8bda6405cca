"""`sonoproof card`: what a set of weights is, what it was trained on and how it measured."""

from typing import Annotated

import typer

from sonoproof.cli.console import Json, print_json
from translator.card_text import card_markdown
from translator.weights import find_weights


def card(
    weights: Annotated[str, typer.Argument(help="Shipped weights or a .safetensors file.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Print the model card of a set of weights as Markdown, after checking that the two belong together."""
    found = find_weights(weights).card
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        typer.echo(card_markdown(found), nl=False)
