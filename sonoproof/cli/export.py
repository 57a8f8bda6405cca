"""`sonoproof export`: trained weights for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from sonoproof.cli.console import Json, out, print_json


def export(
    weights: Annotated[
        str, typer.Argument(help="Shipped weights by name, or a .safetensors file.", show_default=False)
    ],
    onnx: Annotated[Path, typer.Option("--onnx", help="The ONNX file to write.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Write a generator's network as ONNX; docs/generator.md says what goes in. Needs the extra `onnx`."""
    from translator.inference.generator import Generator  # torch is loaded only when it is needed
    from translator.inference.onnx_file import write_onnx

    generator = Generator(weights)
    metadata = write_onnx(generator.network, generator.card, onnx)
    size = onnx.stat().st_size
    if as_json:
        print_json({"output": str(onnx), "bytes": size, "metadata": metadata})
    else:
        out.print(f"{weights} -> {onnx} ({size / 1e6:.1f} MB)", highlight=False, soft_wrap=True, markup=False)
