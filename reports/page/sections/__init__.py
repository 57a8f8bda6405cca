"""The sections of a run's report, in the order in which they are read.

To add one: a module here with `section(view) -> Section | None`, and its name below. The gallery alone is also told how
many bytes the others leave it, and so is made last.
"""

from collections.abc import Callable
from typing import Final

from reports.page.section import Section
from reports.page.sections import (
    agreement,
    altered,
    conducted,
    coverage,
    distributions,
    fitted,
    forest,
    means,
    methods,
    missing,
    populations,
    provenance,
    strata,
    verdicts,
)
from reports.page.view import View

Build = Callable[[View], Section | None]
BEFORE_GALLERY: Final[tuple[Build, ...]] = (verdicts.section, forest.section, altered.section, altered.known)
AFTER_GALLERY: Final[tuple[Build, ...]] = (
    distributions.section,
    means.section,
    agreement.section,
    fitted.classification,
    fitted.segmentation,
    fitted.discriminability,
    coverage.section,
    populations.transfer,
    strata.section,
    populations.sets,
    fitted.privacy,
    populations.diversity,
    conducted.flow,
    missing.section,
    conducted.departures,
    methods.section,
    provenance.section,
)
