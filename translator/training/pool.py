"""Training pairs of many sources read as one array, without holding them in memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Pool:
    """Pairs of frames (N, 2, 1 + planes, H, W), uint8, in several arrays that are read as one."""

    def __init__(self, parts: Sequence[NDArray[np.uint8]]) -> None:
        """`parts` are arrays (n, 2, 1 + planes, H, W), such as memory-mapped files."""
        self.parts = list(parts)
        self.ends = np.cumsum([len(part) for part in self.parts])

    def __len__(self) -> int:
        """Number of pairs."""
        return int(self.ends[-1]) if self.parts else 0

    def take(self, index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pairs of these numbers, in their order: (len(index), 2, 1 + planes, H, W)."""
        part = np.searchsorted(self.ends, index, side="right")
        return np.stack([self.parts[p][i - self.ends[p]] for p, i in zip(part, index, strict=True)])
