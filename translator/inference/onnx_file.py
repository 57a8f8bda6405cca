"""Write a generator's network as an ONNX file, for ONNX Runtime, OpenVINO and others (extra `onnx`).

Input `planes`, float32 (N, PLANES, H, W) in 0..1, H and W multiples of 8; outputs `refined` and, where the network has
it, `spread`, each (N, 1, H, W). The file's metadata hold the names of the planes, the card's name and the hash of the
weights. The planes are made by translator.fill.evidence, which is no part of the network.
"""

import json
import logging
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from translator.card import ModelCard
from translator.errors import bad_input
from translator.fill.evidence import PLANE_NAMES, PLANES
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.inference.heads import NAMES, Heads, count_heads

MULTIPLE = 8
_LIMIT = 1 << 15  # of N, and of H and W in units of MULTIPLE


def write_onnx(network: nn.Module, card: ModelCard, path: Path) -> dict[str, str]:
    """Write the network; returns the metadata in the file. The file appears only when it is whole.

    Raises: InputError if the exporter is not installed or the folder does not exist.
    """
    if find_spec("onnx") is None or find_spec("onnxscript") is None:
        raise bad_input("export", "the ONNX exporter is not installed", 'Install it: pip install "sonoproof[onnx]"')
    if not path.parent.is_dir():
        raise bad_input(path.parent, "is no folder", "Make it, or give another file")
    metadata = {
        "card": card.name,
        "weights_sha256": card.weights_sha256,
        "licence": card.licence,
        "evidence_version": str(EVIDENCE_VERSION),
        "planes": json.dumps(PLANE_NAMES),
        "multiple": str(MULTIPLE),
    }
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".sonoproof-") as scratch:
        whole = Path(scratch) / path.name
        _save(_exported(network), metadata, whole)
        whole.replace(path)
    return metadata


def _exported(network: nn.Module) -> Any:
    """onnx.ModelProto of the network, any number and size of pictures."""
    heads = Heads(network).cpu().eval()
    count, rows, columns = (torch.export.Dim(name, min=1, max=_LIMIT) for name in ("n", "rows", "columns"))
    example = torch.zeros(2, PLANES, 8 * MULTIPLE, 9 * MULTIPLE)
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the exporter's own use of torch
            program = torch.onnx.export(
                heads,
                (example,),
                dynamo=True,
                verbose=False,
                input_names=["planes"],
                output_names=list(NAMES[: count_heads(network)]),
                dynamic_shapes=({0: count, 2: MULTIPLE * rows, 3: MULTIPLE * columns},),
            )
    finally:
        log.setLevel(level)
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    return program.model_proto


def _save(model: Any, metadata: dict[str, str], path: Path) -> None:
    import onnx

    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                 *model.graph.input, *model.graph.output):  # fmt: skip
        del part.metadata_props[:]  # where torch found each operation, with paths of this machine
    for node in model.graph.node:
        node.doc_string = ""
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, path)
