"""Networks that a user brings as files: TorchScript, which torch interprets, and ONNX. No Python of a file is run."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.errors import bad_input

Floats = NDArray[np.float32]
Run = Callable[[Floats], NDArray[Any]]


def kind_of(file: Path) -> str:
    """onnx or torchscript, by the name."""
    return "onnx" if file.suffix.lower() == ".onnx" else "torchscript"


def engine_of(kind: str) -> str:
    """What runs a file of this kind here."""
    if kind == "torchscript":
        return "torch"
    return "onnxruntime" if find_spec("onnxruntime") is not None else "opencv"


def load_network(file: Path, kind: str) -> Run:
    """float32 inputs to outputs, on the CPU; torch is loaded for TorchScript alone.

    Raises: InputError if the file cannot be loaded.
    """
    data = file.read_bytes()
    try:
        if kind == "torchscript":
            from evalkit.networks.script import torchscript

            return torchscript(data)
        return _onnxruntime(data) if engine_of(kind) == "onnxruntime" else _opencv(data)
    except Exception as error:  # each engine raises its own kinds
        what = f"cannot be loaded as {'TorchScript' if kind == 'torchscript' else 'ONNX'} by {engine_of(kind)}"
        remedy = "Save it with torch.jit.save" if kind == "torchscript" else "Export the network again"
        raise bad_input(file.name, f"{what} ({type(error).__name__})", remedy) from None


def _onnxruntime(data: bytes) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda inputs: np.asarray(session.run(None, {name: inputs})[0])


def _opencv(data: bytes) -> Run:
    network = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))

    def run(inputs: Floats) -> NDArray[Any]:
        network.setInput(inputs)
        return np.asarray(network.forward())

    return run
