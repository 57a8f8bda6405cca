"""Write measured figures into a model card.

    python -m benchmarks.generator.fidelity --root DATA --out FOLDER --arm cardiac=weights:cardiac --json > F.json
    python -m benchmarks.generator.card_figures translator/shipped/cardiac.card.json F.json --arm cardiac \
        --command "python -m benchmarks.generator.fidelity ..."

Takes the means of the arms, over all anatomies at each coverage and by anatomy at 10 %. Several --arm and several
files can go into one card; what benchmarks.generator.leave_one_out printed is taken, too, as weights called `without
ANATOMY`. What the card had before is replaced. Values that do not exist are left out.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.generator.leave_one_out import ARM
from benchmarks.generator.tables import MAIN
from translator.card import Figure, read_card, write_card

SHOWN = (
    ("ssim[wang2004]", "frame"),
    ("ssim[wang2004]", "mask"),
    ("mae", "mask"),
    ("mae", "unseen"),
    ("sharpness_ratio", "mask"),
)


def figures(records: Iterable[Mapping[str, Any]], arms: Iterable[str]) -> Iterator[Figure]:
    """The figures of these arms, and of the generator in records of leave_one_out."""
    wanted = set(arms)
    for record in records:
        left_out, by_anatomy = record.get("left_out"), record["population"].partition(", anatomy = ")[2]
        of = f"without {left_out}" if left_out and record["arm"] == ARM else record["arm"]
        ours = of in wanted or of.startswith("without ")
        shown = (record["metric"], record["region"]) in SHOWN and record["against"] is None
        if ours and shown and record["value"] is not None and (not by_anatomy or record["coverage"] == MAIN):
            yield Figure(
                of=of,
                anatomy=left_out or by_anatomy or "all held-out anatomies",
                coverage=record["coverage"],
                metric=record["metric"],
                region=record["region"],
                value=record["value"],
                low=record["low"],
                high=record["high"],
                subjects=record["n_subjects"],
                clips=record["n_clips"],
            )


def main() -> None:
    """Read, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("card", type=Path)
    parser.add_argument("records", type=Path, nargs="+", help="what --json printed")
    parser.add_argument("--arm", action="append", default=[])
    parser.add_argument("--command", required=True, help="how the records were made; goes into the card")
    asked = parser.parse_args()
    card = read_card(asked.card)
    found = [
        figure for path in asked.records for figure in figures(json.loads(path.read_text(encoding="utf-8")), asked.arm)
    ]
    changed = card.model_copy(update={"figures": found, "figures_command": asked.command})
    written = write_card(asked.card.with_name(asked.card.name.removesuffix(".card.json") + ".safetensors"), changed)
    print(f"{written}: {len(found)} figures")


if __name__ == "__main__":
    main()
