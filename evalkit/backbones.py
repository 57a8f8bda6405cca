"""Backbones: fixed networks whose features distribution statistics compare. Declared here, without torch.

A frame backbone gives one vector for each of a few frames, evenly spaced over the clip: neighbouring frames are
near-duplicates and would add cost and no evidence. A clip backbone gives one vector for the 16 frames in the middle.
Frames are grey, given as three equal channels, whole, and resized to the network's square whatever their shape.

efficientnet-lite0: pooled features before the classifier, 1280 (Tan and Le 2019, arXiv:1905.11946); ImageNet. Offline.
inception-fid: the 2,048 pool features of the 2015 Inception that FID is defined by (Heusel et al. 2017,
    arXiv:1706.08500), resized as pytorch-fid does. FID has this name with no other network.
i3d-kinetics-400: 400 logits of I3D (Unterthiner et al. 2018, arXiv:1812.01717) in the TorchScript of StyleGAN-V
    (arXiv:2112.14683). FVD has this name with no other network.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from translator.artefacts import Store
from translator.clips.clip import Clip, Frames, grey_clip
from translator.errors import bad_input
from translator.pins import PINS

FRAMES_PER_CLIP = 8
SPLITS, NEIGHBOURS = 200, 5  # of the real-against-real null; of density and coverage
EMBEDDING_VERSION = 1
WINDOW = 16  # frames that FVD looks at
Extract = Callable[[Frames], NDArray[np.float32]]


class Backbone(NamedTuple):
    """A declared network: what it is given, the length of its vectors, and its pinned weights.

    `frechet` is the name of the Frechet distance of its features. Raise `version` when its numbers move.
    """

    name: str
    unit: Literal["frame", "clip"]
    dimensions: int
    weights: str
    frechet: str
    source: str
    version: int = 1


BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone("efficientnet-lite0", "frame", 1280, "efficientnet-lite0", "frechet", "arXiv:1905.11946"),
        Backbone("inception-fid", "frame", 2048, "inception-fid", "fid", "arXiv:1706.08500"),
        Backbone("i3d-kinetics-400", "clip", 400, "i3d-kinetics-400", "fvd", "arXiv:1812.01717"),
    )
}


def find_backbone(name: str) -> Backbone:
    """The backbone of that name.

    Raises: InputError if there is none.
    """
    if name not in BACKBONES:
        raise bad_input(f"backbone {name!r}", "not known", f"Known: {', '.join(BACKBONES)}")
    return BACKBONES[name]


def ready_backbone(name: str) -> Backbone:
    """The backbone of that name, with what is needed to run it; absent weights are no fault here.

    Raises: InputError if there is none, or if torch is not installed.
    """
    backbone = find_backbone(name)
    if find_spec("torch") is None:
        raise bad_input(
            f"distribution {name!r}", "needs torch, which is not installed", 'pip install "sonoproof[networks]"'
        )
    return backbone


def extractor(backbone: Backbone, device: str = "cpu") -> Extract:
    """features(frames): uint8 (N, H, W) -> float32 (N, d), or (1, d) of a clip backbone. Loads torch.

    The network runs on a device of torch.

    Raises: InputError, of which WeightsAbsentError says that there are no weights.
    """
    from evalkit.networks.features import EXTRACTORS

    return EXTRACTORS[backbone.name](device)


def chosen_frames(clip: Clip, backbone: Backbone, count: int = FRAMES_PER_CLIP) -> Frames:
    """The frames (N, H, W) of a clip that the backbone is given; all of a clip that has fewer than `count`.

    Raises: InputError if a clip backbone finds fewer frames than it needs.
    """
    frames = clip.header.frames
    if backbone.unit == "clip":
        if frames < WINDOW:
            raise bad_input(clip.header.source, f"has {frames} frames, {backbone.name} needs {WINDOW}", "Leave it out")
        first = (frames - WINDOW) // 2
        wanted = set(range(first, first + WINDOW))
    else:
        wanted = set(np.linspace(0, frames - 1, min(count, frames)).round().astype(int).tolist())
    return np.stack([frame for index, frame in enumerate(grey_clip(clip).frames()) if index in wanted])


def kept_vectors(
    store: Store,
    backbone: Backbone,
    inputs: Mapping[str, str],
    clip: Callable[[], Clip],
    device: str = "cpu",
    described: Mapping[str, Any] | None = None,
) -> Path:
    """Folder with vectors.npy (n, d) of a clip that `inputs` identify; made unless the store has it. Loads torch then.

    `inputs` are {"real": digest of the file} or {"made": key of the translation}; `described` is what the plan says of
    a device that is not the CPU. Raises: InputError as `extractor` and `chosen_frames` do.
    """

    def build(folder: Path) -> None:
        features = extractor(backbone, device)
        np.save(folder / "vectors.npy", features(chosen_frames(clip(), backbone)), allow_pickle=False)

    params = {
        "backbone": backbone.name,
        "version": backbone.version,
        "weights": PINS[backbone.weights].sha256,
        "frames": FRAMES_PER_CLIP,
        **(described or {}),
    }
    return store.make("embedding", EMBEDDING_VERSION, params, inputs, build)
