"""What a clip classifier is given of a version of a clip: a few frames, evenly spaced, or their frozen features.

Each is made once and kept in the store beside the version. A clip with fewer frames than are asked for gives some
twice.
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.backbones import chosen_frames, extractor, find_backbone
from evalkit.tasks.declare import Version
from translator.clips.clip import Clip, Frames
from translator.pins import PINS

VERSION = 1
FROZEN = "efficientnet-lite0"


class Look(NamedTuple):
    """How a clip is looked at: `features` of the frozen backbone, or `frames` scaled to `size` x `size` pixels."""

    kind: Literal["features", "frames"]
    frames: int
    size: int

    @property
    def identity(self) -> dict[str, Any]:
        """All that the inputs depend on beside the clip."""
        if self.kind == "frames":
            return {"version": VERSION, "kind": "frames", "frames": self.frames, "size": self.size}
        backbone = find_backbone(FROZEN)
        return {"version": VERSION, "kind": FROZEN, "backbone": backbone.version, "frames": self.frames,
                "weights": PINS[backbone.weights].sha256}  # fmt: skip


def inputs_of(version: Version, look: Look) -> NDArray[Any]:
    """(T, features) float32, or (T, size, size) uint8.

    Raises: whatever the arm raises; InputError for a damaged file, or if there are no weights.
    """

    def build(folder: Path) -> None:
        np.save(folder / "inputs.npy", _made(version.clip(), look), allow_pickle=False)

    kept = version.store.make("clip-inputs", VERSION, look.identity, {"frames": version.key()}, build)
    return np.asarray(np.load(kept / "inputs.npy", allow_pickle=False))


def even_frames(clip: Clip, count: int) -> Frames:
    """`count` frames (count, H, W), evenly spaced from the first to the last; some twice if the clip has fewer."""
    found = chosen_frames(clip, find_backbone(FROZEN), count)
    return _evenly(found, count)


def _evenly(found: NDArray[Any], count: int) -> NDArray[Any]:
    chosen: NDArray[Any] = found[np.linspace(0, len(found) - 1, count).round().astype(int)]
    return chosen


def _made(clip: Clip, look: Look) -> NDArray[Any]:
    if look.kind == "features":
        distinct = chosen_frames(clip, find_backbone(FROZEN), look.frames)
        features = extractor(find_backbone(FROZEN))(distinct)
        return _evenly(features, look.frames)
    side = (look.size, look.size)
    return np.stack([cv2.resize(frame, side, interpolation=cv2.INTER_AREA) for frame in even_frames(clip, look.frames)])
