"""Rows of the measurement table grouped by subject: what every statistic and every resampling works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grouped:
    """Rows (one a clip) with their subject. columns: (clips, columns); subject: (clips,), codes 0 to n_subjects - 1."""

    columns: Floats
    subject: NDArray[np.intp]
    n_subjects: int

    @classmethod
    def of(cls, subjects: Sequence[str], *columns: ArrayLike) -> "Grouped":
        """Group columns, each (clips,), by the subject of each row; subjects are put into sorted order.

        Raises: ValueError for no column, columns of other lengths, or a value that is not finite.
        """
        names, codes = np.unique(np.asarray(subjects, dtype=str), return_inverse=True)
        if not columns:
            raise ValueError("a table needs at least one column of values")
        table = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
        if len(table) != len(codes):
            raise ValueError(f"{len(codes)} subjects for {len(table)} rows: give the subject of each row")
        if not np.isfinite(table).all():
            raise ValueError("a value is not finite: leave undefined rows out, and count them")
        return cls(table, codes.astype(np.intp), len(names))

    @property
    def n_clips(self) -> int:
        """Number of rows."""
        return len(self.subject)

    def sizes(self) -> Floats:
        """Clips of each subject: (subjects,)."""
        return np.bincount(self.subject, minlength=self.n_subjects).astype(np.float64)

    def totals(self, rows: Floats) -> Floats:
        """Sums within subjects: (clips, k) to (subjects, k)."""
        sums = [np.bincount(self.subject, rows[:, k], self.n_subjects) for k in range(rows.shape[1])]
        return np.column_stack(sums)
