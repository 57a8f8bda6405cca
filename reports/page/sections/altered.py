"""Warnings: where an arm altered what was not hidden from it, or knows what was."""

from evalkit.identical import identical
from evalkit.untouched import altered
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View


def section(view: View) -> Section | None:
    """What was altered, or nothing."""
    found = altered(view.run.measurements)
    if not found:
        return None
    return Section("altered", "Altered outside the mask", rendered("sections/altered.html.j2", found=found), "warning")


def known(view: View) -> Section | None:
    """Clips that are the real ones in all that was hidden, or nothing."""
    found = identical(view.run.measurements)
    if not found:
        return None
    return Section(
        "known", "Real pixels in what was hidden", rendered("sections/known.html.j2", found=found), "warning"
    )
