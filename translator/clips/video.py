"""MP4, MOV, AVI and other video through OpenCV's FFmpeg; written as VP9 in MP4.

Frames are taken one after another as they are decoded: of a clip with a variable rate, fps is the mean that its
container states, and the times of its frames are not kept.

VP9 in MP4 plays in Chromium, Firefox and Safari 14 or later, and needs no copyleft encoder (ADR 2).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from translator.clips.clip import Clip, Frame, Header
from translator.clips.container import check_whole
from translator.clips.damage import checked_frame_size, possible_rate, reading
from translator.errors import bad_input

_QUIET = "-8"  # AV_LOG_QUIET: a fault is told once, by us
STILL_FPS = 25.0  # a clip without a rate must be written at some rate


def read_video(path: Path) -> Clip:
    """Open a video lazily; the frames are counted by decoding, as container headers lie.

    Raises: InputError if it cannot be decoded or has no frame.
    """
    with reading(path):
        count, shape, fps = _count(path)
    if count == 0 or 0 in shape:
        raise bad_input(path, "has no frame that can be decoded", "Export it as MP4 (H.264 or VP9) or NPZ")
    return Clip(Header(count, *shape, 3, possible_rate(fps), None, path.name), lambda: _stream(path))


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


def _count(path: Path) -> tuple[int, tuple[int, int], float]:
    """Frames that can be decoded, (H, W), and the container's rate."""
    capture = _open(path)
    try:
        count, shape = 0, (0, 0)
        while capture.grab():
            if count == 0:
                ok, first = capture.retrieve()
                shape = first.shape[:2] if ok else (0, 0)
            count += 1
        return count, shape, float(capture.get(cv2.CAP_PROP_FPS))
    finally:
        capture.release()


def _open(path: Path) -> cv2.VideoCapture:
    check_whole(path)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)  # read when FFmpeg is first used
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(0)
    try:
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not capture.isOpened():
        capture.release()
        raise bad_input(path, "is no video that can be read", "Check the file; export it as MP4 or DICOM")
    size = capture.get(cv2.CAP_PROP_FRAME_HEIGHT), capture.get(cv2.CAP_PROP_FRAME_WIDTH)
    if max(size) > 0:
        checked_frame_size(path, int(size[0]), int(size[1]))
    return capture


def _stream(path: Path) -> Iterator[Frame]:
    capture = _open(path)
    try:
        while True:
            with reading(path):
                ok, bgr = capture.read()
            if not ok:
                return
            yield np.ascontiguousarray(bgr[..., ::-1], np.uint8)
    finally:
        capture.release()
