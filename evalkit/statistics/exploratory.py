"""What is looked at beyond the claims: it is adjusted by Benjamini and Hochberg, and says that it is exploratory."""

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests


def false_discovery(p_values: Sequence[float | None]) -> list[float | None]:
    """p adjusted by Benjamini & Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x); None stays None and is not
    counted, as nothing was tested there."""
    known = [p for p in p_values if p is not None]
    if not known:
        return [None] * len(p_values)
    adjusted = iter(multipletests(known, method="fdr_bh")[1])
    return [None if p is None else float(next(adjusted)) for p in p_values]
