"""One plain sentence per verdict, about this generator on these data."""

from evalkit.claims.scale import scale_of
from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Outcome

OUTCOME_WORDS: dict[Outcome, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "inconclusive": "Inconclusive",
    "not_evaluable": "Not evaluable",
}
_JUDGED: dict[Outcome, str] = {
    "supported": "the data support the claim",
    "refuted": "the data contradict the claim",
    "inconclusive": "the data do not settle the claim either way",
    "not_evaluable": "the claim cannot be evaluated",
}


def plain_sentence(claim: Claim, estimate: Estimate, outcome: Outcome, metric: Metric | None) -> str:
    """What was found, in words and numbers that carry their unit; `metric` is None where the statistic is of none."""
    if estimate.value is None:
        return f"On these data {_JUDGED[outcome]}: {estimate.note.removeprefix('not computed: ')}."
    scale = scale_of(claim, metric)
    unit = "" if scale.unit == "1" else f" {scale.unit}"
    sign = "+" if claim.against and claim.about.table != "timings" else ""
    value = f"{estimate.value:{sign}.3f}{unit}"
    if estimate.low is None or estimate.high is None:
        spread = f" ({estimate.note})"
    else:
        spread = (
            f" ({round(100 * estimate.level, 4):g}% interval {estimate.low:{sign}.3f} to {estimate.high:{sign}.3f})"
        )
    better = f" {scale.better} is better;" if scale.better else ""
    return f"On {_counted(claim, estimate)}, {scale.words} was {value}{spread};{better} {_JUDGED[outcome]}."


def _counted(claim: Claim, estimate: Estimate) -> str:
    """What the estimate is of; in a reader study the cases are what is sampled beside the readers."""
    if claim.about.table == "readers":
        return f"{estimate.n_subjects} cases ({estimate.n_clips} scores)"
    text = f"{estimate.n_subjects} subject{'s' * (estimate.n_subjects != 1)} ({estimate.n_clips} clips)"
    gone = [f"{n} {word}" for n, word in ((estimate.n_failed, "failed"), (estimate.n_undefined, "have no value")) if n]
    return text + (f", {' and '.join(gone)}" if gone else "")
