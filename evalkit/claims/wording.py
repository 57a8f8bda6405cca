"""One plain sentence per verdict, about this generator on these data."""

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


def plain_sentence(claim: Claim, estimate: Estimate, outcome: Outcome, metric: Metric) -> str:
    """What was found, in words and numbers that carry their unit."""
    subjects = f"{estimate.n_subjects} subject{'s' * (estimate.n_subjects != 1)} ({estimate.n_clips} clips)"
    gone = [f"{n} {word}" for n, word in ((estimate.n_failed, "failed"), (estimate.n_undefined, "have no value")) if n]
    subjects += f", {' and '.join(gone)}," if gone else ""
    if estimate.value is None:
        return f"On these data {_JUDGED[outcome]}: {estimate.note.removeprefix('not computed: ')}."
    compared = f" minus {claim.against}" if claim.against else ""
    unit = "" if metric.unit == "1" else f" {metric.unit}"
    sign = "+" if claim.against else ""
    value = f"{estimate.value:{sign}.3f}{unit}"
    if estimate.low is None or estimate.high is None:
        spread = f" ({estimate.note})"
    else:
        spread = (
            f" ({round(100 * estimate.level, 4):g}% interval {estimate.low:{sign}.3f} to {estimate.high:{sign}.3f})"
        )
    return (
        f"On {subjects}, {metric.name} in the {claim.region} of {claim.arm}{compared} was {value}{spread}; "
        f"{metric.better} is better; {_JUDGED[outcome]}."
    )
