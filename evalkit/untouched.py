"""Arms that alter what lies outside the mask, where there is nothing to translate.

A sign, and no verdict: a metric's mean over a region can be near perfect while a few pixels that were real are not any
more. Told where a study has the metric `change` in the region `unmasked`, as it has by default.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from evalkit.metrics.change import CHANGE
from evalkit.records import Measurement

REGION = "unmasked"


@dataclass(frozen=True)
class Altered:
    """One arm: in how many of its clips pixels outside the mask are not as they were given, and where the most.

    `worst` is the mean absolute change there in grey levels.
    """

    arm: str
    clips: int
    measured: int
    worst_clip: str
    worst: float

    @property
    def sentence(self) -> str:
        """What is to be told."""
        return (
            f"{self.arm} alters pixels outside its mask in {self.clips} of {self.measured} clips, most in "
            f"{self.worst_clip}: {self.worst:.2g} {CHANGE.unit} on average there"
        )


def altered(rows: Iterable[Measurement]) -> list[Altered]:
    """The arms that alter something outside the mask, by name; empty too where `change` there was not measured."""
    found = measured_by_arm(rows, CHANGE.name, REGION)
    return [told for arm, of_arm in found.items() if (told := _altered(arm, of_arm)) is not None]


def measured_by_arm(rows: Iterable[Measurement], metric: str, region: str) -> dict[str, list[Measurement]]:
    """Arm, in the order of names -> its rows of one metric in one region that have a value, in their own order."""
    found: dict[str, list[Measurement]] = defaultdict(list)
    for row in rows:
        if (row.metric, row.region) == (metric, region) and row.value is not None:
            found[row.arm].append(row)
    return {arm: found[arm] for arm in sorted(found)}


def _altered(arm: str, rows: list[Measurement]) -> Altered | None:
    hit = [row for row in rows if row.value]
    if not hit:
        return None
    worst = max(hit, key=lambda row: (row.value or 0.0, row.clip_id))
    return Altered(arm, len(hit), len(rows), worst.clip_id, worst.value or 0.0)
