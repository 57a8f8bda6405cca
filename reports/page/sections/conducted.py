"""How the trial was conducted: the flow of clips, and what departs from the frozen plan."""

from reports.page.conduct import conduct
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View


def flow(view: View) -> Section | None:
    """What became of every clip (STARD, doi:10.1136/bmj.h5527)."""
    found = conduct(view.run, view.names)
    if not found["diagram"]:
        return None
    return Section("flow", "What became of every clip", rendered("sections/flow.html.j2", **found))


def departures(view: View) -> Section | None:
    """Every field that is not as it was frozen, where the run was made under a frozen plan."""
    under = conduct(view.run, view.names)["departures"]
    if under is None:
        return None
    return Section("departures", "Against the frozen plan", rendered("sections/departures.html.j2", under=under))
