"""What every section of a report looks at: a run under pseudonyms, and what several sections derive from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import declared_metric
from evalkit.pseudonyms import Pseudonyms
from evalkit.records import Claim, Estimate, Measurement
from evalkit.seal import Run
from reports.page.naming import renamed

_PANELS = 3
Panel = tuple[str, str]  # metric, region


@dataclass(frozen=True)
class View:
    """A run as a report may show it. `run` is already renamed; `names` renames what is read from files later."""

    run: Run
    names: Pseudonyms
    real_ids: bool = False

    @classmethod
    def of(cls, run: Run, names: Pseudonyms, real_ids: bool = False) -> "View":
        """The view of a sealed run."""
        return cls(renamed(run, names), names, real_ids)

    @cached_property
    def study(self) -> Mapping[str, Any]:
        """The study, as frozen."""
        study: Mapping[str, Any] = self.run.plan["study"]
        return study

    @cached_property
    def claims(self) -> list[Claim]:
        """In the study's order, as the verdicts are."""
        return [Claim(**claim) for claim in self.study["claims"]]

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """By id; a claim's has the claim's id."""
        return {estimate.id: estimate for estimate in self.run.estimates}

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Metrics, and what tasks declare, by name."""
        plan = self.run.plan
        of_tasks = plan.get("task_outputs", {})
        outside = {**plan.get("metrics_from_outside", {}), **of_tasks}
        return {name: declared_metric(name, outside) for name in (*self.study["metrics"], *of_tasks)}

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of each metric; "1" is none."""
        return {name: metric.unit for name, metric in self.metrics.items()}

    @cached_property
    def arms(self) -> list[str]:
        """In the study's order."""
        return [arm["name"] for arm in self.study["arms"]]

    @cached_property
    def population(self) -> list[Measurement]:
        """Rows of the clips that the statistics are about."""
        wanted = self.study["population"]
        clips = {c["clip_id"] for c in self.run.plan["clips"] if all(c[k] == value for k, value in wanted.items())}
        return [row for row in self.run.measurements if row.clip_id in clips]

    @cached_property
    def by_panel(self) -> dict[Panel, list[Measurement]]:
        """Rows of the population by metric and region."""
        grouped: dict[Panel, list[Measurement]] = defaultdict(list)
        for row in self.population:
            grouped[row.metric, row.region].append(row)
        return dict(grouped)

    @cached_property
    def panels(self) -> list[Panel]:
        """What the claims are about first, then the mask; at most three, and none that no clip has a value of."""
        return main_panels(self.study, self.population)

    def digits(self, metric: str) -> int:
        """Decimals that a value of the metric is shown with."""
        return 3 if self.units[metric] == "1" else 2


def main_panels(study: Mapping[str, Any], rows: Sequence[Measurement]) -> list[Panel]:
    """The few metrics and regions that figures with little room show."""
    there = {(row.metric, row.region) for row in rows if row.value is not None}
    claimed = [(claim["metric"], claim["region"]) for claim in study["claims"]]
    wanted = [panel for panel in claimed if panel in there]  # a claim can be of no metric, or of one not measured
    wanted += [
        (metric, region)
        for region in ("mask", "frame", *study["regions"])
        for metric in study["metrics"]
        if region in study["regions"]
    ]
    unique = list(dict.fromkeys(wanted))
    return ([panel for panel in unique if panel in there] or unique)[:_PANELS]
