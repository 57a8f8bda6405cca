"""Post-training quantisation to 8 bits: convolutions see 8-bit activations and 8-bit weights.

Jacob et al. 2018, doi:10.1109/CVPR.2018.00286: weights symmetric with a scale for each output channel, activations
with one affine scale, so that zero stays zero, from the least to the largest value on simulated clips of several
anatomies (leaving out the rarest values, or taking a mean over the clips, moved the pictures more). Convolutions with
few outputs, the last ones, cost little and write the picture: they stay in float32. Whether the result may be used
is for tolerance.py to say.
"""

from pathlib import Path
from typing import Any

import numpy as np

from translator.inference.openvino_engine import import_openvino
from translator.inference.tolerance import clip_planes

VERSION = 1
FEW_OUTPUTS = 16
_ANATOMIES, _SEED = ("a4c", "plax", "psax", "kidney", "carotid", "lung", "liver", "fetal-head"), 11


def quantise(source: Path, target: Path) -> None:
    """Quantise a model that `openvino_engine.convert` wrote, and write it."""
    core = import_openvino().Core()
    ranges = _ranges(core, core.read_model(source))
    model = core.read_model(source)
    for convolution in _convolutions(model):
        _quantise_inputs(convolution, *ranges[convolution.get_friendly_name()])
    model.validate_nodes_and_infer_types()
    import_openvino().save_model(model, target, compress_to_fp16=False)


def _convolutions(model: Any) -> list[Any]:
    nodes = [node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"]
    return [node for node in nodes if node.input_value(1).get_node().data.shape[0] > FEW_OUTPUTS]


def _ranges(core: Any, model: Any) -> dict[str, tuple[float, float]]:
    """Least and largest input of each convolution, over all calibration clips, by its name."""
    from openvino import opset13 as ops

    names = [convolution.get_friendly_name() for convolution in _convolutions(model)]
    axes = np.arange(4)
    watched = []
    for convolution in _convolutions(model):
        data = convolution.input_value(0)
        watched += [ops.reduce_min(data, axes), ops.reduce_max(data, axes)]
    results = [ops.result(node) for node in watched]
    spy = core.compile_model(
        import_openvino().Model(results, model.get_parameters(), "ranges"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    seen = [[float(value) for value in spy(planes).values()] for planes in clip_planes(_ANATOMIES, _SEED)]
    least, largest = np.min(seen, axis=0)[::2], np.max(seen, axis=0)[1::2]
    return {name: (float(low), float(high)) for name, low, high in zip(names, least, largest, strict=True)}


def _quantise_inputs(convolution: Any, least: float, largest: float) -> None:
    from openvino import opset13 as ops

    low, high = _with_exact_zero(least, largest)
    data = convolution.input_value(0)
    convolution.input(0).replace_source_output(_fake(ops, data, low, high, 256).output(0))
    weights = convolution.input_value(1)
    top = np.abs(weights.get_node().data).max(axis=(1, 2, 3), keepdims=True).astype(np.float32)
    top = np.maximum(top, np.float32(1e-8))
    convolution.input(1).replace_source_output(_fake(ops, weights, -top, top, 255).output(0))


def _fake(ops: Any, data: Any, low: Any, high: Any, levels: int) -> Any:
    bounds = [ops.constant(np.asarray(bound, np.float32)) for bound in (low, high)]
    return ops.fake_quantize(data, *bounds, *bounds, levels)


def _with_exact_zero(least: float, largest: float) -> tuple[float, float]:
    """The range, widened to hold zero and moved so that zero is one of its 256 levels."""
    low, high = min(least, 0.0), max(largest, 0.0, min(least, 0.0) + 1e-6)
    step = (high - low) / 255
    zero = round(-low / step)
    return -zero * step, (255 - zero) * step
