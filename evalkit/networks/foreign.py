"""Networks that a user brings: TorchScript, which torch interprets, and ONNX. No Python of the file is run.

A network takes float32 (N, 1, side, side), 0 to 1, and gives logits or scores of any shape that its task asks for.
"""

import io
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evalkit.networks.features import load_script
from translator.errors import bad_input

Floats = NDArray[np.float32]
Network = Callable[[Floats], NDArray[Any]]


def foreign_network(path: Path) -> Network:
    """The network of a .pt or .onnx file, on the CPU.

    Raises: InputError if it cannot be loaded, or the package that runs it is not there.
    """
    data = path.read_bytes()
    return _onnx(path, data) if path.suffix.lower() == ".onnx" else _torchscript(path, data)


def _torchscript(path: Path, data: bytes) -> Network:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces the end of TorchScript
        try:
            net = load_script(io.BytesIO(data)).eval()
        except (RuntimeError, ValueError) as error:
            what = f"cannot be loaded as TorchScript ({str(error).splitlines()[0][:200]})"
            raise bad_input(path.name, what, "Save the network with torch.jit.save") from None

    @torch.inference_mode()
    def run(batch: Floats) -> NDArray[Any]:
        return np.asarray(net(torch.from_numpy(batch)).numpy())

    return run


def _onnx(path: Path, data: bytes) -> Network:
    if find_spec("onnxruntime") is None:
        raise bad_input(path.name, "needs the package onnxruntime, which is not installed", "pip install onnxruntime")
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class for every kind of failure, and no common one
        what = f"cannot be loaded as ONNX ({str(error).splitlines()[0][:200]})"
        raise bad_input(path.name, what, "Export the network again") from None
    name = session.get_inputs()[0].name
    return lambda batch: np.asarray(session.run(None, {name: batch})[0])
