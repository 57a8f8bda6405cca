"""A segmentation network: fitted to labelled frames, kept, and asked. Architectures of segmentation-models-pytorch.

Frames are uint8 (N, H, W), resized to a square of `side` pixels, 0 to 1. Classes are 0 (anything else), 1, 2 ..; 255
was not labelled and is in no loss. The loss is cross-entropy plus soft Dice over the classes but 0 (Milletari et al.
2016, arXiv:1606.04797). Training starts from scratch, is seeded, moves and brightens frames at random, and stops when
the Dice of the validation frames has not risen for `patience` epochs; the best epoch is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from translator.clips.clip import Frames

NOT_LABELLED = 255
_SMALL_DECODER = (64, 32, 32, 16, 16)  # of a U-Net: a quarter of the usual, as the encoder is small too
_BATCH = 16
_SHIFT, _STRETCH, _GAIN = 0.08, 0.1, 0.2
Labels = NDArray[np.uint8]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Design:
    """What is trained and how: classes without class 0."""

    architecture: str
    encoder: str
    classes: int
    side: int
    epochs: int
    patience: int
    batch: int
    learning_rate: float
    seed: int


def build(design: Design) -> nn.Module:
    """The network, untrained: (N, 1, side, side) to logits (N, classes + 1, side, side).

    Raises: KeyError or ValueError of the library for an unknown architecture or encoder.
    """
    small = {"decoder_channels": _SMALL_DECODER} if design.architecture.lower() == "unet" else {}
    made: nn.Module = smp.create_model(
        design.architecture,
        encoder_name=design.encoder,
        encoder_weights=None,
        in_channels=1,
        classes=design.classes + 1,
        **small,
    )
    return made


def fit(
    design: Design,
    training: tuple[Frames, Labels],
    validation: tuple[Frames, Labels],
    folder: Path,
    progress: Told,
) -> dict[str, Any]:
    """Train, write model.safetensors into the folder, and return what training came to (JSON-like).

    Both sets are frames and labels at (N, side, side), as `shrunk` gives them.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(design.seed)
        order = np.random.default_rng((31, design.seed))
        net = build(design)
        optimiser = torch.optim.AdamW(net.parameters(), design.learning_rate, weight_decay=1e-4)
        best, best_epoch, best_state, losses = -1.0, 0, _state(net), list[float]()
        for epoch in range(1, design.epochs + 1):
            progress(epoch - 1, design.epochs)
            losses.append(_epoch(net, optimiser, training, design, order))
            score = _mean_dice(net, validation, design.classes)
            if score > best:
                best, best_epoch, best_state = score, epoch, _state(net)
            elif epoch - best_epoch >= design.patience:
                break
    save_file(best_state, folder / "model.safetensors")
    return {"epochs_run": len(losses), "best_epoch": best_epoch, "validation_dice": best, "losses": losses,
            "parameters": sum(parameter.numel() for parameter in net.parameters())}  # fmt: skip


def load(design: Design, folder: Path) -> Callable[[Frames], Labels]:
    """segment(frames): uint8 (N, H, W) to classes uint8 (N, H, W), of what `fit` wrote."""
    net = build(design)
    net.load_state_dict(load_file(folder / "model.safetensors"))
    net.eval()
    return by_logits(lambda batch: net(torch.from_numpy(batch)).numpy(), design.side)


def by_logits(logits_of: Callable[[NDArray[np.float32]], NDArray[Any]], side: int) -> Callable[[Frames], Labels]:
    """segment(frames) of a function from (N, 1, side, side), 0 to 1, to logits (N, classes + 1, side', side').

    Logits are enlarged to the frame before the class is chosen, so that outlines are no steps of small pixels.
    """

    def segment(frames: Frames) -> Labels:
        height, width = frames.shape[1:]
        found = []
        with torch.inference_mode():
            for start in range(0, len(frames), _BATCH):
                batch = _scaled(shrunk(frames[start : start + _BATCH], side))[:, None]
                logits = torch.from_numpy(np.ascontiguousarray(logits_of(batch))).float()
                whole = functional.interpolate(logits, (height, width), mode="bilinear", align_corners=False)
                found.append(whole.argmax(dim=1).numpy().astype(np.uint8))
        return np.concatenate(found)

    return segment


def shrunk(frames: Frames, side: int, labels: bool = False) -> Frames:
    """Frames, or labels, (N, H, W) at (N, side, side)."""
    shrinking = max(frames.shape[1:]) > side
    how = cv2.INTER_NEAREST if labels else cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, (side, side), interpolation=how) for frame in frames])


def _scaled(frames: Frames) -> NDArray[np.float32]:
    return np.asarray(frames / np.float32(255), np.float32)


def _state(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def _epoch(
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    training: tuple[Frames, Labels],
    design: Design,
    order: np.random.Generator,
) -> float:
    net.train()
    frames, labels = training
    shuffled = order.permutation(len(frames))
    if len(shuffled) == 1:
        shuffled = np.repeat(shuffled, 2)  # normalisation needs two
    parts = np.array_split(shuffled, max(1, len(shuffled) // design.batch))
    losses = []
    for chosen in parts:
        pictures, truth = _moved(_scaled(frames[chosen]), labels[chosen], order)
        loss = _loss(net(torch.from_numpy(pictures[:, None])), torch.from_numpy(truth.astype(np.int64)))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _loss(logits: Tensor, truth: Tensor) -> Tensor:
    entropy = functional.cross_entropy(logits, truth, ignore_index=NOT_LABELLED)
    known = (truth != NOT_LABELLED)[:, None]
    wanted = functional.one_hot(truth.where(known[:, 0], torch.zeros_like(truth)), logits.shape[1]).movedim(-1, 1)
    share, wanted = (logits.softmax(dim=1) * known)[:, 1:], (wanted * known)[:, 1:]
    overlap = 2 * (share * wanted).sum(dim=(0, 2, 3)) + 1
    return entropy + 1 - (overlap / (share.sum(dim=(0, 2, 3)) + wanted.sum(dim=(0, 2, 3)) + 1)).mean()


def _moved(
    frames: NDArray[np.float32], labels: Labels, order: np.random.Generator
) -> tuple[NDArray[np.float32], Labels]:
    """Shifted, stretched and brightened at random; what comes in from outside is black and not labelled."""
    side = frames.shape[-1]
    out, truth = np.empty_like(frames), np.empty_like(labels)
    for index, (frame, label) in enumerate(zip(frames, labels, strict=True)):
        scale = 1 + order.uniform(-_STRETCH, _STRETCH)
        shift = order.uniform(-_SHIFT, _SHIFT, 2) * side + (1 - scale) * side / 2
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
        out[index] = cv2.warpAffine(frame, matrix, (side, side), flags=cv2.INTER_LINEAR)
        truth[index] = cv2.warpAffine(label, matrix, (side, side), flags=cv2.INTER_NEAREST, borderValue=NOT_LABELLED)
        out[index] = np.clip(out[index] * (1 + order.uniform(-_GAIN, _GAIN)), 0, 1)
    return out, truth


@torch.inference_mode()
def _mean_dice(net: nn.Module, validation: tuple[Frames, Labels], classes: int) -> float:
    """Dice over all labelled pixels of the validation frames, mean over the classes that they have."""
    net.eval()
    frames, labels = validation
    parts = range(0, len(frames), _BATCH)
    found = np.concatenate(
        [net(torch.from_numpy(_scaled(frames[i : i + _BATCH])[:, None])).argmax(dim=1).numpy() for i in parts]
    )
    known = labels != NOT_LABELLED
    scores = []
    for one in range(1, classes + 1):
        ours, theirs = (found == one) & known, labels == one
        if theirs.any():
            scores.append(2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()))
    return float(np.mean(scores)) if scores else 0.0
