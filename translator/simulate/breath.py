"""Motion of organs that do not beat by themselves: the breath, and the pulse that passes through."""

import numpy as np

from translator.simulate.tissue import Motion, Plane


def breathing(
    rate: float, reach: tuple[float, float], pulse: float, rng: np.random.Generator, fps: float
) -> Motion:  # fmt: skip
    """Sliding by `reach` (x, y) [units] at `rate` breaths a minute, and a small pulse [units]."""
    turn = 2 * np.pi / 60 / fps
    phase, beat = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(55, 100)) * turn

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        # in and out are not alike: the second harmonic makes the rest at the end longer
        slide = np.sin(rate * turn * t + phase) + 0.25 * np.sin(2 * (rate * turn * t + phase))
        throb = pulse * max(0.0, float(np.sin(beat * t))) ** 2
        return (
            np.asarray(x + np.float32(reach[0] * slide), np.float32),
            np.asarray(y + np.float32(reach[1] * slide + throb), np.float32),
        )

    return motion


def still(t: float) -> float:
    """The slice stays where it is, the hand aside."""
    del t
    return 0.0
