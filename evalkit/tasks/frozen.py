"""Features of frozen backbones of versions of clips, each made once and kept beside what evalkit.embedding keeps."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalkit.backbones import FRAMES_PER_CLIP, Backbone, chosen_frames, extractor
from evalkit.records import REAL
from evalkit.tasks.declare import Version
from translator.pins import PINS

EMBEDDING_VERSION = 1  # that of evalkit.embedding, whose artefacts these are


def frame_vectors(version: Version, backbone: Backbone) -> NDArray[np.float64]:
    """The vectors (frames, d) of one version.

    Raises: InputError, of which WeightsAbsentError says that the backbone has no weights.
    """

    def build(folder: Path) -> None:
        np.save(
            folder / "vectors.npy", extractor(backbone)(chosen_frames(version.clip(), backbone)), allow_pickle=False
        )

    params = {
        "backbone": backbone.name,
        "version": backbone.version,
        "weights": PINS[backbone.weights].sha256,
        "frames": FRAMES_PER_CLIP,
    }
    inputs = {"real" if version.arm == REAL else "made": version.key()}
    kept = version.store.make("embedding", EMBEDDING_VERSION, params, inputs, build)
    return np.asarray(np.load(kept / "vectors.npy", allow_pickle=False), np.float64)
