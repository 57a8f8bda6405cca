"""Templates to HTML: autoescaped, undefined names are errors, and one script that the page's policy names."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from evalkit.records import Estimate
from reports.gallery.exhibit import is_stored
from reports.page.section import Section


def rendered(template: str, **context: Any) -> Markup:
    """A template of this package as HTML."""
    # the template escapes every value; what comes out is HTML
    return Markup(_environment().get_template(template).render(**context))  # noqa: S704


def whole_page(title: str, lead: Markup, sections: Iterable[Section]) -> str:
    """A page that needs nothing else: style and script stand in it, and its policy allows this one script only."""
    style, script = Markup(_text("page.css")), Markup(_text("page.js"))  # noqa: S704 - this package's own files
    context = {"title": title, "lead": lead, "sections": list(sections), "style": style, "script": script,
               "script_hash": script_hash(script)}  # fmt: skip
    return _environment().get_template("page.html.j2").render(**context)


def script_hash(script: str) -> str:
    """As a Content-Security-Policy names an inline script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _text(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reports", "templates"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=select_autoescape(default=True, default_for_string=True),
    )  # fmt: skip
    made.filters["number"] = number
    made.filters["share"] = _share
    made.filters["p"] = _p
    made.filters["ends"] = _ends
    made.tests["stored"] = is_stored
    return made


def number(value: float | None, digits: int = 3) -> str:
    """A value with so many decimals, or that there is none."""
    return "not computed" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "nothing was hidden" if value is None else f"{value:.1%}"


def _p(value: float | None) -> str:
    return "not computed" if value is None else "< 0.0001" if value < 1e-4 else f"{value:.4f}"


def _ends(estimate: Estimate, digits: int = 3) -> str:
    """The interval of an estimate, or nothing where it has none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"
