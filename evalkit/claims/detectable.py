"""What a claim could show with so many subjects: the minimum detectable effect, told before the data are seen.

At a power of 0.8 and at alpha / m, the first and strictest step of Holm's in a family of m primary claims. Known for
the subject-weighted mean (evalkit.statistics.power_means), in units of the standard deviation of subjects' means, and
in the metric's own where the claim assumes one (`assumed_sd`).
"""

from typing import Any

from evalkit.records import Claim
from evalkit.statistics.power_means import detectable_distance, detectable_margin
from evalkit.statistics.t_interval import FEWEST

POWER = 0.8


def detectable_effect(claim: Claim, subjects: int, family_size: int) -> dict[str, Any]:
    """Of a claim on so many subjects, in a family of so many primary claims; what is not computed has a note."""
    alpha = claim.alpha / max(family_size, 1)
    told: dict[str, Any] = {"power": POWER, "alpha": alpha, "what": _what(claim), "in_sd": None, "effect": None}
    note = _why_not(claim, subjects)
    if note:
        return {**told, "note": f"not computed: {note}"}
    of_margin = claim.relation == "equivalent"
    in_sd = detectable_margin(subjects, 1.0, 0.0, alpha, POWER) if of_margin else detectable_distance(
        subjects, 1.0, alpha, POWER
    )  # fmt: skip
    if claim.assumed_sd is None:
        return {**told, "in_sd": in_sd, "note": "not computed: no SD was assumed"}
    return {**told, "in_sd": in_sd, "effect": in_sd * claim.assumed_sd, "note": ""}


def _what(claim: Claim) -> str:
    if claim.relation == "equivalent":
        return "smallest margin within which no difference at all would be shown"
    return "smallest distance of the true value beyond the claim's bound that would be shown"


def _why_not(claim: Claim, subjects: int) -> str:
    if claim.needs:
        return claim.needs
    if claim.statistic != "mean":
        return f"no formula for the statistic {claim.statistic}; simulate"
    return f"{subjects} subjects, an interval needs {FEWEST}" if subjects < FEWEST else ""
