"""Faults that a generator can have, to be planted in good translations, from none to gross.

Each is a function of a scene (one clip: what is real, what a good generator made of it, what was hidden) and a
strength, to the frames that the faulty generator gives. Strength 0 is no fault. Where strength is a share, exactly that
share of all clips has the fault in full, the others not at all; the clips of a smaller share are among a larger one's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """One clip: uint8 (T, H, W) each, `hidden` bool (T, H, W).

    real: the greyscale truth; made: a good translation, which differs from `grey` in hidden pixels alone; grey: the
    luma of the colour Doppler clip; other: the good translation of another subject's clip; training: a clip that the
    generator was trained on. `draw` decides all that is random. `place`: the clip's place (0 to 1) in the order in
    which clips get a fault that a share of them has.
    """

    real: Frames
    made: Frames
    grey: Frames
    hidden: NDArray[np.bool_]
    other: Frames
    training: Frames
    draw: np.random.Generator
    place: float = 0.0

    def filled(self, values: NDArray[np.floating] | Frames) -> Frames:
        """The translation with these values in the hidden pixels."""
        rounded = np.clip(np.rint(np.asarray(values, np.float64)), 0, 255).astype(np.uint8)
        return np.where(self.hidden, rounded, self.made)


Plant = Callable[[Scene, float], Frames]


@dataclass(frozen=True)
class Fault:
    """A fault: what it is, its strengths from slight to gross, and in which unit they are."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    plant: Plant
    share: bool = False

    def planted(self, scene: Scene, strength: float) -> Frames:
        """The faulty translation; the good one at strength 0, or if this clip is not among the share that has it."""
        if strength == 0:
            return scene.made
        if not self.share:
            return self.plant(scene, strength)
        return self.plant(scene, 1.0) if scene.place < strength else scene.made


def blur(scene: Scene, sigma: float) -> Frames:
    """Gaussian blur of each frame."""
    return scene.filled(np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in scene.made]))


def smooth_speckle(scene: Scene, share: float) -> Frames:
    """Speckle is averaged away, edges stay: a bilateral filter, mixed in."""
    smooth = np.stack([cv2.bilateralFilter(frame, 7, 60, 3) for frame in scene.made])
    return scene.filled((1 - share) * scene.made.astype(float) + share * smooth)


def checkerboard(scene: Scene, levels: float) -> Frames:
    """Alternating pixels, as transposed convolutions leave."""
    rows, columns = np.indices(scene.made.shape[1:])
    return scene.filled(scene.made + levels * np.where((rows + columns) % 2, 1.0, -1.0))


def black_hole(scene: Scene, share: float) -> Frames:
    """Hidden pixels fade to black."""
    return scene.filled((1 - share) * scene.made.astype(float))


def residual_tint(scene: Scene, share: float) -> Frames:
    """Some of the colour's luma stays."""
    return scene.filled((1 - share) * scene.made.astype(float) + share * scene.grey)


def grey_conversion(scene: Scene, _: float) -> Frames:
    """The colour Doppler clip without its colour is passed off as a translation."""
    return scene.grey


def frozen_texture(scene: Scene, share: float) -> Frames:
    """The first frame's texture stands in hidden pixels while tissue moves."""
    return scene.filled((1 - share) * scene.made.astype(float) + share * scene.made[:1])


def flicker(scene: Scene, levels: float) -> Frames:
    """Each frame is brighter or darker by chance."""
    return scene.filled(scene.made + levels * scene.draw.standard_normal((len(scene.made), 1, 1)))


def dropped_frames(scene: Scene, count: float) -> Frames:
    """Frames are left out in the middle, and the last ones repeated to make up for them."""
    middle, lost, length = len(scene.made) // 2, int(count), len(scene.made)
    kept = [index for index in range(length) if not middle <= index < middle + lost]
    return scene.made[kept + [length - 1] * (length - len(kept))]


def repeated_frames(scene: Scene, count: float) -> Frames:
    """One frame stands for several."""
    order, middle = np.arange(len(scene.made)), len(scene.made) // 2
    order[middle : middle + int(count) + 1] = middle
    return scene.made[order]


def shift(scene: Scene, pixels: float) -> Frames:
    """The whole picture is shifted to the right."""
    return np.roll(scene.made, int(pixels), 2)


def gain(scene: Scene, factor: float) -> Frames:
    """Hidden pixels are brighter by a factor."""
    return scene.filled((1 + factor) * scene.made.astype(float))


def contrast(scene: Scene, exponent: float) -> Frames:
    """Hidden pixels under a gamma."""
    return scene.filled(255 * (scene.made / 255.0) ** (1 + exponent))


def altered_outside(scene: Scene, pixels: float) -> Frames:
    """So many pixels outside the mask are changed in each frame, by ten levels."""
    out = scene.made.copy()
    for frame, hidden in zip(out, scene.hidden, strict=True):
        places = scene.draw.choice(np.flatnonzero(~hidden), int(pixels), replace=False)
        frame.flat[places] = np.clip(frame.flat[places].astype(int) + 10, 0, 255)
    return out


def _disc(scene: Scene) -> NDArray[np.bool_]:
    """A disc in the middle of what is hidden, a third as wide: bool (T, H, W), the same in all frames."""
    often = scene.hidden.mean(0)
    row, column = ndimage.center_of_mass(often) if often.any() else (0, 0)
    radius = max(1.5, np.sqrt(scene.hidden.any(0).sum() / np.pi) / 3)
    rows, columns = np.indices(often.shape)
    return np.broadcast_to(np.hypot(rows - row, columns - column) <= radius, scene.hidden.shape)


def hallucinated(scene: Scene, levels: float) -> Frames:
    """A bright structure that is not there."""
    return scene.filled(scene.made + levels * _disc(scene))


def erased(scene: Scene, share: float) -> Frames:
    """Bright structures in what was hidden fade into what is around them."""
    around = np.stack([cv2.medianBlur(frame, 15) for frame in scene.made]).astype(float)
    bright = scene.made > around
    return scene.filled(np.where(bright, (1 - share) * scene.made + share * around, scene.made))


def another_patient(scene: Scene, _: float) -> Frames:
    """The translation of another subject's clip."""
    return scene.other


def memorised(scene: Scene, _: float) -> Frames:
    """Hidden pixels are those of a clip that the generator was trained on."""
    return scene.filled(scene.training)


def relabelled(scene: Scene, _: float) -> Frames:
    """The real clip, called a translation."""
    return scene.real


def by_heart(scene: Scene, _: float) -> Frames:
    """Hidden pixels as they really are, to within a little noise: the generator was fitted to the very clip."""
    return scene.filled(scene.real + scene.draw.standard_normal(scene.real.shape))


FAULTS = (
    Fault("blur", "sigma [px]", (0.4, 0.6, 1, 4), blur),
    Fault("over-smooth speckle", "share", (0.05, 0.1, 0.25, 1), smooth_speckle),
    Fault("checkerboard", "levels", (1, 2, 5, 15), checkerboard),
    Fault("black hole", "share", (0.01, 0.02, 0.05, 1), black_hole),
    Fault("residual tint", "share", (0.02, 0.05, 0.1, 0.5), residual_tint),
    Fault("grey conversion", "share of clips", (0.02, 0.05, 0.1, 0.25, 1), grey_conversion, share=True),
    Fault("frozen texture", "share", (0.05, 0.1, 0.25, 1), frozen_texture),
    Fault("flicker", "levels", (0.5, 1, 2, 12), flicker),
    Fault("dropped frames", "frames", (1, 2, 3), dropped_frames),
    Fault("repeated frame", "frames", (1, 2, 3), repeated_frames),
    Fault("shift", "pixels", (1, 2, 3), shift),
    Fault("gain", "factor", (0.005, 0.01, 0.02, 0.05, 0.4), gain),
    Fault("contrast", "exponent", (0.01, 0.02, 0.05, 0.1, 0.4), contrast),
    Fault("changed pixels outside the mask", "pixels", (1, 4, 16, 64), altered_outside),
    Fault("hallucinated structure", "levels", (1, 2, 5, 10, 80), hallucinated),
    Fault("erased structure", "share", (0.05, 0.1, 0.25, 1), erased),
    Fault("another patient's clip", "share of clips", (0.02, 0.05, 0.1, 0.25, 1), another_patient, share=True),
    Fault("memorised training clip", "share of clips", (0.02, 0.05, 0.1, 0.25, 1), memorised, share=True),
    Fault("real relabelled as synthetic", "share of clips", (0.02, 0.05, 0.1, 0.25, 1), relabelled, share=True),
    Fault("trained on the trial's clips, not said", "share of clips", (0.02, 0.05, 0.1, 0.25, 1), by_heart, share=True),
)
