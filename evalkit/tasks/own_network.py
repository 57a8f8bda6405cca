"""A user's network, TorchScript or ONNX, as a classifier: from a grey clip to the probability of each class."""

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.tasks.clip_inputs import even_frames
from evalkit.tasks.network_files import Run, load_network
from evalkit.tasks.view_options import OwnModel
from translator.clips.clip import Clip, Frames
from translator.errors import bad_input

SUM_WITHIN = 1e-3


class OwnNetwork:
    """Loads the file, and tries it on black frames, so that what does not fit is known at once."""

    def __init__(self, about: OwnModel) -> None:
        """Raises: InputError if the file cannot be loaded, or takes or gives another shape than was declared."""
        self.about = about
        self.run: Run = load_network(about.file, about.kind)
        self.ask(np.zeros((about.frames, *about.size), np.uint8))

    def probabilities(self, clip: Clip) -> dict[str, float]:
        """Class -> probability of one clip."""
        return self.ask(even_frames(clip, self.about.frames))

    def ask(self, frames: Frames) -> dict[str, float]:
        """Class -> probability of frames (F, H, W).

        Raises: InputError if the network fails on them or gives something else.
        """
        about, inputs = self.about, self._inputs(frames)
        try:
            found = np.asarray(self.run(inputs), np.float64)
        except Exception as error:  # a user's network can raise anything
            what = f"cannot be run on an input of shape {inputs.shape} ({type(error).__name__}: {str(error)[:200]})"
            raise bad_input(about.file.name, what, "Correct input, frames, size and channels") from None
        wanted = (len(inputs), len(about.classes))
        if found.shape != wanted or not np.isfinite(found).all():
            what = f"gives outputs of shape {found.shape}, {np.isfinite(found).mean():.0%} of them finite"
            raise bad_input(about.file.name, what, f"Give {wanted}: one number a class, {', '.join(about.classes)}")
        if about.output == "logits":
            powers = np.exp(found - found.max(axis=1, keepdims=True))
            found = powers / powers.sum(axis=1, keepdims=True)
        elif found.min() < 0 or np.abs(found.sum(axis=1) - 1).max() > SUM_WITHIN:
            what = f"gives rows that sum to {found.sum(axis=1)[0]:.4g} with a least value of {found.min():.4g}"
            raise bad_input(about.file.name, what, "Set output = 'logits', or give probabilities")
        return dict(zip(about.classes, found.mean(axis=0).tolist(), strict=True))

    def _inputs(self, frames: Frames) -> NDArray[np.float32]:
        about = self.about
        side = (about.size[1], about.size[0])
        scaled = np.stack([cv2.resize(frame, side, interpolation=cv2.INTER_AREA) for frame in frames])
        grey = ((scaled.astype(np.float32) / 255 - about.mean) / about.std)[:, None]
        of_frames = np.repeat(grey, about.channels, axis=1)  # (F, C, H, W)
        given = of_frames if about.input == "frames" else of_frames.transpose(1, 0, 2, 3)[None]
        return np.ascontiguousarray(given, np.float32)
