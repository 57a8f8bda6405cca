"""MP4, MOV, AVI and other video through OpenCV's FFmpeg; written as VP9 in MP4.

VP9 in MP4 plays in Chromium, Firefox and Safari 14 or later, and needs no copyleft encoder (ADR 2).
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from translator.clips.clip import Clip, Frame, Header
from translator.errors import bad_input

STILL_FPS = 25.0  # a clip without a rate must be written at some rate


def read_video(path: Path) -> Clip:
    """Open a video lazily; the frames are counted by decoding, as container headers lie.

    Raises: InputError if it cannot be decoded or has no frame.
    """
    capture = _open(path)
    try:
        count, shape = 0, (0, 0)
        while capture.grab():
            if count == 0:
                ok, first = capture.retrieve()
                shape = first.shape[:2] if ok else (0, 0)
            count += 1
        fps = float(capture.get(cv2.CAP_PROP_FPS))
    finally:
        capture.release()
    if count == 0 or 0 in shape:
        raise bad_input(path, "has no frame that can be decoded", "Export it as MP4 (H.264 or VP9) or NPZ")
    rate = fps if np.isfinite(fps) and 0 < fps <= 1000 else None
    return Clip(Header(count, *shape, 3, rate, None, path.name), lambda: _stream(path))


def write_video(path: Path, clip: Clip) -> None:
    """Write VP9 in MP4. Odd sizes are padded by one row or column, as VP9 in 4:2:0 needs even ones."""
    head = clip.header
    height, width = head.height + head.height % 2, head.width + head.width % 2
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"vp09"), head.fps or STILL_FPS, (width, height), True)
    if not writer.isOpened():
        raise bad_input(path, "OpenCV could not start its VP9 encoder", "Use --format npz or png")
    try:
        for frame in clip.frames():
            bgr = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) if frame.ndim == 2 else np.ascontiguousarray(frame[..., ::-1])
            writer.write(cv2.copyMakeBorder(bgr, 0, height - head.height, 0, width - head.width, cv2.BORDER_REPLICATE))
    finally:
        writer.release()


def _open(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise bad_input(
            path,
            "is no video, DICOM, NPZ or picture that can be read",
            "Check the file; export it as MP4 or DICOM",
        )
    return capture


def _stream(path: Path) -> Iterator[Frame]:
    capture = _open(path)
    try:
        while True:
            ok, bgr = capture.read()
            if not ok:
                return
            yield np.ascontiguousarray(bgr[..., ::-1], np.uint8)
    finally:
        capture.release()
