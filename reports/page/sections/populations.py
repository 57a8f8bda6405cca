"""Sections about the clips as sets: distributions, unseen anatomies, what translation adds. All exploratory."""

from reports.page.distributions import distribution_tables
from reports.page.diversity import diversity_part
from reports.page.rendering import rendered
from reports.page.saved import diversity_rows, saved, set_rows, transfer_rows
from reports.page.section import Section
from reports.page.transfer import transfer_part
from reports.page.view import View


def sets(view: View) -> Section | None:
    """Whether an arm's clips are distributed like the real ones."""
    found = distribution_tables(view.run.distributions)
    body = rendered("sections/sets.html.j2", distributions=found)
    data = saved("sets.csv", set_rows(view.run.distributions), "distributions.json")
    return Section("sets", "As sets of clips (descriptive)", body + data) if found else None


def transfer(view: View) -> Section | None:
    """How metrics carry over to anatomies that a generator has not seen."""
    found = transfer_part(view.run, view.names, view.panels, view.metrics)
    if found is None:
        return None
    body = rendered("sections/transfer.html.j2", transfer=found)
    body += saved("transfer.csv", transfer_rows(found["rows"]), "transfer.json")
    return Section("transfer", "On unseen anatomies (exploratory)", body)


def diversity(view: View) -> Section | None:
    """What the translated clips add to the greyscale ones."""
    found = diversity_part(view.run, view.names)
    if found is None:
        return None
    body = rendered("sections/diversity.html.j2", diversity=found)
    body += saved("diversity.csv", diversity_rows(found["columns"]))
    return Section("diversity", "What translation adds to the set (exploratory)", body)
