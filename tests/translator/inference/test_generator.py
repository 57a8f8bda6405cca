"""Generator: only the mask is written, in windows, lazily; and only weights that fit are loaded."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from translator.clips.clip import Clip, Frame, Frames, Header, Mask, mask_clip, to_grey
from translator.design import Design
from translator.errors import InputError
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.fill.prior import phase_prior
from translator.inference import generator
from translator.inference.generator import Generator
from translator.inference.torch_engine import TorchEngine
from translator.networks.two_stage import TwoStage
from translator.simulate.heart import heart_clip
from translator.translation import Translator


def _save(path: Path, network: TwoStage, **changed: Any) -> str:
    """Weights and a card that belongs to them; `changed` replaces what the card says."""
    save_file(network.state_dict(), path)
    card = {
        "name": path.stem, "summary": "", "design": {"preset": "micro"}, "evidence_version": EVIDENCE_VERSION,
        "weights_sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "training_sources": [],
        "training_command": "", "training_config_sha256": "", "seed": 0, "steps": 0, "losses": "", "limits": [],
    }  # fmt: skip
    path.with_name(f"{path.stem}.card.json").write_text(json.dumps({**card, **changed}), encoding="utf-8")
    return str(path)


def _wild(seed: int = 0) -> TwoStage:
    """A tiny network with random weights everywhere: its output is nonsense."""
    torch.manual_seed(seed)
    network = TwoStage(Design(preset="micro"))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    return network


@pytest.fixture
def wild(tmp_path: Path) -> Generator:
    """A generator with random weights."""
    return Generator(_save(tmp_path / "wild.safetensors", _wild()))


def _clip(frames: int, size: int = 48, colour: bool = True) -> tuple[Frames, Mask]:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, frames, size, 25.0)
    mask = np.zeros(grey.shape, np.bool_)
    for t in range(frames):
        mask[t, 14 + t % 7 : 26 + t % 7, 16:30] = True
    if not colour:
        return grey, mask
    out = np.stack([grey] * 3, axis=-1)
    out[mask] = (240, 60, 10)
    out[:, :4, :4] = (10, 200, 30)  # colour that the mask does not name stays as its luma
    return out, mask


def _translate(made_by: Generator, frames: Frames, mask: Mask) -> Frames:
    clip = Clip.from_array(frames, 25.0)
    return made_by.translate(clip, mask_clip(mask, clip)).clip.array()


@pytest.mark.parametrize("colour", [True, False], ids=["colour", "grey"])
def test_outside_the_mask_the_luma_is_untouched_whatever_the_weights(wild: Generator, colour: bool) -> None:
    frames, mask = _clip(6, colour=colour)
    before = frames.copy()
    made = _translate(wild, frames, mask)
    luma = to_grey(frames) if colour else frames
    assert made.shape == luma.shape
    assert np.array_equal(made[~mask], luma[~mask])
    assert (made[mask] != luma[mask]).mean() > 0.5
    assert np.array_equal(frames, before)


@pytest.mark.parametrize("shape", [(37, 41), (8, 9), (1, 1), (64, 3)])
def test_sizes_that_are_no_multiple_of_eight_are_translated_too(wild: Generator, shape: tuple[int, int]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, *shape, 3), dtype=np.uint8)
    mask = np.random.default_rng(1).random((4, *shape)) < 0.3
    mask[0, 0, 0] = mask[1, -1, -1] = True
    made = _translate(wild, frames, mask)
    assert made.shape == (4, *shape)
    assert np.array_equal(made[~mask], to_grey(frames)[~mask])


def test_an_untrained_network_fills_with_the_phase_prior(tmp_path: Path) -> None:
    untrained = Generator(_save(tmp_path / "zero.safetensors", TwoStage(Design(preset="micro"))))
    frames, mask = _clip(6)
    made = _translate(untrained, frames, mask)
    prior = phase_prior(to_grey(frames), mask).value
    assert np.abs(made - prior)[mask].max() <= 0.51  # rounded, nothing else


def test_a_clip_without_flow_is_its_luma(wild: Generator) -> None:
    frames, mask = _clip(4)
    assert np.array_equal(_translate(wild, frames, np.zeros_like(mask)), to_grey(frames))


def test_the_colour_under_the_mask_has_no_influence(wild: Generator) -> None:
    frames, mask = _clip(5)
    other = frames.copy()
    other[mask] = (30, 90, 255)
    assert np.array_equal(_translate(wild, frames, mask), _translate(wild, other, mask))


def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LONGEST", 8), ("SHORTEST", 4), ("OVERLAP", 4)):
        monkeypatch.setattr(generator, name, value)


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 12, 13, 21])
def test_a_clip_of_any_length_keeps_its_frames_in_order_through_the_windows(
    wild: Generator, monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    _short_windows(monkeypatch)
    picture, mask = _clip(frames)
    picture[:, 40:, 40:] = np.arange(frames, dtype=np.uint8)[:, None, None, None] * 3  # each frame tells its number
    made = _translate(wild, picture, mask)
    assert len(made) == frames
    assert np.array_equal(made[~mask], to_grey(picture)[~mask])
    assert all((made[t][mask[t]] != to_grey(picture)[t][mask[t]]).mean() > 0.5 for t in range(frames))


def test_frames_are_taken_from_the_window_that_holds_them_deeper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # windows 0..7 and 4..11 share frames 4..7: 4 and 5 come from the first, 6 and 7 from the second
    _short_windows(monkeypatch)
    untrained = Generator(_save(tmp_path / "zero.safetensors", TwoStage(Design(preset="micro"))))
    frames, mask = _clip(12)
    made = _translate(untrained, frames, mask)
    grey = to_grey(frames)
    first, second = phase_prior(grey[:8], mask[:8]).value, phase_prior(grey[4:], mask[4:]).value
    expected = np.concatenate([first[:6], second[2:]])
    assert np.abs(made - expected)[mask].max() <= 0.51
    assert np.abs(first[4:] - second[:4])[mask[4:8]].max() > 1  # the two windows do differ


def test_translation_is_lazy_and_reads_one_window_ahead(wild: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    _short_windows(monkeypatch)
    read: list[int] = []

    def stream() -> Iterator[Frame]:
        for index in range(500):
            read.append(index)
            yield np.full((16, 16, 3), 90, np.uint8)

    clip = Clip(Header(500, 16, 16, 3, 25.0), stream)
    mask = Clip(Header(500, 16, 16, 1), lambda: (np.full((16, 16), 255, np.uint8) for _ in range(500)))
    made = wild.translate(clip, mask).clip
    assert read == []
    frames = made.frames()
    for _ in range(6):
        next(frames)
    assert len(read) <= 8 + 1


def test_long_windows_shrink_for_large_frames(wild: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    _short_windows(monkeypatch)
    monkeypatch.setattr(generator, "_WINDOW_BYTES", 36 * 48 * 48 * 6)
    asked: list[tuple[int, int]] = []
    windows = Clip.windows

    def spy(self: Clip, n: int, overlap: int = 0) -> Iterator[tuple[int, Frames]]:
        asked.append((n, overlap))
        return windows(self, n, overlap)

    monkeypatch.setattr(Clip, "windows", spy)
    frames, mask = _clip(10)
    assert len(_translate(wild, frames, mask)) == 10
    assert set(asked) == {(6, 4)}


def test_batches_do_not_change_the_result(wild: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, mask = _clip(6)
    whole = _translate(wild, frames, mask).astype(int)
    monkeypatch.setattr(generator, "_BATCH_PIXELS", 1)
    assert np.abs(_translate(wild, frames, mask) - whole).max() <= 1  # sums may round another way


def test_the_same_input_gives_the_same_bytes(wild: Generator) -> None:
    frames, mask = _clip(6)
    assert np.array_equal(_translate(wild, frames, mask), _translate(wild, frames, mask))


def test_the_result_keeps_rate_and_spacing_and_names_the_generator(wild: Generator) -> None:
    frames, mask = _clip(3)
    clip = Clip.from_array(frames, 12.5, (0.1, 0.2), "scan.npz")
    header = wild.translate(clip, mask_clip(mask, clip)).clip.header
    assert header == Header(3, 48, 48, 1, 12.5, (0.1, 0.2), "scan.npz (wild)")


def test_a_generator_is_a_translator_whose_identity_follows_its_weights(wild: Generator, tmp_path: Path) -> None:
    assert isinstance(wild, Translator)
    same = Generator(_save(tmp_path / "same.safetensors", _wild()))
    other = Generator(_save(tmp_path / "other.safetensors", _wild(1)))
    assert wild.identity == same.identity
    assert wild.identity != other.identity
    assert json.loads(json.dumps(wild.identity)) == wild.identity


def test_weights_with_another_hash_are_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.safetensors", _wild(), weights_sha256="0" * 64)
    with pytest.raises(InputError, match="its card says 0000000000000000"):
        Generator(path)


def test_weights_without_a_card_are_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.safetensors", _wild())
    (tmp_path / "a.card.json").unlink()
    with pytest.raises(InputError, match=r"a\.card\.json: cannot be read"):
        Generator(path)


def test_an_evidence_version_that_is_not_known_is_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.safetensors", _wild(), evidence_version=EVIDENCE_VERSION + 1)
    with pytest.raises(InputError, match="train again"):
        Generator(path)


def test_a_design_that_is_not_known_is_refused_by_its_card(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.safetensors", _wild(), design={"preset": "huge"})
    with pytest.raises(InputError, match=r"a\.card\.json: design\.preset"):
        Generator(path)


def test_weights_that_do_not_fit_the_preset_of_their_card_are_bad_input(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.safetensors", _wild(), design={"preset": "tiny"})
    with pytest.raises(InputError, match=r"a\.safetensors"):
        Generator(path)


def test_a_file_that_is_no_safetensors_is_bad_input_even_with_a_right_card(tmp_path: Path) -> None:
    path = Path(_save(tmp_path / "a.safetensors", _wild()))
    card = json.loads((tmp_path / "a.card.json").read_text())
    path.write_bytes(b"no tensors")
    card["weights_sha256"] = hashlib.sha256(b"no tensors").hexdigest()
    (tmp_path / "a.card.json").write_text(json.dumps(card))
    with pytest.raises(InputError, match=r"a\.safetensors"):
        Generator(str(path))


class _Estimating(torch.nn.Module):
    """A stand-in for a network that gives its expected absolute error too."""

    def __init__(self, spread: float) -> None:
        super().__init__()
        self.spread = spread

    def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        prior = planes[:, 2:3]
        return prior, prior, torch.full_like(prior, self.spread)


def test_evidence_tells_what_other_frames_show_from_what_none_does(wild: Generator) -> None:
    frames, mask = _clip(12)
    mask[:, 40:44, 40:44] = True  # never visible
    clip = Clip.from_array(frames, 25.0)
    made = wild.translate(clip, mask_clip(mask, clip))
    assert made.evidence is not None
    classes = made.evidence.array()
    assert classes.shape == mask.shape
    assert (classes[~mask] == 0).all()
    assert (classes[:, 40:44, 40:44] == 255).all()
    assert set(np.unique(classes[mask])) == {128, 255}
    shown_elsewhere = mask & (~mask).any(axis=0)
    assert (classes[shown_elsewhere] == 128).mean() > 0.5


def test_evidence_and_picture_come_from_one_pass_over_the_clip(
    wild: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[int] = []
    whole = Generator._window

    def spy(self: Generator, frames: Frames, mask: Mask) -> tuple[Frames, Frames, Frames]:
        windows.append(len(frames))
        return whole(self, frames, mask)

    _short_windows(monkeypatch)
    monkeypatch.setattr(Generator, "_window", spy)
    frames, mask = _clip(12)
    clip = Clip.from_array(frames, 25.0)
    made = wild.translate(clip, mask_clip(mask, clip))
    together = list(made.together())
    assert windows == [8, 8]
    assert np.array_equal(np.stack([frame.picture for frame in together]), made.clip.array())
    assert made.evidence is not None
    assert np.array_equal(np.stack([f.evidence for f in together if f.evidence is not None]), made.evidence.array())


@pytest.mark.parametrize(("spread", "steps"), [(0.0, 0), (0.02, 20), (0.25, 255), (1.0, 255), (-1.0, 0)])
def test_uncertainty_is_in_quarter_grey_levels_inside_the_mask_and_saturates(
    wild: Generator, spread: float, steps: int
) -> None:
    wild.engine = TorchEngine(_Estimating(spread), "cpu", 1)
    frames, mask = _clip(4)
    clip = Clip.from_array(frames, 25.0)
    made = wild.translate(clip, mask_clip(mask, clip))
    assert made.uncertainty is not None
    found = made.uncertainty.array()
    assert (found[mask] == steps).all()  # 0.02 of 255 is 5.1 grey levels: 20.4 quarters
    assert (found[~mask] == 0).all()


def test_a_clip_without_flow_has_evidence_of_nothing(wild: Generator) -> None:
    wild.engine = TorchEngine(_Estimating(0.5), "cpu", 1)
    frames, mask = _clip(3)
    clip = Clip.from_array(frames, 25.0)
    made = wild.translate(clip, mask_clip(np.zeros_like(mask), clip))
    assert [(f.evidence is not None and f.evidence.any(), f.uncertainty is not None and f.uncertainty.any())
            for f in made.together()] == [(False, False)] * 3  # fmt: skip
