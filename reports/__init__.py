"""Reports: pages made from a finished, sealed run, and from nothing else. Works without torch.

    write_report(run, path)    one self-contained HTML file

Errors: translator.InputError.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.page.write import write_report as write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    if name == "write_report":
        return import_module("reports.page.write").write_report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
