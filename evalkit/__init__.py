"""The trial: measure translations of ultrasound clips, estimate with intervals, decide on claims.

    read_study, freeze, run_study    a study (TOML), its frozen plan, and the run that follows it
    read_run                         a finished, sealed run
    decide                           claim and estimate to one of four verdicts

Works without torch; a generator comes in from outside as an arm. Errors: translator.InputError.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.claims.decide import decide as decide
    from evalkit.plan import freeze as freeze
    from evalkit.run import run_study as run_study
    from evalkit.seal import read_run as read_run
    from evalkit.study import read_study as read_study

_FACE = {
    "decide": "evalkit.claims.decide",
    "freeze": "evalkit.plan",
    "run_study": "evalkit.run",
    "read_run": "evalkit.seal",
    "read_study": "evalkit.study",
}
__all__ = ["decide", "freeze", "read_run", "read_study", "run_study"]


def __getattr__(name: str) -> Any:
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
