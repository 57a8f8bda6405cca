"""Non-inferiority: is one arm worse than the other by less than a margin that was fixed beforehand?

Design and assumptions: those of evalkit.statistics.paired. The null is that it is worse by the margin or more; one
side is tested, and the interval of level 1 - 2 alpha shows the same on its worse end.
Source: ICH E9 1998; Piaggio et al. 2012 (CONSORT), doi:10.1001/jama.2012.87802.
"""

from evalkit.statistics.defaults import t_on_subject_means
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.result import Result


def noninferiority(differences: Grouped, margin: float, higher_is_better: bool, alpha: float = 0.025) -> Result:
    """Mean of new minus old, its interval of level 1 - 2 alpha, and p of "worse by `margin` (above 0) or more".

    Raises: ValueError if the margin is not above 0.
    """
    if margin <= 0:
        raise ValueError(f"a margin of {margin:g} is not above 0")
    bounds = (-margin, None) if higher_is_better else (None, margin)
    return t_on_subject_means(differences, 1 - 2 * alpha, bounds)
