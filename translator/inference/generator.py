"""Run a trained two-stage generator over a clip, window by window, writing only inside the mask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from translator.clips.clip import Clip, Frames, Mask, to_grey
from translator.errors import bad_input
from translator.fill.evidence import CONFIDENCE, PLANES, evidence_planes
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.fill.origins import origin_classes
from translator.networks.two_stage import MULTIPLE, TwoStage
from translator.translation import UNCERTAINTY_STEP, TracedFrame, Translation
from translator.weights import find_weights

VERSION = 2
MARGIN = 24  # pixels of context around the mask
LONGEST, SHORTEST, OVERLAP = 64, 16, 8  # frames of a window, and those shared with the next
_WINDOW_BYTES = 768 << 20
_BATCH_PIXELS = 1 << 19


class Generator:
    """A two-stage generator with its card. Implements translator.translation.Translator."""

    def __init__(self, name_or_path: str = "small", device: str = "cpu") -> None:
        """Load shipped or own weights; the hash is checked against the card.

        Raises: InputError if weights and card do not belong together or do not fit the preset.
        """
        path, self.card = find_weights(name_or_path)
        if self.card.evidence_version != EVIDENCE_VERSION:
            raise bad_input(
                path,
                f"needs evidence version {self.card.evidence_version}",
                f"This version has {EVIDENCE_VERSION}: train again",
            )
        self.device = torch.device(device)
        network = TwoStage(self.card.design)
        try:
            network.load_state_dict(load_file(path))
        except (RuntimeError, SafetensorError) as error:
            raise bad_input(path, f"does not fit the design of its card ({error})", "Train again") from None
        self.network = network.eval().to(self.device)

    @property
    def identity(self) -> dict[str, Any]:
        """What the output depends on besides the input."""
        return {
            "weights": self.card.weights_sha256,
            "version": VERSION,
            "device": self.device.type,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        """Translate lazily: frames are made as the result is streamed. Outside the mask the luma is untouched.

        Evidence is about the windows that the generator looks at, of SHORTEST to LONGEST frames. There is
        uncertainty where the network estimates its error.
        """
        header = replace(clip.header, channels=1, source=f"{clip.header.source} ({self.card.name})")
        _, spread = self._run(np.zeros((1, PLANES, MULTIPLE, MULTIPLE), np.float32))
        uncertain = spread is not None
        return Translation.from_stream(
            header, lambda: self._stream(clip, mask, uncertain), evidence=True, uncertainty=uncertain
        )

    def _stream(self, clip: Clip, mask: Clip, uncertain: bool) -> Iterator[TracedFrame]:
        head = clip.header
        length = int(np.clip(_WINDOW_BYTES // (36 * head.height * head.width), SHORTEST, LONGEST))
        overlap = OVERLAP if head.frames > length else 0
        emitted = 0
        for (start, frames), (_, hidden) in zip(
            clip.windows(length, overlap), mask.windows(length, overlap), strict=True
        ):
            filled = self._window(frames, hidden > 127)
            last = start + len(frames) == head.frames
            end = len(frames) if last else len(frames) - overlap // 2
            for picture, evidence, uncertainty in zip(*(part[emitted - start : end] for part in filled), strict=True):
                yield TracedFrame(picture, evidence, uncertainty if uncertain else None)
            emitted = start + end

    def _window(self, frames: Frames, mask: Mask) -> tuple[Frames, Frames, Frames]:
        """Pictures, evidence and uncertainty (0 where the network does not estimate it); each uint8 (T, H, W)."""
        grey = to_grey(frames) if frames.ndim == 4 else frames.copy()
        evidence, uncertainty = np.zeros_like(grey), np.zeros_like(grey)
        if not mask.any():
            return grey, evidence, uncertainty
        rows, columns = (_around(mask.any(axis=(0, 2))), _around(mask.any(axis=(0, 1))))
        cut, hidden = grey[:, rows, columns], mask[:, rows, columns]
        height, width = cut.shape[1:]
        pad = ((0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE))
        planes = evidence_planes(np.pad(cut, pad, mode="edge"), np.pad(hidden, pad))
        evidence[:, rows, columns] = origin_classes(hidden, planes[:, CONFIDENCE, :height, :width])
        busy = np.flatnonzero(hidden.any(axis=(1, 2)))
        batch = max(1, _BATCH_PIXELS // (height * width))
        for start in range(0, len(busy), batch):
            index = busy[start : start + batch]
            refined, spread = self._run(planes[index])
            cut[index] = np.where(hidden[index], _levels(refined[:, :height, :width], 255), cut[index])
            if spread is not None:
                steps = _levels(spread[:, :height, :width], 255 / UNCERTAINTY_STEP)
                uncertainty[index, rows, columns] = np.where(hidden[index], steps, np.uint8(0))
        return grey, evidence, uncertainty

    def _run(self, planes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Refined pictures and, where the network has that output, their expected absolute error; (N, H, W), 0..1."""
        with torch.inference_mode():
            _, refined, *more = self.network(torch.from_numpy(planes).to(self.device))
        return refined[:, 0].cpu().numpy(), more[0][:, 0].cpu().numpy() if more else None


def load_generator(name_or_path: str = "small", device: str = "cpu") -> Generator:
    """Load a generator by shipped name or by the path of its .safetensors file."""
    return Generator(name_or_path, device)


def _around(hit: Any) -> slice:
    where = np.flatnonzero(hit)
    return slice(max(0, int(where[0]) - MARGIN), int(where[-1]) + MARGIN + 1)


def _levels(values: NDArray[np.float32], scale: float) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(np.clip(values * np.float32(scale), 0, 255)).astype(np.uint8)
    return levels
