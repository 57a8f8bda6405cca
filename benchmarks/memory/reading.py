"""Peak memory of reading clips of 50, 500 and 5,000 frames: it must not grow with their length.

    python benchmarks/memory/reading.py [FRAMES ...]

Each clip (256 x 320, noise that repeats) is written to a temporary folder and read frame by frame in a fresh process,
whose peak resident size is printed in MB; the second column is that process after importing alone.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pydicom
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate

from translator.clips.clip import Clip, Frame, Header
from translator.clips.dicom_write import write_dicom
from translator.clips.npz import write_npz
from translator.clips.video import write_video

HEIGHT, WIDTH = 256, 320


def _clip(frames: int) -> Clip:
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), np.uint8), (0, 0), 2)

    def stream() -> Iterator[Frame]:
        return (np.roll(noise, 3 * index, axis=1) for index in range(frames))

    return Clip(Header(frames, HEIGHT, WIDTH, 1, 25.0), stream)


def _raw_dicom(path: Path, clip: Clip) -> None:
    write_dicom(path, clip, "benchmark")


def _jpeg_dicom(path: Path, clip: Clip) -> None:
    write_dicom(path, Clip.from_array(next(clip.frames())[None]), "benchmark")
    data = pydicom.dcmread(path)
    data.NumberOfFrames = clip.header.frames
    data.PixelData = encapsulate([_jpeg(frame) for frame in clip.frames()])
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    data.save_as(path)


def _jpeg(frame: Frame) -> bytes:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG")
    return out.getvalue()


def _avi(path: Path, clip: Clip) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (WIDTH, HEIGHT))
    for frame in clip.frames():
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()


def _npy(path: Path, clip: Clip) -> None:
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": clip.header.shape}
        np.lib.format.write_array_header_1_0(file, header)
        for frame in clip.frames():
            file.write(frame.tobytes())


KINDS: dict[str, Callable[[Path, Clip], None]] = {
    "raw.dcm": _raw_dicom, "jpeg.dcm": _jpeg_dicom, "a.avi": _avi, "a.mp4": write_video, "a.npz": write_npz,
    "a.npy": _npy,
}  # fmt: skip


def peak_mb(path: Path | None) -> float:
    """Peak resident size [MB] of a fresh process that reads `path`, or only imports what reading needs."""
    done = subprocess.run(
        [sys.executable, __file__, "--read", *([str(path)] if path else [])], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _read(arguments: list[str]) -> None:
    from translator.clips.read import read_clip

    for name in arguments:
        for _ in read_clip(name).frames():
            pass
    status = Path("/proc/self/status").read_text()  # Linux; getrusage would count the parent's size before exec
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def main(lengths: list[int]) -> None:
    """Print a table: a row a format, a column a length."""
    print("format", "imports", *lengths, sep="\t")
    with tempfile.TemporaryDirectory() as folder:
        for name, write in KINDS.items():
            row = [f"{peak_mb(None):.0f}"]
            for frames in lengths:
                path = Path(folder) / f"{frames}-{name}"
                write(path, _clip(frames))
                row.append(f"{peak_mb(path):.0f}")
                path.unlink()
            print(name, *row, sep="\t", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        _read(sys.argv[2:])
    else:
        main([int(frames) for frames in sys.argv[1:]] or [50, 500, 5000])
