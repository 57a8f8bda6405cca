"""Run a trained two-stage generator over a clip, window by window, writing only inside the mask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from translator.clips.clip import Clip, Frame, Frames, Mask, to_grey
from translator.errors import bad_input
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.fill.evidence import evidence_planes
from translator.networks.two_stage import MULTIPLE, TwoStage
from translator.translation import Translation
from translator.weights import find_weights

VERSION = 1
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
        """Translate lazily: frames are made as the result is streamed. Outside the mask the luma is untouched."""
        header = replace(clip.header, channels=1, source=f"{clip.header.source} ({self.card.name})")
        return Translation(Clip(header, lambda: self._stream(clip, mask)))

    def _stream(self, clip: Clip, mask: Clip) -> Iterator[Frame]:
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
            yield from filled[emitted - start : end]
            emitted = start + end

    def _window(self, frames: Frames, mask: Mask) -> NDArray[np.uint8]:
        grey = to_grey(frames) if frames.ndim == 4 else frames.copy()
        if not mask.any():
            return grey
        rows, columns = (_around(mask.any(axis=(0, 2))), _around(mask.any(axis=(0, 1))))
        cut, hidden = grey[:, rows, columns], mask[:, rows, columns]
        height, width = cut.shape[1:]
        pad = ((0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE))
        planes = evidence_planes(np.pad(cut, pad, mode="edge"), np.pad(hidden, pad))
        busy = np.flatnonzero(hidden.any(axis=(1, 2)))
        batch = max(1, _BATCH_PIXELS // (height * width))
        for start in range(0, len(busy), batch):
            index = busy[start : start + batch]
            with torch.inference_mode():
                refined = self.network(torch.from_numpy(planes[index]).to(self.device)).refined
            made = refined[:, 0, :height, :width].clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy()
            cut[index] = np.where(hidden[index], made, cut[index])
        return grey


def load_generator(name_or_path: str = "small", device: str = "cpu") -> Generator:
    """Load a generator by shipped name or by the path of its .safetensors file."""
    return Generator(name_or_path, device)


def _around(hit: Any) -> slice:
    where = np.flatnonzero(hit)
    return slice(max(0, int(where[0]) - MARGIN), int(where[-1]) + MARGIN + 1)
