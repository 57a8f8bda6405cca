"""Run a network with OpenVINO on the CPU, in float32 or 8 bits. Models are converted once and cached for the user.

OpenVINO reports its use over the network when it is imported. Sonoproof works offline and beside patients' data:
it keeps the reporting package from being loaded, whatever its settings are.
"""

import contextlib
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from translator.artefacts import LIBRARIES, Store, file_digest, installed_version, user_cache
from translator.errors import bad_input
from translator.fill.evidence import PLANES
from translator.inference.heads import NAMES, Heads, Prediction, Values, count_heads, prediction

VERSION = 1
_MODEL = "model.xml"


def import_openvino() -> Any:
    """The module openvino, with its telemetry package left out.

    Raises: InputError if it is not installed, or cannot be loaded.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: importing it fails
    try:
        import openvino
    except (ImportError, OSError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "openvino":
            remedy = 'pip install "sonoproof[openvino]", or give the engine torch'
            raise bad_input("OpenVINO", "is not installed", remedy) from None
        what = f"is installed but cannot be loaded ({error})"
        raise bad_input("OpenVINO", what, "Install it again, or give the engine torch") from None
    return openvino


class OpenVinoEngine:
    """A compiled model; every size of picture runs, the first of each size a little slower."""

    def __init__(self, model: Path, identity: dict[str, Any]) -> None:
        """Compile for the CPU; only the precision bfloat16 lets float operations leave float32."""
        openvino = import_openvino()
        settings = {
            "INFERENCE_NUM_THREADS": identity["threads"],
            "INFERENCE_PRECISION_HINT": "bf16" if identity["precision"] == "bfloat16" else "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # two processes would be pinned to the same cores
        }
        core = openvino.Core()
        self._compiled = core.compile_model(core.read_model(model), "CPU", settings)
        self._request = self._compiled.create_infer_request()
        self.identity = identity

    def run(self, planes: Values) -> Prediction:
        """See translator.inference.heads.Engine."""
        self._request.infer({0: np.ascontiguousarray(planes)})
        outputs = range(len(self._compiled.outputs))
        return prediction([np.array(self._request.get_output_tensor(index).data) for index in outputs])


def open_float32(network: nn.Module, weights_sha256: str, threads: int) -> OpenVinoEngine:
    """The network in float32."""
    with _converted(network, weights_sha256) as folder:
        return OpenVinoEngine(folder / _MODEL, _identity("openvino", "float32", threads))


def open_bfloat16(network: nn.Module, weights_sha256: str, threads: int) -> OpenVinoEngine:
    """The network in bfloat16."""
    with _converted(network, weights_sha256) as folder:
        return OpenVinoEngine(folder / _MODEL, _identity("openvino-bf16", "bfloat16", threads))


def open_int8(network: nn.Module, weights_sha256: str, threads: int) -> OpenVinoEngine:
    """The network in 8 bits, calibrated on simulated clips when it is first asked for."""
    from translator.inference.quantise import VERSION as QUANTISE_VERSION
    from translator.inference.quantise import quantise

    def build(folder: Path) -> None:
        with _converted(network, weights_sha256) as exact:
            quantise(exact / _MODEL, folder / _MODEL)

    with _made(f"openvino-int8-{QUANTISE_VERSION}", weights_sha256, build) as folder:
        model = folder / _MODEL
        identity = _identity("openvino-int8", "int8", threads)
        return OpenVinoEngine(model, {**identity, "quantised_sha256": file_digest(model.with_suffix(".bin"))})


def convert(network: nn.Module, path: Path) -> None:
    """Write the network as OpenVINO's model.xml and model.bin; any N, H and W, weights in float32."""
    openvino = import_openvino()
    heads = Heads(network).cpu().eval()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # OpenVINO traces with what torch means to replace
        example = torch.zeros(1, PLANES, 64, 64)
        shape = openvino.PartialShape([-1, PLANES, -1, -1])
        model = openvino.convert_model(heads, example_input=example, input=[shape])
    for output, name in zip(model.outputs, NAMES[: count_heads(network)], strict=True):
        output.get_tensor().set_names({name})
    openvino.save_model(model, path, compress_to_fp16=False)


def _converted(network: nn.Module, weights_sha256: str) -> contextlib.AbstractContextManager[Path]:
    return _made("openvino-float32", weights_sha256, lambda folder: convert(network, folder / _MODEL))


@contextlib.contextmanager
def _made(stage: str, weights_sha256: str, build: Callable[[Path], None]) -> Iterator[Path]:
    """Folder of a model: in the user's cache or, where that cannot be written, made for this once."""
    processor = import_openvino().Core().get_property("CPU", "FULL_DEVICE_NAME")
    libraries = {name: installed_version(name) for name in (*LIBRARIES, "openvino")}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            store = Store(user_cache() / "engines", libraries)
            made = store.make(stage, VERSION, {"processor": processor}, {"weights": weights_sha256}, build)
        except OSError:
            made = Path(scratch)
            build(made)
        yield made


def _identity(engine: str, precision: str, threads: int) -> dict[str, Any]:
    return {
        "engine": engine,
        "engine_version": installed_version("openvino"),
        "precision": precision,
        "device": "cpu",
        "threads": threads,
        "converter": VERSION,
    }
