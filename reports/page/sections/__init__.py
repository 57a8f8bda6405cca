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
    coverage,
    distributions,
    forest,
    means,
    methods,
    missing,
    provenance,
    strata,
    verdicts,
)
from reports.page.view import View

Build = Callable[[View], Section | None]
BEFORE_GALLERY: Final[tuple[Build, ...]] = (verdicts.section, forest.section, altered.section)
AFTER_GALLERY: Final[tuple[Build, ...]] = (
    distributions.section,
    means.section,
    agreement.section,
    coverage.section,
    strata.section,
    missing.section,
    methods.section,
    provenance.section,
)
