"""Where each pixel of a translation comes from: this frame, other frames of the clip, or nowhere.

A hidden pixel is carried over where frames that are alike show it, and invented where none that was looked at does:
then what stands there is a guess from its surroundings, from unlike frames and from training.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame, Mask
from translator.errors import bad_input
from translator.translation import UNCERTAINTY_STEP

MEASURED, CARRIED_OVER, INVENTED = 0, 128, 255
MAJORITY = 0.5  # confidence of the phase prior from which a value is carried over: like frames show it


def origin_classes(mask: Mask, confidence: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Classes (..., H, W) from the mask (bool, True where hidden) and the phase prior's confidence (0..1).

    MEASURED: visible in this frame. CARRIED_OVER: hidden, and frames that are alike show the pixel (confidence of at
    least MAJORITY; see translator.fill.prior). INVENTED: hidden, and only unlike frames show it, or none.
    """
    hidden = np.where(confidence >= MAJORITY, np.uint8(CARRIED_OVER), np.uint8(INVENTED))
    return np.where(mask, hidden, np.uint8(MEASURED))


@dataclass(frozen=True)
class OriginCount:
    """Hidden pixels by origin, and the error that is expected in them; counts of several frames are added."""

    carried_over: int = 0
    invented: int = 0
    estimated: int = 0  # hidden pixels for which an error is expected
    error_steps: int = 0  # sum of those errors, in steps of UNCERTAINTY_STEP grey levels

    @classmethod
    def of(cls, classes: Frame, uncertainty: Frame | None, where: object) -> Self:
        """Count one frame: its classes (H, W) and, if there is one, its uncertainty (H, W).

        Raises: InputError, naming `where`, if a value of `classes` is no class.
        """
        count = np.bincount(classes.ravel(), minlength=256)
        known = (MEASURED, CARRIED_OVER, INVENTED)
        if count[list(known)].sum() != classes.size:
            other = next(value for value in np.flatnonzero(count).tolist() if value not in known)
            raise bad_input(
                f"{where}: evidence",
                f"has the value {other}",
                f"Give {MEASURED} (measured), {CARRIED_OVER} (carried over) or {INVENTED} (invented)",
            )
        carried_over, invented = int(count[CARRIED_OVER]), int(count[INVENTED])
        if uncertainty is None:
            return cls(carried_over, invented)
        steps = int(uncertainty[classes != MEASURED].sum(dtype=np.int64))
        return cls(carried_over, invented, carried_over + invented, steps)

    def __add__(self, other: "OriginCount") -> "OriginCount":
        """Both together."""
        return OriginCount(
            self.carried_over + other.carried_over,
            self.invented + other.invented,
            self.estimated + other.estimated,
            self.error_steps + other.error_steps,
        )

    @property
    def hidden(self) -> int:
        """Pixels that were hidden."""
        return self.carried_over + self.invented

    @property
    def carried_over_share(self) -> float | None:
        """Share of the hidden pixels that were carried over; None where none was hidden."""
        return self.carried_over / self.hidden if self.hidden else None

    @property
    def invented_share(self) -> float | None:
        """Share of the hidden pixels that were invented; None where none was hidden."""
        return self.invented / self.hidden if self.hidden else None

    @property
    def mean_uncertainty(self) -> float | None:
        """Mean expected absolute error of the hidden pixels [grey levels]; None where none was estimated."""
        return self.error_steps * UNCERTAINTY_STEP / self.estimated if self.estimated else None
