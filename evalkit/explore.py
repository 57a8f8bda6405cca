"""What a run looks at beyond its claims: strata, and slopes on coverage. All of it is exploratory."""

from collections import defaultdict
from collections.abc import Sequence

from evalkit.plan import Plan, described, population_of
from evalkit.records import ClipFacts, Measurement, Slope, StratumEstimate
from evalkit.statistics.coverage import adjusted, estimate_slope
from evalkit.statistics.strata import estimate_strata, levels


def explore(
    plan: Plan, rows: Sequence[Measurement], clips: Sequence[ClipFacts]
) -> tuple[list[StratumEstimate], list[Slope]]:
    """Estimates on the strata that the study names, and the slope of every arm, metric and region."""
    study, metrics = plan.study, plan.declared
    facts = {clip.clip_id: clip for clip in clips}
    population, words = population_of(plan, {})
    chosen = [row for row in rows if row.clip_id in population]
    entries = [entry for entry in plan.manifest.entries if entry.clip_id in population]
    ids = [entry.clip_id for entry in entries]
    found = levels(study, [described(entry) for entry in entries], facts)
    placed = {column: dict(zip(ids, of_clips, strict=True)) for column, of_clips in found.items()}
    claimed = {claim.id: population_of(plan, claim.population) for claim in study.claims}
    arms = [arm.name for arm in plan.arms]
    strata = estimate_strata(study, arms, metrics, chosen, placed, claimed, words)
    grouped: dict[tuple[str, str], list[Measurement]] = defaultdict(list)
    for row in chosen:
        grouped[row.metric, row.region].append(row)
    coverage = {clip.clip_id: clip.coverage for clip in clips}
    slopes = [
        estimate_slope(arm, region, grouped[name, region], metric, words, coverage)
        for arm in arms
        for name, metric in metrics.items()
        for region in study.regions
        if region in metric.regions
    ]
    return strata, adjusted(slopes)
