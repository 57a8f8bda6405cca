"""What can be watched while training goes on: losses as CSV, sample pictures, TensorBoard where it is wanted.

Beside the weights: NAME.losses.csv (a row every EVERY steps: the mean of each term since the last, and the
validation error where there is one) and NAME.samples.png (a row a sample: what is visible, prior, coarse,
refined, expected error, truth).
"""

import csv
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from translator.errors import bad_input
from translator.fill.evidence import PRIOR, VISIBLE
from translator.networks.two_stage import Output

EVERY = 50  # steps
SAMPLES = 6  # rows of the sample picture


class Diary:
    """Collects the loss terms of each step and writes them out now and then."""

    def __init__(self, folder: Path, name: str, first_step: int, tensorboard: bool) -> None:
        """A run that resumes at `first_step` > 0 keeps the rows up to there.

        Raises: InputError if TensorBoard is wanted and not installed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.losses, self.samples = folder / f"{name}.losses.csv", folder / f"{name}.samples.png"
        self.rows: list[dict[str, float]] = []
        if first_step and self.losses.is_file():
            with self.losses.open(encoding="utf-8", newline="") as file:
                kept = [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
            self.rows = [row for row in kept if row["step"] <= first_step]
        self.sums: dict[str, Tensor] = {}
        self.count = 0
        self.board: Any = None
        if tensorboard:
            if find_spec("tensorboard") is None:
                raise bad_input("tensorboard = true", "TensorBoard is not installed", "pip install tensorboard")
            from torch.utils.tensorboard import SummaryWriter

            self.board = SummaryWriter(str(folder / f"{name}.tensorboard"))

    def add(self, terms: Mapping[str, Tensor]) -> None:
        """Terms of one step."""
        for name, term in terms.items():
            # summed where it is: to fetch it would make a GPU wait in every step
            self.sums[name] = self.sums.get(name, torch.zeros(())) + term.detach().double()
        self.count += 1

    def write(self, step: int, validation: float | None) -> str:
        """Close a row at `step`; returns a short line for a progress bar."""
        row = {name: float(total) / self.count for name, total in self.sums.items()}
        total = sum(value for name, value in row.items() if name != "uncertainty")
        row = {"step": float(step), "total": total, **row}
        if validation is not None:
            row["validation"] = validation
        self.rows.append(row)
        self.sums, self.count = {}, 0
        columns = list(dict.fromkeys(key for kept in self.rows for key in kept))
        partial = self.losses.with_name(f".partial-{self.losses.name}")
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        partial.replace(self.losses)
        if self.board is not None:
            for name, value in row.items():
                self.board.add_scalar(name, value, step)
        shown = "" if validation is None else f", validation {validation:.2f} grey levels"
        return f"loss {row['total']:.4f}{shown}"

    def picture(self, planes: Tensor, made: Output, truth: Tensor) -> None:
        """Replace the sample picture by these samples."""
        strips = []
        for index in range(len(planes)):
            panels = [
                planes[index, VISIBLE], planes[index, PRIOR], made.coarse[index, 0], made.refined[index, 0],
                4 * made.spread[index, 0], truth[index, 0],
            ]  # fmt: skip
            strips.append(torch.cat([panel.float().cpu() for panel in panels], dim=1))
        picture = (torch.cat(strips).clamp(0, 1) * 255).round().numpy().astype(np.uint8)
        cv2.imwrite(str(self.samples), picture)
