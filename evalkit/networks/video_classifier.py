"""A small video network that tells two kinds of clip apart, trained from scratch: what a fixed network cannot see.

It is shown windows of the picture as it is, (1, FRAMES, SIDE, SIDE) pixels, not shrunk, so that speckle and its motion
are there to be seen; in training at a random place, else in the middle. Three 3-D convolutions, a mean, one number.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from translator.clips.clip import Frames

FRAMES, SIDE = 8, 96
_LOOKS = 4  # random windows of each clip an epoch
_LEARNING_RATE = 3e-3
Scores = NDArray[np.float64]


class VideoClassifier(nn.Module):
    """(N, 1, T, H, W), 0 to 1, to (N,): above 0 for the second kind."""

    def __init__(self, width: int = 12) -> None:
        """The layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, width, (1, 5, 5), (1, 2, 2), (0, 2, 2)),
            nn.GroupNorm(3, width),
            nn.ReLU(),
            nn.Conv3d(width, 2 * width, 3, (1, 2, 2), 1),
            nn.GroupNorm(3, 2 * width),
            nn.ReLU(),
            nn.Conv3d(2 * width, 4 * width, 3, 2, 1),
            nn.ReLU(),
        )
        self.last = nn.Linear(4 * width, 1)

    def forward(self, clips: Tensor) -> Tensor:
        """Score each clip."""
        scores: Tensor = self.last(self.layers(clips).mean(dim=(2, 3, 4)))
        return scores[:, 0]


def fit_and_score(
    training: Sequence[tuple[Frames, Frames]],
    validation: Sequence[tuple[Frames, Frames]],
    asked: Sequence[tuple[Frames, Frames]],
    epochs: int,
    seed: int,
    folder: Path,
    progress: Callable[[int, int], None],
) -> tuple[Scores, dict[str, Any]]:
    """Scores (clips, 2) of pairs `asked`, of the epoch that has the least loss on validation; what training came to.

    Writes model.safetensors into the folder. Frames are uint8 (T, H, W).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = np.random.default_rng((51, seed))
        net = VideoClassifier()
        optimiser = torch.optim.AdamW(net.parameters(), _LEARNING_RATE, weight_decay=1e-3)
        best, best_epoch, state = np.inf, 0, _state(net)
        for epoch in range(1, epochs + 1):
            progress(epoch - 1, epochs)
            net.train()
            for index in order.permutation(len(training) * _LOOKS):
                loss = _loss(net, training[index % len(training)], order)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            net.eval()
            with torch.inference_mode():
                lost = float(np.mean([float(_loss(net, pair, None)) for pair in validation]))
            if lost < best:
                best, best_epoch, state = lost, epoch, _state(net)
    net.load_state_dict(state)
    save_file(state, folder / "model.safetensors")
    with torch.inference_mode():
        scores = np.array([net(_batch(pair, None)).numpy() for pair in asked], np.float64)
    return scores, {"epochs": epochs, "best_epoch": best_epoch, "validation_loss": best}


def _loss(net: nn.Module, pair: tuple[Frames, Frames], order: np.random.Generator | None) -> Tensor:
    return functional.binary_cross_entropy_with_logits(net(_batch(pair, order)), torch.tensor([0.0, 1.0]))


def _batch(pair: tuple[Frames, Frames], order: np.random.Generator | None) -> Tensor:
    """The same window of both versions (2, 1, FRAMES, SIDE, SIDE)."""
    clips = [_large_enough(frames) for frames in pair]
    room = np.min([clip.shape for clip in clips], axis=0) - (FRAMES, SIDE, SIDE)
    start = room // 2 if order is None else order.integers(0, room + 1)
    window = tuple(slice(int(at), int(at) + size) for at, size in zip(start, (FRAMES, SIDE, SIDE), strict=True))
    return torch.from_numpy(np.stack([clip[window] for clip in clips]).astype(np.float32) / 255)[:, None]


def _large_enough(frames: Frames) -> Frames:
    """Mirrored where it is smaller than a window."""
    below, right = (max(SIDE - size, 0) for size in frames.shape[1:])
    if below or right:
        frames = np.stack([cv2.copyMakeBorder(f, 0, below, 0, right, cv2.BORDER_REFLECT) for f in frames])
    return np.concatenate([frames] * -(-FRAMES // len(frames))) if len(frames) < FRAMES else frames


def _state(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.state_dict().items()}
