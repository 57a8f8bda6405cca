"""The metrics that a study can name: those of this package by name, any other as `module:object`."""

import difflib
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.metrics.change import CHANGE
from evalkit.metrics.declare import Metric, Running
from evalkit.metrics.frame_order import DROPPED_SHARE, MISALIGNED_SHARE, REPEATED_SHARE
from evalkit.metrics.frozen import FROZEN_SHARE
from evalkit.metrics.gcnr import GCNR, GCNR_ERROR
from evalkit.metrics.gmsd import GMSD
from evalkit.metrics.histogram import HISTOGRAM_JENSEN_SHANNON, HISTOGRAM_WASSERSTEIN
from evalkit.metrics.mae import MAE
from evalkit.metrics.motion import MOTION_ERROR
from evalkit.metrics.ms_ssim import MS_SSIM
from evalkit.metrics.nakagami import NAKAGAMI_LOG_MOMENTS, NAKAGAMI_MOMENTS
from evalkit.metrics.perceptual import LPIPS, LPIPS_MAP, STLPIPS, TLP
from evalkit.metrics.psnr import PSNR
from evalkit.metrics.rmse import RMSE
from evalkit.metrics.seam_contrast import SEAM_FLICKER, SEAM_VISIBILITY
from evalkit.metrics.sharpness import SHARPNESS
from evalkit.metrics.speckle import SPECKLE_SNR_ENVELOPE, SPECKLE_SNR_GREY, SPECKLE_STD
from evalkit.metrics.speckle_width import SPECKLE_WIDTHS
from evalkit.metrics.spectrum import SPECTRUM_DISTANCE
from evalkit.metrics.ssim import SSIM, SSIM_UNIFORM
from evalkit.metrics.temporal import TEMPORAL_ERROR
from evalkit.metrics.temporal_ssim import TEMPORAL_SSIM
from evalkit.metrics.vif import VIF
from evalkit.metrics.warping import WARPING_ERROR
from translator.artefacts import file_digest
from translator.errors import InputError, bad_input

_FIDELITY = (SSIM, SSIM_UNIFORM, MS_SSIM, MAE, RMSE, PSNR, GMSD, VIF, LPIPS, LPIPS_MAP, STLPIPS)
_TEXTURE = (
    SHARPNESS,
    SPECKLE_SNR_GREY,
    SPECKLE_SNR_ENVELOPE,
    SPECKLE_STD,
    NAKAGAMI_MOMENTS,
    NAKAGAMI_LOG_MOMENTS,
    *SPECKLE_WIDTHS,
    HISTOGRAM_WASSERSTEIN,
    HISTOGRAM_JENSEN_SHANNON,
    SPECTRUM_DISTANCE,
    GCNR,
    GCNR_ERROR,
)
_TIME = (
    TEMPORAL_ERROR,
    WARPING_ERROR,
    TLP,
    TEMPORAL_SSIM,
    MOTION_ERROR,
    FROZEN_SHARE,
    MISALIGNED_SHARE,
    DROPPED_SHARE,
    REPEATED_SHARE,
    SEAM_VISIBILITY,
    SEAM_FLICKER,
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in (*_FIDELITY, CHANGE, *_TEXTURE, *_TIME)}


def find_metric(name: str, where: str) -> Metric:
    """The metric of that name, or the one that `module:object` names.

    Raises: InputError with the nearest name if there is none, or saying what cannot be imported.
    """
    if name in METRICS:
        return METRICS[name]
    if ":" in name:
        return load_metric(name, where)
    profiles = [known for known in METRICS if known.startswith(f"{name}[")]
    near = profiles or difflib.get_close_matches(name, METRICS, 1, 0.3)
    raise bad_input(
        where,
        f"unknown metric {name!r}",
        f"Did you mean {near[0]}" if near else f"Known: {', '.join(METRICS)}; or give module:object",
    )


def described_metric(metric: Metric) -> dict[str, Any]:
    """What a metric declares, as JSON can hold it: all but how it is computed."""
    declared = {field.name: getattr(metric, field.name) for field in fields(metric) if field.name != "start"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in declared.items()}


def declared_metric(name: str, outside: Mapping[str, Mapping[str, Any]]) -> Metric:
    """A metric of a finished run, to be shown or judged by: of this package, or as `described_metric` told of it.

    The code of a metric from outside is not asked for, so what it has of it cannot be computed again.
    Raises: InputError if it is neither.
    """
    if name not in outside:
        return find_metric(name, "plan")
    told: dict[str, Any] = {}
    for key, value in outside[name].items():
        told[key] = tuple(value) if isinstance(value, list) else value
    return Metric(start=_cannot_start, **told)


def _cannot_start() -> Running:
    raise ValueError("a metric that was read from a run can be shown and judged by, and not computed")


def load_metric(spec: str, where: str) -> Metric:
    """Import `module:object`, a Metric; it is called by that in all tables, and its `origin` has the file's SHA-256.

    Raises: InputError if it cannot be imported or is no Metric.
    """
    module, _, attribute = spec.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: a user's module lies where the command is run
    try:
        made = getattr(import_module(module), attribute)
    except InputError:
        raise
    except Exception as error:  # a user's module can raise anything
        what = f"metric {spec!r} cannot be imported ({type(error).__name__}: {error})"
        raise bad_input(where, what, "Give module:object that Python can import from here") from None
    if not isinstance(made, Metric):
        what = f"metric {spec!r} is {type(made).__name__}, and no Metric"
        raise bad_input(where, what, "See CONTRIBUTING, 'A metric'")
    file = getattr(sys.modules[module], "__file__", None)
    declared = f"{made.name} of {module}" + (f" {file_digest(Path(file))}" if file else "")
    return replace(made, name=spec, origin=declared)
