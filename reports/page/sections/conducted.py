"""How the trial was conducted: the flow of clips, and what departs from the frozen plan."""

from evalkit.analysis_plan import read_departures
from reports.figures.flow import flow_diagram
from reports.page.conduct import clip_flow, shown_departures
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.saved import flow_rows, saved
from reports.page.section import Section
from reports.page.view import View


def flow(view: View) -> Section | None:
    """What became of every clip (STARD, doi:10.1136/bmj.h5527)."""
    found = clip_flow(view.run, view.names)
    if found is None:
        return None
    body = rendered("sections/flow.html.j2", flow=found, diagram=flow_diagram(found))
    body += saved("flow.csv", flow_rows(found), "flow.json")
    return Section("flow", "What became of every clip", body)


def departures(view: View) -> Section | None:
    """Every field that is not as it was frozen, where the run was made under a frozen plan."""
    found = read_departures(view.run.folder)
    if found is None:
        return None
    under = shown_departures(found, view.names)
    body = rendered("sections/departures.html.j2", under=under)
    if under["total"]:
        rows = ((row["field"], row["frozen"], row["found"]) for row in under["departures"])
        counted = ((part, f"{count} differ", None) for part, count in under["counted"])
        download = csv_download("departures.csv", ("field", "frozen", "found"), [*rows, *counted], "departures.json")
        body += rendered("sections/saved.html.j2", download=download)
    return Section("departures", "Against the frozen plan", body)
