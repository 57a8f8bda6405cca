"""A user's TorchScript network: interpreted by torch, so that no Python of the file is run."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from evalkit.networks.features import load_script
from translator.errors import bad_input

Run = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def torchscript(file: Path) -> Run:
    """float32 inputs to outputs.

    Raises: InputError if the file is no TorchScript.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces the end of TorchScript
            network = load_script(io.BytesIO(file.read_bytes())).eval()
    except Exception as error:  # torch raises RuntimeError, and others for other kinds of files
        what = f"is no TorchScript ({type(error).__name__})"
        raise bad_input(file.name, what, "Save it with torch.jit.script(model).save(FILE)") from None

    @torch.inference_mode()
    def run(inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(network(torch.from_numpy(inputs)).double().numpy())

    return run
