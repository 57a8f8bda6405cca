"""Which clips are painted with colour, how, and for which translators, as asked for on the command line."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CLIPS = Path(__file__).parents[1] / "real_clips.csv"


@dataclass(frozen=True)
class Asked:
    """What is painted: at most `frames` frames, scaled down to `height` rows, from a seed."""

    seed: int = 42
    frames: int = 64
    height: int = 256


def clip_arguments(
    parser: ArgumentParser,
    coverage: float | Sequence[float],
    *,
    weights: str | None = None,
    clips: str | None = "manifest; its rows of split test are taken",
) -> None:
    """Options for clips and translators. `coverage` is the default; where that is several, several can be given.

    `weights` is the help of `--weights`, a folder that is asked for in place of arms; `clips` that of `--clips`.
    """
    parser.add_argument("--root", type=Path, required=True, help="folder that real_clips.csv counts from")
    parser.add_argument("--out", type=Path, required=True)
    if weights is None:
        parser.add_argument("--arm", action="append", default=[], metavar="NAME=SPEC")
    else:
        parser.add_argument("--weights", type=Path, required=True, help=weights)
    parser.add_argument("--clips", type=Path, default=CLIPS, help=clips)
    several = "+" if isinstance(coverage, Sequence) else None
    parser.add_argument("--coverage", type=float, nargs=several, default=coverage)
    parser.add_argument("--frames", type=int, default=Asked.frames)
    parser.add_argument("--height", type=int, default=Asked.height)


def json_argument(parser: ArgumentParser) -> None:
    """The option for estimates in place of tables, last where there are others."""
    parser.add_argument("--json", action="store_true", help="print every estimate instead of tables")
