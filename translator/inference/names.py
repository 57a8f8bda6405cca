"""The names of the engines, apart from what needs torch, so that the command can show them at once."""

from typing import Literal, get_args

EngineName = Literal["auto", "torch", "torch-bf16", "openvino", "openvino-bf16", "openvino-int8"]
ENGINES: tuple[str, ...] = tuple(name for name in get_args(EngineName) if name != "auto")
