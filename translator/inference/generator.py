"""Run a trained two-stage generator over a clip, window by window, writing only inside the mask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from translator.clips.clip import Clip, Frames, Mask, to_grey
from translator.errors import bad_input
from translator.fill.evidence import CONFIDENCE, evidence_planes
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.fill.origins import origin_classes
from translator.inference.engines import open_engine
from translator.inference.inputs import as_clips
from translator.inference.tiles import predict, reach
from translator.networks.two_stage import MULTIPLE, TwoStage
from translator.translation import UNCERTAINTY_STEP, TracedFrame, Translation
from translator.weights import DEFAULT, find_weights

VERSION = 2
MARGIN = 24  # pixels of context around the mask
LONGEST, SHORTEST, OVERLAP = 64, 16, 8  # frames of a window, and those shared with the next
_WINDOW_BYTES = 768 << 20
_BATCH_PIXELS = 1 << 19


class Generator:
    """A two-stage generator with its card. Implements translator.translation.Translator."""

    def __init__(
        self, name_or_path: str = DEFAULT, engine: str = "torch", device: str = "cpu", threads: int | None = None
    ) -> None:
        """Load shipped or own weights; the hash is checked against the card. The engines: see engines.py.

        Raises: InputError if weights and card do not belong together or do not fit the preset, or the engine or
        device cannot be had.
        """
        path, self.card = find_weights(name_or_path)
        if self.card.evidence_version != EVIDENCE_VERSION:
            raise bad_input(
                path,
                f"needs evidence version {self.card.evidence_version}",
                f"This version has {EVIDENCE_VERSION}: train again",
            )
        network = TwoStage(self.card.design)
        try:
            network.load_state_dict(load_file(path))
        except (RuntimeError, SafetensorError) as error:
            raise bad_input(path, f"does not fit the design of its card ({error})", "Train again") from None
        self.network = network.eval()
        self.margin = reach(self.network)
        self.engine = open_engine(engine, self.network, self.card.weights_sha256, device, threads)

    @property
    def identity(self) -> dict[str, Any]:
        """What the output depends on besides the input."""
        return {
            "weights": self.card.weights_sha256,
            "spread_scale": self.card.spread_scale,
            "version": VERSION,
            **self.engine.identity,
        }

    def translate(self, clip: Clip | NDArray[np.uint8], mask: Clip | Mask | None = None) -> Translation:
        """Translate lazily: frames are made as the result is streamed. Outside the mask the luma is untouched.

        Arrays, and no mask, are taken too: see inputs.as_clips. `.clip.array()` is the result as uint8 (T, H, W).

        Evidence is about the windows that the generator looks at, of SHORTEST to LONGEST frames.
        """
        clip, mask = as_clips(clip, mask)
        header = replace(clip.header, channels=1, source=f"{clip.header.source} ({self.card.name})")
        return Translation.from_stream(header, lambda: self._stream(clip, mask), evidence=True, uncertainty=True)

    def _stream(self, clip: Clip, mask: Clip) -> Iterator[TracedFrame]:
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
            for parts in zip(*(part[emitted - start : end] for part in filled), strict=True):
                yield TracedFrame(*parts)
            emitted = start + end

    def _window(self, frames: Frames, mask: Mask) -> tuple[Frames, Frames, Frames]:
        """Pictures, evidence and uncertainty; each uint8 (T, H, W)."""
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
            made = predict(self.engine, planes[index], self.margin)
            cut[index] = np.where(hidden[index], to_levels(made.refined[:, 0, :height, :width]), cut[index])
            if made.spread is not None:
                expected = made.spread[:, 0, :height, :width] * (self.card.spread_scale / UNCERTAINTY_STEP)
                uncertainty[index, rows, columns] = np.where(hidden[index], to_levels(expected), np.uint8(0))
        return grey, evidence, uncertainty


def load(
    name_or_path: str = DEFAULT, engine: str = "auto", device: str = "cpu", threads: int | None = None
) -> Generator:
    """Load a generator by shipped name or by the path of its .safetensors file.

    engine: auto (the fastest here that keeps the picture within one grey level), torch, torch-bf16, openvino,
    openvino-bf16 or openvino-int8; device: cpu, cuda or cuda:NUMBER; threads: CPU threads of the network, by default
    torch's number. Raises: InputError as Generator does.
    """
    return Generator(name_or_path, engine, device, threads)


def to_levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values in 0..1, clipped, to the nearest grey level."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _around(hit: Any) -> slice:
    where = np.flatnonzero(hit)
    return slice(max(0, int(where[0]) - MARGIN), int(where[-1]) + MARGIN + 1)
