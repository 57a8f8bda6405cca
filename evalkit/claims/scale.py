"""What a claim's estimate is measured in, and which of its values are better."""

from dataclasses import dataclass

from evalkit.metrics.declare import Metric
from evalkit.records import Claim


@dataclass(frozen=True)
class Scale:
    """unit: "1" where there is none. better: in words, "" where it does not matter to the claim. words: the estimate's
    name in a sentence."""

    unit: str
    higher_is_better: bool | None
    better: str
    words: str


def scale_of(claim: Claim, metric: Metric | None) -> Scale:
    """The scale of a claim; `metric` is its own, None where its statistic is of none or the run does not have it."""
    about = claim.about
    words = about.words.format(metric=claim.metric, region=claim.region or "frame", arm=_arms(claim))
    if about.of_metric:
        if metric is None:
            return Scale("1", None, "", words)
        return Scale(metric.unit, metric.higher_is_better, metric.better, words)
    directed = claim.relation in ("superior", "noninferior") or about.table in ("translations", "timings")
    better = ("higher" if about.higher_is_better else "lower") if directed else ""
    return Scale(about.unit or "1", about.higher_is_better, better, words)


def _arms(claim: Claim) -> str:
    if claim.against is None:
        return claim.arm
    return f"{claim.arm} {'against' if claim.about.table == 'timings' else 'minus'} {claim.against}"
