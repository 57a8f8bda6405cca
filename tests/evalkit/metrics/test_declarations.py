"""What every metric declares, as a table: values of runs are compared, bounded, coloured and gated by it.

A change here is a change of what a stored value means: raise the metric's version with it, and say so in the CHANGELOG.
"""

import pytest

from evalkit.metrics.declare import REGIONS, Metric
from evalkit.metrics.registry import METRICS

# signature: which way is better, bounds, what it needs, whether it is local and over time, where it exists
DECLARED = {
    "ssim[wang2004]|v1|1": ("higher", (-1, 1.0), "pair", "", "all"),
    "ssim[skimage-uniform7]|v1|1": ("higher", (-1, 1.0), "pair", "", "all"),
    "ms-ssim|v1|1": ("higher", (0, 1.0), "pair", "", "frame"),
    "mae|v1|grey levels": ("lower", (0, 255.0), "pair", "local", "all"),
    "rmse|v1|grey levels": ("lower", (0, 255.0), "pair", "local", "all"),
    "psnr|v1|dB": ("higher", (0, 100.0), "pair", "local", "all"),
    "gmsd|v1|1": ("lower", (0, 1.0), "pair", "", "all"),
    "vif[pixel]|v2|1": ("target 1", (0, 10.0), "pair", "", "frame"),
    "lpips[alex-v0.1]|v1|1": ("lower", (0, 10.0), "pair", "", "frame"),
    "lpips_map[alex-v0.1]|v1|1": ("lower", (0, 10.0), "pair", "", "all"),
    "stlpips[alex-vst0.0]|v1|1": ("lower", (0, 10.0), "pair", "", "frame"),
    "change|v1|grey levels": ("descriptive", (0, 255.0), "given", "local", "all"),
    "sharpness_ratio|v1|1": ("target 1", (0, 510.0), "pair", "local", "all"),
    "speckle_snr[grey]|v1|1": ("descriptive", (0, 510.0), "translation", "local", "all"),
    "speckle_snr[envelope-60db]|v1|1": ("descriptive", (0, 100.0), "translation", "local", "all"),
    "speckle_std[60db]|v1|dB": ("descriptive", (0, 30.03), "translation", "local", "all"),
    "nakagami_m[moments-60db]|v1|1": ("descriptive", (0, 3000.0), "translation", "local", "all"),
    "nakagami_m[log-moments-60db]|v1|1": ("descriptive", (0, 3000.0), "translation", "local", "all"),
    "speckle_width[axial]|v1|pixels": ("descriptive", (0, 22.0), "translation", "local", "all"),
    "speckle_width[lateral]|v1|pixels": ("descriptive", (0, 22.0), "translation", "local", "all"),
    "speckle_width[axial-mm]|v1|mm": ("descriptive", (0, 110.0), "translation", "local", "all"),
    "speckle_width[lateral-mm]|v1|mm": ("descriptive", (0, 110.0), "translation", "local", "all"),
    "histogram_distance[wasserstein]|v1|grey levels": ("lower", (0, 255.0), "pair", "local", "all"),
    "histogram_distance[jensen-shannon]|v1|1": ("lower", (0, 1.0), "pair", "local", "all"),
    "spectrum_distance|v1|dB": ("lower", (0, 83.005015744), "pair", "local", "all"),
    "gcnr|v1|1": ("descriptive", (0, 1.0), "translation", "", "all"),
    "gcnr_error|v1|1": ("lower", (0, 1.0), "pair", "", "all"),
    "temporal_error|v1|grey levels": ("lower", (0, 510.0), "pair", "local temporal", "all"),
    "warping_error|v1|1": ("lower", (0, 1.0), "pair", "temporal", "all"),
    "tlp[alex-v0.1]|v1|1": ("lower", (0, 10.0), "pair", "temporal", "frame"),
    "temporal_ssim[slices-wang2004]|v1|1": ("higher", (-1, 1.0), "pair", "temporal", "all"),
    "motion_error[dis]|v1|pixels": ("lower", (0, 16.0), "pair", "temporal", "all"),
    "frozen_share|v1|1": ("lower", (0, 1.0), "pair", "local temporal", "all"),
    "misaligned_share|v1|1": ("lower", (0, 1.0), "pair", "local temporal", "frame sector mask unmasked"),
    "dropped_share|v1|1": ("lower", (0, 1.0), "pair", "local temporal", "frame sector mask unmasked"),
    "repeated_share|v1|1": ("lower", (0, 1.0), "pair", "local temporal", "frame sector mask unmasked"),
    "seam_visibility|v1|1": ("target 1", (0, 510.0), "pair", "", "seam"),
    "seam_flicker|v1|grey levels": ("lower", (0, 1020.0), "pair", "temporal", "seam"),
}


def _way(metric: Metric) -> str:
    if metric.descriptive:
        return "descriptive"
    return metric.better if metric.target is None else f"target {metric.target:g}"


def test_the_table_has_every_metric_in_the_order_of_the_registry() -> None:
    assert [metric.signature for metric in METRICS.values()] == list(DECLARED)
    assert [metric.name for metric in METRICS.values()] == list(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_declared_as_the_table_says_and_has_a_summary(name: str) -> None:
    metric = METRICS[name]
    way, bounds, needs, flags, regions = DECLARED[metric.signature]
    assert _way(metric) == way
    assert metric.bounds == pytest.approx(bounds)
    assert metric.needs == needs
    assert {"local": metric.local, "temporal": metric.temporal} == {
        flag: flag in flags.split() for flag in ("local", "temporal")
    }
    assert metric.regions == (REGIONS if regions == "all" else tuple(regions.split()))
    assert metric.summary
    assert isinstance(metric.source, str)
    assert metric.origin == ""
