"""Where the judge's networks run: the processor, or an NVIDIA GPU, on which float32 is kept float32."""

from contextlib import AbstractContextManager, nullcontext

import torch

from translator.errors import bad_input


def described_device(name: str) -> dict[str, str]:
    """What a plan and a cache key must say of a device other than the processor.

    Raises: InputError if there is no such device here.
    """
    if not torch.cuda.is_available():
        what = f"{name!r} is not there: torch {torch.__version__} sees no CUDA device"
        remedy = 'Set it to "cpu", or install a torch for the GPU of this machine'
        raise bad_input("study: device", what, remedy)
    major, minor = torch.cuda.get_device_capability()
    return {"name": name, "gpu": torch.cuda.get_device_name(), "capability": f"{major}.{minor}",
            "cuda": str(torch.version.cuda)}  # fmt: skip


def exact(device: str) -> AbstractContextManager[None]:
    """Within it convolutions on a GPU are in float32 throughout (TensorFloat-32 keeps 10 bits) and always the same."""
    if device == "cpu":
        return nullcontext()
    made: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return made
