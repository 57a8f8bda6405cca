"""Engines: what runs a network. All take the same planes; how far their pictures may differ is in tolerance.py.

    torch           float32, on cpu or cuda; the reference, and what a study runs on unless it names another
    torch-bf16      bfloat16 on a cpu that has matrix instructions for it (AMX)
    openvino        float32 on cpu (extra `openvino`, as for those that follow)
    openvino-bf16   bfloat16, on a cpu that computes in it
    openvino-int8   8-bit weights and activations on cpu, calibrated on simulated clips (see quantise.py)

`auto` takes the first of `ORDER` that is installed and has the hardware: those that keep the picture within one grey
level, the fastest first. It never takes int8, which moves pictures by more, nor a GPU that nobody asked for.
"""

import re
from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import nn

from translator.errors import InputError, bad_input
from translator.inference.heads import Engine
from translator.inference.names import ENGINES
from translator.inference.tolerance import TOLERANCES, check
from translator.inference.torch_engine import TorchEngine, has_amx

ORDER = ("openvino-bf16", "torch-bf16", "openvino", "torch")  # docs/generator.md, "Engines", has the measurements
INSTALL_OPENVINO = 'Install it with `pip install "sonoproof[openvino]"`, or give the engine torch'


def open_engine(
    name: str, network: nn.Module, weights_sha256: str, device: str = "cpu", threads: int | None = None
) -> Engine:
    """Make an engine for a network; `threads` counts CPU threads, by default as many as torch takes.

    Raises: InputError if the engine or device is not known, not installed, not for this machine, or if its pictures
    differ from float32 by more than its tolerance; the message says what to install or give.
    """
    if threads is not None and threads < 1:
        raise bad_input("threads", f"is {threads}", "Give 1 or more")
    check_device(device)
    count = threads or torch.get_num_threads()
    if name != "auto":
        return _open(name, network, weights_sha256, device, count)
    if device != "cpu":
        return TorchEngine(network, device, count)
    for candidate in ORDER[:-1]:
        try:
            return _open(candidate, network, weights_sha256, device, count)
        except InputError:  # not installed, not for this processor, or beyond its tolerance with these weights
            continue
    return TorchEngine(network, device, count)


def why_not(name: str, device: str = "cpu") -> InputError | None:
    """The reason why an engine cannot run here, as the error to raise; None if it can."""
    if name not in ENGINES:
        return bad_input(f"engine {name!r}", "is not known", f"Give auto, {', '.join(ENGINES)}")
    if name != "torch" and device != "cpu":
        return bad_input(f"engine {name!r}", f"does not run on {device}", "Give the engine torch, or the device cpu")
    if name.startswith("openvino") and not has_openvino():
        return bad_input(f"engine {name!r}", "OpenVINO is not installed", INSTALL_OPENVINO)
    if name == "torch-bf16" and not has_amx():
        return bad_input(f"engine {name!r}", "this processor has no AMX", "Give the engine torch")
    if name == "openvino-bf16" and not _openvino_has_bf16():
        return bad_input(f"engine {name!r}", "this processor does not compute in bfloat16", "Give the engine openvino")
    return None


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is not loaded."""
    return find_spec("openvino") is not None


def check_device(device: str) -> None:
    """Refuse a device that is not cpu, cuda or cuda:NUMBER, or is not there.

    Raises: InputError.
    """
    match = re.fullmatch(r"cpu|cuda(?::(\d+))?", device)
    if match is None:
        raise bad_input(f"device {device!r}", "is not known", "Give cpu, cuda or cuda:NUMBER")
    if device == "cpu":
        return
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(match[1] or 0) >= found:
        raise bad_input(f"device {device!r}", f"is not here: torch finds {found} CUDA devices", "Give the device cpu")


def _open(name: str, network: nn.Module, weights_sha256: str, device: str, threads: int) -> Engine:
    fault = why_not(name, device)
    if fault is not None:
        raise fault
    engine: Engine
    if name.startswith("torch"):
        engine = TorchEngine(network, device, threads, "bfloat16" if name == "torch-bf16" else "float32")
    else:
        from translator.inference import openvino_engine  # not everybody has OpenVINO

        make: dict[str, Callable[[nn.Module, str, int], Engine]] = {
            "openvino": openvino_engine.open_float32,
            "openvino-bf16": openvino_engine.open_bfloat16,
            "openvino-int8": openvino_engine.open_int8,
        }
        engine = make[name](network, weights_sha256, threads)
    if name in TOLERANCES:
        check(name, engine, TorchEngine(network, device, threads), weights_sha256)
    return engine


def _openvino_has_bf16() -> bool:
    from translator.inference.openvino_engine import import_openvino

    return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
