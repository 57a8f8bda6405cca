"""Peak memory of `sonoproof translate` on clips of 50, 500 and 5,000 frames, and on frames of several sizes.

    python -m benchmarks.memory.translating [--engine torch] [--frames 50 500 5000] [--size 128x128 ...]

Each clip (a simulated painted heart that repeats) is written to a temporary folder and translated to MP4 in a fresh
process, whose peak resident size is printed in MB beside that of a process that imports and loads the weights alone.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.generator.speed import painted
from sonoproof.cli.app import main as command
from translator import load
from translator.clips.clip import Clip, Frame, Header
from translator.clips.npz import write_npz
from translator.fill.evidence import PLANES

LENGTHS, SIZES = (50, 500, 5000), ("128x128", "256x256", "708x1016", "1080x1920")
_PERIOD = 24  # frames
_WITH_SIZE = 48  # frames of the clips whose size varies


def write(path: Path, size: str, frames: int) -> None:
    """A coloured clip of that size and length."""
    height, width = (int(side) for side in size.split("x"))
    beat, _ = painted(height, width, _PERIOD)

    def stream() -> Iterator[Frame]:
        return (beat[index % _PERIOD] for index in range(frames))

    write_npz(path, Clip(Header(frames, height, width, 3, 25.0), stream))


def peak_mb(arguments: list[str]) -> float:
    """Peak resident size [MB] of a fresh process that runs the command, or loads what it needs if there is nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, "--child", *arguments],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return float(done.stdout.splitlines()[-1])


def _child(arguments: list[str]) -> None:
    """Run the command in this process, then print the peak."""
    if len(arguments) == 1:
        load(engine=arguments[0]).engine.run(np.zeros((1, PLANES, 64, 64), np.float32))
    else:
        sys.argv = ["sonoproof", "translate", *arguments]
        try:
            command()
        except SystemExit as stop:
            if stop.code:
                raise
    status = Path("/proc/self/status").read_text()  # Linux; getrusage would count the parent's size before exec
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def main() -> None:
    """Print two tables: by length, and by size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="torch")
    parser.add_argument("--frames", type=int, nargs="*", default=LENGTHS)
    parser.add_argument("--size", nargs="*", default=SIZES)
    asked = parser.parse_args()
    print(f"imports and weights, {asked.engine}: {peak_mb([asked.engine]):.0f} MB\n")
    print("| frames | size | peak [MB] |\n| --- | --- | --- |")
    cases = [(frames, SIZES[0]) for frames in asked.frames] + [(_WITH_SIZE, size) for size in asked.size]
    with tempfile.TemporaryDirectory() as folder:
        for frames, size in cases:
            path = Path(folder) / "clip.npz"
            write(path, size, frames)
            peak = peak_mb([str(path), "--out", f"{folder}/out", "--engine", asked.engine])
            print(f"| {frames} | {size} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2:])
    else:
        main()
