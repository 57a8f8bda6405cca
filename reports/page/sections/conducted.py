"""How the trial was conducted: the flow of clips, and what departs from the frozen plan."""

from evalkit.analysis_plan import read_departures
from reports.figures.flow import flow_diagram
from reports.page.conduct import clip_flow, shown_departures
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View


def flow(view: View) -> Section | None:
    """What became of every clip (STARD, doi:10.1136/bmj.h5527)."""
    found = clip_flow(view.run, view.names)
    if found is None:
        return None
    body = rendered("sections/flow.html.j2", flow=found, diagram=flow_diagram(found))
    return Section("flow", "What became of every clip", body)


def departures(view: View) -> Section | None:
    """Every field that is not as it was frozen, where the run was made under a frozen plan."""
    found = read_departures(view.run.folder)
    if found is None:
        return None
    under = shown_departures(found, view.names)
    return Section("departures", "Against the frozen plan", rendered("sections/departures.html.j2", under=under))
