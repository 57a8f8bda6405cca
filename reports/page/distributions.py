"""What the page shows of sets of clips: a table for each backbone that the study names."""

from collections.abc import Sequence
from typing import Any

from evalkit.backbones import BACKBONES
from evalkit.records import Distribution

_WORDS = {
    "kid": "KID",
    "fid": "FID",
    "fvd": "FVD",
    "frechet": "Frechet distance",
    "density": "density",
    "coverage": "coverage",
}


def distribution_tables(found: Sequence[Distribution]) -> list[dict[str, Any]]:
    """One table per backbone: figures of each arm against the real clips, and of real clips against other real ones."""
    return [
        {
            "backbone": one.backbone,
            "source": BACKBONES[one.backbone].source if one.backbone in BACKBONES else "",
            "device": one.device,
            "rows": [{"what": _WORDS.get(row.statistic, row.statistic), "estimate": row} for row in one.estimates],
        }
        for one in found
    ]
