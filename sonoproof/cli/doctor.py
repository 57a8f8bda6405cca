"""`sonoproof doctor`: what works here, what is missing, how to get it."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from sonoproof.cli.console import FAILED, Json, finish, out, print_json


class Check(NamedTuple):
    """One thing looked at. A required one that does not work makes the command exit with 1."""

    name: str
    works: bool
    found: str
    remedy: str
    required: bool = True


def doctor(as_json: Json = False) -> None:
    """Say what works on this machine, what is missing, and how to get it."""
    checks = [_guarded(*check) for check in _CHECKS]
    if as_json:
        print_json([check._asdict() for check in checks])
    else:
        table = Table("", "what", "found", "what to do")
        for check in checks:
            sign = "[green]ok[/]" if check.works else "[red]missing[/]" if check.required else "[yellow]optional[/]"
            table.add_row(sign, check.name, escape(check.found), "" if check.works else escape(check.remedy))
        out.print(table)
    finish(FAILED if any(check.required and not check.works for check in checks) else 0)


def _python() -> str:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise RuntimeError(f"Python {platform.python_version()}")
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _torch() -> str:
    import torch

    return f"torch {torch.__version__}, {torch.get_num_threads()} threads"


def _torchvision() -> str:
    import torch
    import torchvision

    kept = torchvision.ops.nms(torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2.1]]), torch.tensor([0.9, 0.8]), 0.5)
    if kept.tolist() != [0]:
        raise RuntimeError(f"ops.nms kept {kept.tolist()}")
    return f"torchvision {torchvision.__version__}, ops.nms runs"


def _gpu() -> str:
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("none")
    return str(torch.cuda.get_device_name())


def _openvino() -> str:
    from translator.inference.openvino_engine import import_openvino

    openvino = import_openvino()
    return f"OpenVINO {openvino.__version__.partition('-')[0]}, {', '.join(openvino.Core().available_devices)}"


def _weights() -> str:
    from translator.weights import find_weights, shipped_names

    names = [f"{name} ({find_weights(name).card.weights_sha256[:12]})" for name in shipped_names()]
    if not names:
        raise RuntimeError("none shipped")
    return ", ".join(names) + ": hashes agree with the cards"


def _video() -> str:
    import cv2
    import numpy as np

    from translator.clips.clip import Clip
    from translator.clips.video import read_video, write_video

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        write_video(path, Clip.from_array(np.zeros((5, 32, 32), np.uint8), 25.0))
        frames = read_video(path).header.frames
    if frames != 5:
        raise RuntimeError(f"{frames} of 5 frames came back")
    return f"OpenCV {cv2.__version__} writes and reads VP9 in MP4"


def _dicom() -> str:
    import pydicom
    from pydicom.examples import get_path

    from translator.clips.dicom import SYNTAXES, missing_decoders, read_dicom

    next(iter(read_dicom(Path(get_path("ybr_color"))).frames()))
    missing = missing_decoders()
    if missing:
        raise RuntimeError(f"no decoder for {', '.join(syntax.name for syntax in missing)}")
    return f"pydicom {pydicom.__version__} decodes JPEG, and has what {len(SYNTAXES)} transfer syntaxes need"


def _chromium() -> str:
    found = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None)
    if found is None:
        raise RuntimeError("none")
    return found


def _real_clips() -> str:
    folder = Path(os.environ.get("SONOPROOF_DATA", "../shared/data"))
    if not folder.is_dir():
        raise RuntimeError("none")
    return str(folder)


_CHECKS: tuple[tuple[str, Callable[[], str], str, bool], ...] = (
    ("Python", _python, "Install Python 3.11, 3.12 or 3.13", True),
    ("torch", _torch, "Install the project again: python3 bootstrap.py demo", True),
    (
        "torchvision",
        _torchvision,
        "torch and torchvision must be of one release and build: install the project again",
        True,
    ),
    ("weights", _weights, "sonoproof train CONFIG, or fetch the package again", True),
    ("video", _video, "Install opencv-python-headless from wheels; or write npz or png", True),
    ("DICOM", _dicom, "Install pydicom, pillow (from its wheels) and pyjpegls again", True),
    ("GPU", _gpu, "Not needed; training is faster with one", False),
    ("OpenVINO", _openvino, 'Not needed; translation is faster with it: pip install "sonoproof[openvino]"', False),
    ("browser", _chromium, "Only the slow tests need Chromium", False),
    ("real clips", _real_clips, "Only development needs them: set SONOPROOF_DATA to their folder", False),
)


def _guarded(name: str, look: Callable[[], str], remedy: str, required: bool) -> Check:
    try:
        return Check(name, True, look(), remedy, required)
    except Exception as error:  # whatever is wrong with the machine is the answer, not a crash
        return Check(name, False, str(error) or type(error).__name__, remedy, required)
