"""A small classifier of clips: a trunk for each frame, pooling over frames, a linear layer; its training and use.

Inputs are (clips, frames, features) float32 where features are frozen, else (clips, frames, H, W) uint8. The pooling is
either mean and standard deviation over frames, or gated attention (Ilse et al. 2018, arXiv:1802.04712). Training is
AdamW on cross-entropy (Loshchilov and Hutter 2019, arXiv:1711.05101) with early stopping on the validation loss.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from translator.errors import bad_input

Inputs = NDArray[Any]
Codes = NDArray[np.intp]
Progress = Callable[[int, int], None]
_SMALL = (16, 32, 48, 64)
_ATTENTION = 64
_PREDICT_BATCH = 16


@dataclass(frozen=True)
class Settings:
    """`trunk`: frozen (inputs are features of `width`), small, or timm:NAME. `epochs` at most; without validation
    clips it is exactly `epochs_unwatched`. `patience` in epochs without a lower validation loss."""

    trunk: str
    width: int
    pooling: Literal["mean-std", "attention"]
    dropout: float
    epochs: int
    epochs_unwatched: int
    patience: int
    batch: int
    learning_rate: float
    weight_decay: float
    balanced: bool
    trunk_weights: str = ""  # file of a timm trunk's weights


@dataclass(frozen=True)
class History:
    """How a training went: epochs done, the epoch that was kept, and its losses; None without validation."""

    epochs: int
    best_epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None


class ClipClassifier(nn.Module):
    """Frames of a clip to logits of its class."""

    shift: Tensor
    scale: Tensor

    def __init__(self, settings: Settings, classes: int) -> None:
        """Raises: InputError if a timm trunk cannot be made."""
        super().__init__()
        self.trunk, width = _trunk(settings)
        self.register_buffer("shift", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.pooling = _Attention(width) if settings.pooling == "attention" else _MeanStd()
        self.dropout = nn.Dropout(settings.dropout)
        self.linear = nn.Linear(width * self.pooling.times, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """(N, T, ...) to (N, classes)."""
        n, frames = clips.shape[:2]
        if self.trunk is None:
            features = clips
        else:
            pictures = clips.flatten(0, 1)[:, None].float() / 127.5 - 1
            features = self.trunk(pictures).reshape(n, frames, -1)
        normal = (features - self.shift) / self.scale
        logits: Tensor = self.linear(self.dropout(self.pooling(normal)))
        return logits


class _MeanStd(nn.Module):
    times = 2

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features.mean(1), features.std(1, correction=0)], 1)


class _Attention(nn.Module):
    times = 1

    def __init__(self, width: int) -> None:
        super().__init__()
        self.content, self.gate = nn.Linear(width, _ATTENTION), nn.Linear(width, _ATTENTION)
        self.score = nn.Linear(_ATTENTION, 1)

    def forward(self, features: Tensor) -> Tensor:
        scores = self.score(torch.tanh(self.content(features)) * torch.sigmoid(self.gate(features)))
        pooled: Tensor = (torch.softmax(scores, 1) * features).sum(1)
        return pooled


def _trunk(settings: Settings) -> tuple[nn.Module | None, int]:
    """The network of a frame (N, 1, H, W) to (N, width), and the width."""
    if settings.trunk == "frozen":
        return None, settings.width
    if settings.trunk == "small":
        layers: list[nn.Module] = []
        for before, after in zip((1, *_SMALL), _SMALL, strict=False):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), _SMALL[-1]
    return _timm(settings)


def _timm(settings: Settings) -> tuple[nn.Module, int]:
    if find_spec("timm") is None:
        raise bad_input(f"backbone {settings.trunk!r}", "needs timm", "pip install 'sonoproof[tasks]'")
    import timm

    name = settings.trunk.removeprefix("timm:")
    try:
        file = settings.trunk_weights
        from_file = {"pretrained": True, "pretrained_cfg_overlay": {"file": file}}  # timm fits them to one channel
        own: dict[str, Any] = from_file if file else {}
        made: nn.Module = timm.create_model(name, num_classes=0, in_chans=1, **own)
    except Exception as error:  # timm raises its own kinds for unknown names, torch for weights of another shape
        what = f"cannot be made ({type(error).__name__}: {str(error)[:200]})"
        raise bad_input(f"backbone {settings.trunk!r}", what, "See timm.list_models()") from None
    return made, int(made.num_features)  # type: ignore[arg-type]


def train(
    settings: Settings, fit: tuple[Inputs, Codes], watched: tuple[Inputs, Codes] | None, classes: int, seed: int,
    folder: Path, progress: Progress,
) -> History:  # fmt: skip
    """Train on (inputs, class of each clip), watch the validation clips, and write `model.safetensors` into the folder.

    The same inputs, seed and number of threads give the same bytes. Raises: InputError as ClipClassifier does.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ClipClassifier(settings, classes)
        _standardise(model, fit[0])
        history, best = _optimise(model, settings, fit, watched, seed, progress)
    save_file({name: value.contiguous() for name, value in best.items()}, folder / "model.safetensors")
    return history


def threads() -> int:
    """Threads of the processor that a training uses: with another number the last bits can differ."""
    return torch.get_num_threads()


def predict(settings: Settings, classes: int, weights: Path, inputs: Inputs) -> NDArray[np.float64]:
    """Probabilities (clips, classes) that the saved model gives."""
    model = ClipClassifier(settings, classes)
    model.load_state_dict(load_file(weights))
    return torch.softmax(_logits(model, torch.from_numpy(inputs)).double(), 1).numpy()


def _standardise(model: ClipClassifier, inputs: Inputs) -> None:
    if model.trunk is None:
        flat = torch.from_numpy(inputs).flatten(0, 1)
        model.shift.copy_(flat.mean(0))
        model.scale.copy_(flat.std(0, correction=0).clamp_min(1e-3))


def _optimise(
    model: ClipClassifier, settings: Settings, fit: tuple[Inputs, Codes], watched: tuple[Inputs, Codes] | None,
    seed: int, progress: Progress,
) -> tuple[History, dict[str, Tensor]]:  # fmt: skip
    inputs, labels = torch.from_numpy(fit[0]), torch.from_numpy(fit[1].astype(np.int64))
    counts = torch.bincount(labels, minlength=model.linear.out_features).clamp_min(1)
    weights = len(labels) / (len(counts) * counts.float()) if settings.balanced else None
    optimiser = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    order = torch.Generator().manual_seed(seed)
    epochs = settings.epochs if watched else settings.epochs_unwatched
    best, kept, history = math.inf, _state(model), History(0, 0, math.inf, None, None)
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for chosen in torch.randperm(len(labels), generator=order).split(settings.batch):  # type: ignore[no-untyped-call]
            loss = functional.cross_entropy(model(inputs[chosen]), labels[chosen], weights)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(loss.item() * len(chosen))
        progress(epoch, epochs)
        loss_now = sum(losses) / len(labels)
        told, right = _watch(model, watched) if watched else (None, None)
        if told is None or told < best:
            best, kept = math.inf if told is None else told, _state(model)
            history = History(epoch, epoch, loss_now, told, right)
        elif epoch - history.best_epoch >= settings.patience:
            break
    progress(epochs, epochs)
    return History(epoch, *list(vars(history).values())[1:]), kept


def _watch(model: ClipClassifier, watched: tuple[Inputs, Codes]) -> tuple[float, float]:
    """Validation loss and accuracy."""
    labels = torch.from_numpy(watched[1].astype(np.int64))
    logits = _logits(model, torch.from_numpy(watched[0]))
    return functional.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).double().mean().item()


@torch.inference_mode()
def _logits(model: ClipClassifier, inputs: Tensor) -> Tensor:
    model.eval()
    return torch.cat([model(part) for part in inputs.split(_PREDICT_BATCH)])  # type: ignore[no-untyped-call]


def _state(model: ClipClassifier) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
