"""State of a training run on disk: what a killed run needs to go on to the same result. Nothing is unpickled.

One safetensors file: `model.`, `average.`, `adversary.` weights, and for each optimiser the two moments of Adam
by parameter index; the step is in its metadata. All randomness follows from seed and step, so none is stored.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def save_state(
    path: Path, step: int, modules: Mapping[str, nn.Module], optimisers: Mapping[str, torch.optim.Optimizer]
) -> None:
    """Write the state after `step` steps; the file is replaced only when the new one is whole."""
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        for key, tensor in module.state_dict().items():
            tensors[f"{name}.{key}"] = tensor.detach().cpu().contiguous().clone()
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            for moment in _MOMENTS:
                tensors[f"{name}.{index}.{moment}"] = moments[moment].detach().cpu().contiguous().clone()
    partial = path.with_name(f".partial-{path.name}")
    save_file(tensors, partial, {"step": json.dumps(step)})
    partial.replace(path)


def restore_state(path: Path, modules: Mapping[str, nn.Module], optimisers: Mapping[str, torch.optim.Optimizer]) -> int:
    """Load a state into modules and optimisers; returns the step, 0 if there is no usable file."""
    if not path.is_file():
        return 0
    try:
        with safe_open(path, "pt") as file:
            step = int(json.loads(file.metadata()["step"]))
        tensors = load_file(path)
    except (SafetensorError, KeyError, ValueError):
        return 0
    for name, module in modules.items():
        found = {key.removeprefix(f"{name}."): t for key, t in tensors.items() if key.startswith(f"{name}.")}
        module.load_state_dict(found)
    for name, optimiser in optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith(f"{name}."):
                _, index, moment = key.split(".")
                state.setdefault(int(index), {})[moment] = tensor
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    return step
