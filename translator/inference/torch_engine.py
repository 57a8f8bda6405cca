"""Run a network with eager torch: the reference that the other engines are compared with."""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from translator.inference.heads import Heads, Prediction, Values, prediction

Precision = Literal["float32", "bfloat16"]


class TorchEngine:
    """On a GPU, TF32 and the choice of the fastest kernel stay off, so that it gives the CPU's grey levels."""

    def __init__(self, network: nn.Module, device: str, threads: int, precision: Precision = "float32") -> None:
        """Move the network to the device; bfloat16 is for the CPU, by torch's automatic casts."""
        self._device, self._threads, self._precision = torch.device(device), threads, precision
        self._heads = Heads(network.eval().to(self._device))
        self.identity: dict[str, Any] = {
            "engine": "torch" if precision == "float32" else "torch-bf16",
            "engine_version": torch.__version__,
            "precision": precision,
            "device": self._device.type,
            "threads": threads,
        }
        if self._device.type == "cuda":
            self.identity["gpu"] = torch.cuda.get_device_name(self._device)

    def run(self, planes: Values) -> Prediction:
        """See translator.inference.heads.Engine."""
        casts = torch.autocast("cpu", torch.bfloat16, enabled=self._precision == "bfloat16")
        with _threads(self._threads), _full_precision(), casts, torch.inference_mode():
            made = self._heads(torch.from_numpy(np.ascontiguousarray(planes)).to(self._device))
        return prediction([values.float().cpu().numpy() for values in made])


def has_amx() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware (Intel AMX)."""
    known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch does not say
    return bool(known.get("amx_bf16"))


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count == before:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _full_precision() -> contextlib.AbstractContextManager[None]:
    flags: contextlib.AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags
