"""Can readers tell? Equivalence to chance with a margin, and discrimination on either side of it.

An accuracy or AUC far BELOW one half is discrimination too: such readers see a difference and name it wrongly. So
"not better than chance" is no finding; what can be shown is that the value lies within a margin of one half, fixed
before the data were seen, by TOST with MRMC variance (evalkit.readers.mrmc).
"""

from dataclasses import dataclass
from typing import Literal

from evalkit.readers.mrmc import p_within
from evalkit.statistics.result import Result

CHANCE = 0.5
Conclusion = Literal["equivalent to chance", "told apart", "told apart, named wrongly", "inconclusive", "not computed"]


@dataclass(frozen=True)
class AgainstChance:
    """One endpoint against one half. p_equivalent is TOST's, p_different two-sided."""

    endpoint: str
    modality: str
    margin: float
    alpha: float
    p_equivalent: float | None
    p_different: float | None
    conclusion: Conclusion
    sentence: str


def against_chance(endpoint: str, modality: str, found: Result, margin: float, alpha: float = 0.025) -> AgainstChance:
    """Judge a result whose interval has level 1 - 2 alpha.

    Raises: ValueError if the margin is not between 0 and one half.
    """
    if not 0 < margin < CHANCE:
        raise ValueError(f"a margin of {margin:g} about one half does not lie between 0 and 0.5")
    p = p_within(found, CHANCE - margin, CHANCE + margin)
    conclusion = _conclude(found, p, alpha)
    return AgainstChance(
        endpoint, modality, margin, alpha, p, found.p, conclusion, _sentence(endpoint, found, conclusion, margin)
    )


def _conclude(found: Result, p: float | None, alpha: float) -> Conclusion:
    if p is None or found.low is None or found.high is None:
        return "not computed"
    if p <= alpha:
        return "equivalent to chance"
    if found.low > CHANCE:
        return "told apart"
    return "told apart, named wrongly" if found.high < CHANCE else "inconclusive"


def _sentence(endpoint: str, found: Result, conclusion: Conclusion, margin: float) -> str:
    if found.value is None or found.low is None or found.high is None:
        return f"{endpoint}: {found.note}."
    shown = f"{endpoint} was {found.value:.3f} ({100 * found.level:g}% interval {found.low:.3f} to {found.high:.3f})"
    off = found.low > CHANCE or found.high < CHANCE
    said = {
        "equivalent to chance": f"within {margin:g} of chance" + (", though not at it" if off else ""),
        "told apart": "these readers can tell the two apart",
        "told apart, named wrongly": "these readers can tell the two apart, and mistake the one for the other",
        "inconclusive": f"neither within {margin:g} of chance nor away from it can be shown",
        "not computed": "nothing can be said",
    }[conclusion]
    return f"{shown}: {said}."
