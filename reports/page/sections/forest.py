"""The claims' estimates against their margins, as a figure."""

from reports.figures.forest import forest_plot
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

_WORDS = (
    "Dot: estimate; bar: interval of level 1 − 2 alpha; shaded: where the claim would be true; dashed: its margin."
    " Superior: better by more than the margin; equivalent: within it on both sides. Alpha is the risk, for each family"
    " of claims, of supporting a false one."
)


def section(view: View) -> Section | None:
    """The forest plot; none where no claim has an interval."""
    figure = forest_plot(view.claims, view.estimates, view.metrics)
    if not figure:
        return None
    found = [(claim, view.estimates[claim.id]) for claim in view.claims]
    columns = ("claim", "metric", "region", "arm", "against", "estimate", "low", "high", "margin", "reference")
    rows = ((c.id, c.metric, c.region, c.arm, c.against, e.value, e.low, e.high, c.margin, c.reference)
            for c, e in found)  # fmt: skip
    download = csv_download("forest.csv", columns, rows, "estimates.parquet")
    return Section("forest", "Estimates against their margins",
                   rendered("sections/figure.html.j2", plots=[(figure, _WORDS, download, "Forest plot")]))  # fmt: skip
