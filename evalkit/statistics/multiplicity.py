"""Several p at once: Holm within a family of primary endpoints, Benjamini-Hochberg for what is exploratory.

Holm bounds the chance of any false claim under any dependence (Holm 1979, jstor:4615733). Benjamini-Hochberg bounds
the expected share of false ones among those found, for independent or positively dependent tests (Benjamini and
Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x). Both are statsmodels'.
"""

from collections.abc import Mapping
from typing import Literal

from statsmodels.stats.multitest import multipletests


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Adjusted p by name. A test without p counts as p = 1 for the others: what was not computed helps none of them."""
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Adjusted p (q) by name. A test without p is not counted: nothing was tested there, so nothing can be found."""
    return {**dict.fromkeys(p_values), **_adjusted({k: p for k, p in p_values.items() if p is not None}, "fdr_bh")}


def _adjusted(p_values: Mapping[str, float | None], method: Literal["holm", "fdr_bh"]) -> dict[str, float | None]:
    if not p_values:
        return {}
    adjusted = multipletests([1.0 if p is None else p for p in p_values.values()], method=method)[1]
    both = zip(p_values.items(), adjusted, strict=True)
    return {name: None if p is None else float(q) for (name, p), q in both}
