"""The verdicts: what was claimed, what held, and by how much."""

from evalkit.claims.scale import scale_of
from evalkit.claims.wording import OUTCOME_WORDS
from evalkit.records import Claim, Outcome
from evalkit.statistics.estimates import supported_range
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

_MARKS: dict[Outcome, str] = {"supported": "✓", "refuted": "✗", "inconclusive": "?", "not_evaluable": "–"}

_COLUMNS = ("claim", "verdict", "sentence", "estimate", "low", "high", "level", "relation", "margin", "reference",
            "p", "p_adjusted", "subjects", "clips")  # fmt: skip


def section(view: View) -> Section:
    """A row a claim, and how many came to what."""
    judged = [
        (claim, verdict, view.estimates[claim.id])
        for claim, verdict in zip(view.claims, view.run.verdicts, strict=True)
    ]
    rows = [
        {
            "claim": claim,
            "verdict": verdict,
            "estimate": estimate,
            "label": OUTCOME_WORDS[verdict.outcome],
            "mark": _MARKS[verdict.outcome],
            "unit": scale_of(claim, view.metrics.get(claim.metric)).unit.removeprefix("1"),
            "range": true_where(claim, view),
        }
        for claim, verdict, estimate in judged
    ]
    outcomes = [verdict.outcome for verdict in view.run.verdicts]
    tally = [(word, name, outcomes.count(name)) for name, word in OUTCOME_WORDS.items() if name in outcomes]
    table = (
        (c.id, v.outcome, c.sentence, e.value, e.low, e.high, e.level, c.relation, c.margin, c.reference, e.p,
         v.p_adjusted, e.n_subjects, e.n_clips)
        for c, v, e in judged
    )  # fmt: skip
    download = csv_download("verdicts.csv", _COLUMNS, table, "verdicts.json")
    html = rendered("sections/verdicts.html.j2", rows=rows, tally=tally, download=download)
    return Section("verdicts", "Verdicts", html)


def true_where(claim: Claim, view: View) -> str:
    """The open range in which a claim holds, in words; empty where nobody knows which values are better."""
    higher = scale_of(claim, view.metrics.get(claim.metric)).higher_is_better
    if higher is None and claim.relation in ("superior", "noninferior"):
        return ""
    ends = supported_range(claim, higher)
    low, high = (None if end is None else end + 0.0 for end in ends)  # -0 is 0
    if low is not None and high is not None:
        return f"between {low:g} and {high:g}"
    return f"above {low:g}" if low is not None else f"below {high:g}"
