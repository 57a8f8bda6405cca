"""A user's TorchScript network: interpreted by torch, so that no Python of the file is run."""

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evalkit.networks.features import load_script


def torchscript(data: bytes) -> Callable[[NDArray[np.float32]], NDArray[Any]]:
    """float32 inputs to outputs. Raises: whatever torch does where the bytes are no TorchScript."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces the end of TorchScript
        network = load_script(io.BytesIO(data)).eval()

    @torch.inference_mode()
    def run(inputs: NDArray[np.float32]) -> NDArray[Any]:
        return np.asarray(network(torch.from_numpy(inputs)).numpy())

    return run
