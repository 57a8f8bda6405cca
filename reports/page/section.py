"""A section of a page: the seam at which reports grow.

A section is a module in `reports/page/sections` with a function `section(view) -> Section | None`, named in
`__init__.py` there. It gives its own HTML, mostly by `rendered` from a template of its own in `templates/sections`; the
page's template knows none of them.
"""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Section:
    """`name` is the heading's id, unique on the page; `body` is HTML whose every text was escaped."""

    name: str
    title: str
    body: Markup
    tone: str = ""  # "warning" draws a bar beside it
