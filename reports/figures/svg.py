"""Matplotlib figures as inline SVG that is the same for the same data, and takes its text colour from the page."""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, FAINT = "#123456", "#765432"  # stand-ins that the page's own colours replace
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe-Ito


@contextmanager
def drawn(width: float, height: float, columns: int = 1, rows: int = 1) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure [inches] and its axes, row by row, in the house's plain style."""
    style: dict[Any, Any] = {
        "svg.hashsalt": "sonoproof", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10,
        "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.edgecolor": FAINT, "axes.spines.top": False, "axes.spines.right": False,
        "axes.titlesize": 10, "axes.titleweight": "bold", "text.parse_math": False,  # names can hold a dollar sign
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def to_svg(figure: Figure, title: str) -> str:
    """The SVG element, transparent, with an accessible title."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor").replace(FAINT, "var(--faint)")
    # a fixed size in points would not shrink on a phone
    text = re.sub(r'<svg height="[^"]*"', "<svg", re.sub(r' width="[\d.]+pt"', "", text, count=1), count=1)
    # ids are unique on the page, whatever figures stand beside each other
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = re.sub(r'(\sid="|xlink:href="#|url\(#)([^")]+)', rf"\g<1>\g<2>-{mark}", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{_escape(title)}"', 1)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
