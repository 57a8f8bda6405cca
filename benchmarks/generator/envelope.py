"""The B-mode envelope that a Clarius probe saved with a colour still, fitted to the still's picture.

The picture shows the envelope after steps that the maker does not describe (compounding, smoothing, grey map), so
what can be fitted is geometry (affine, ECC: Evangelidis and Psarakis 2008, doi:10.1109/TPAMI.2008.113), one Gaussian
blur and one monotone grey map, all on visible pixels outside the colour box. How far the fitted envelope is from the
picture where both are seen inside the box is the error that such a reference has by itself.
"""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from translator.clips.clip import Frame, Mask
from translator.errors import bad_input

HEADER, STAMP = 20, 8  # bytes: five numbers of 4, and a time before each frame
BLURS = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)  # pixels of the picture
Values = NDArray[np.float64]


class Fitted(NamedTuple):
    """The envelope as the picture would show it (uint8 H, W), where it has a value, and how it was fitted."""

    picture: Frame
    known: Mask
    blur: float
    correlation: float


def read_envelope(path: Path) -> Frame:
    """The first frame of a raw B-mode envelope, uint8 (samples, lines), depth from the top.

    Raises: InputError if the file is not as long as its header says.
    """
    data = path.read_bytes()
    numbers = np.frombuffer(data[:HEADER], "<i4") if len(data) >= HEADER else np.zeros(5, np.int32)
    _, frames, lines, samples, size = (int(number) for number in numbers)
    if size != 1 or min(lines, samples) < 1 or len(data) != HEADER + frames * (STAMP + lines * samples):
        what = f"is no uint8 envelope: {len(data)} bytes, {frames} frames of {lines} x {samples} x {size}"
        raise bad_input(path, what, "Give the _env.raw of a Clarius research export")
    frame = data[HEADER + STAMP : HEADER + STAMP + lines * samples]
    return np.ascontiguousarray(np.frombuffer(frame, np.uint8).reshape(lines, samples).T)


def fit_envelope(envelope: Frame, picture: Frame, box: tuple[int, int, int, int], fit_on: Mask) -> Fitted:
    """Fit the envelope to the picture (uint8 H, W) on the pixels `fit_on`; `box` is where the picture shows it.

    box: top, left, bottom, right [pixels].
    """
    top, left, bottom, right = box
    scaled = cv2.resize(envelope, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    placed = np.zeros(picture.shape, np.uint8)
    placed[top:bottom, left:right] = scaled
    smooth, target = (cv2.GaussianBlur(p.astype(np.float32), (0, 0), 2.0) for p in (placed, picture))
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 300, 1e-7)
    correlation, warp = cv2.findTransformECC(
        target,
        smooth,
        np.eye(2, 3, dtype=np.float32),
        cv2.MOTION_AFFINE,
        stop,
        fit_on.astype(np.uint8) * np.uint8(255),
        1,
    )
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (picture.shape[1], picture.shape[0])
    inside = np.zeros(picture.shape, np.uint8)
    inside[top:bottom, left:right] = 255
    known = cv2.warpAffine(inside, warp, size, flags=flags) == 255
    moved = np.asarray(cv2.warpAffine(placed.astype(np.float32), warp, size, flags=flags), np.float32)
    chosen = fit_on & known
    tried = {blur: _mapped(_blurred(moved, blur), picture, chosen) for blur in BLURS}
    truth = picture[chosen].astype(float)
    best = min(BLURS, key=lambda blur: float(np.mean((tried[blur][chosen] - truth) ** 2)))
    return Fitted(np.rint(tried[best]).astype(np.uint8), np.asarray(known, np.bool_), best, float(correlation))


def _blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return values if sigma == 0 else np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


def _mapped(values: NDArray[np.float32], picture: Frame, chosen: Mask) -> Values:
    """The values through the monotone grey map that is nearest to the picture on the chosen pixels."""
    level = np.clip(np.rint(values), 0, 255).astype(np.int64)
    count = np.bincount(level[chosen], minlength=256)
    total = np.bincount(level[chosen], picture[chosen].astype(float), minlength=256)
    there = count > 0
    fitted = isotonic_regression(total[there] / count[there], weights=count[there].astype(float)).x
    return np.asarray(np.interp(np.clip(values, 0, 255), np.flatnonzero(there), fitted), np.float64)
