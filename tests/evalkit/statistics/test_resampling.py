"""Bootstrap, jackknife and defaults against scipy, arch, and the definitions; what is degenerate has a reason."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.statistics import bootstrap as bootstrap_module
from evalkit.statistics.bootstrap import Kind, bootstrap, draws
from evalkit.statistics.classification import f1_of, of_codes
from evalkit.statistics.defaults import default_method, infer, t_on_subject_means
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.jackknife import jackknife
from evalkit.statistics.result import Estimand
from evalkit.statistics.statistic import OfRows, OfSums, Statistic, mean, slope
from evalkit.statistics.t_interval import interval, p_within, subject_mean

ESTIMANDS: tuple[Estimand, ...] = ("subject-weighted", "clip-weighted")
KINDS: tuple[Kind, ...] = ("percentile", "studentised")


def _table(n_subjects: int = 12, seed: int = 0, columns: int = 1) -> Grouped:
    """One to four clips a subject, more alike within a subject than between."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_subjects), rng.integers(1, 5, n_subjects))
    values = rng.normal(size=(columns, n_subjects))[:, codes] + 0.5 * rng.normal(size=(columns, len(codes)))
    return Grouped.of([f"s{code:03d}" for code in codes], *values)


def _one_clip_each(n: int = 30, seed: int = 1) -> Grouped:
    return Grouped.of([f"{i:03d}" for i in range(n)], np.random.default_rng(seed).gamma(2.0, size=n))


def _duplicated(rows: Grouped, times: int = 3) -> Grouped:
    return Grouped(np.repeat(rows.columns, times, axis=0), np.repeat(rows.subject, times), rows.n_subjects)


def test_grouped_rows_refuse_what_cannot_be_a_table() -> None:
    with pytest.raises(ValueError, match="2 subjects for 3 rows"):
        Grouped.of(["a", "b"], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="not finite"):
        Grouped.of(["a", "b"], [1.0, float("nan")])
    with pytest.raises(ValueError, match="at least one column"):
        Grouped.of(["a", "b"])


def test_estimands_differ_in_what_counts_once() -> None:
    rows = Grouped.of(["a", "a", "a", "b"], [1.0, 1.0, 1.0, 5.0])
    assert infer(rows, mean("subject-weighted")).value == pytest.approx(3.0)
    assert infer(rows, mean("clip-weighted")).value == pytest.approx(2.0)


def test_slope_is_that_of_least_squares() -> None:
    rows = _table(columns=2)
    found = jackknife(rows, slope())
    assert found.value == pytest.approx(stats.linregress(rows.columns[:, 0], rows.columns[:, 1]).slope, abs=1e-12)
    level = Grouped(np.column_stack([np.full(rows.n_clips, 1e6), rows.columns[:, 1]]), rows.subject, rows.n_subjects)
    assert jackknife(level, slope()).note == "not computed: the statistic does not exist on these rows"


def test_f1_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 2, (2, 60))
    rows = Grouped.of([f"{i // 3:02d}" for i in range(60)], truth, said)
    assert infer(rows, of_codes("F1", f1_of(1), 2, (1.0,)), n_resamples=199).value == pytest.approx(
        metrics.f1_score(truth, said), abs=1e-12
    )


def test_jackknife_of_a_subject_weighted_mean_is_the_t_interval() -> None:
    rows = _table()
    ours, student = jackknife(rows, mean(), bounds=(-0.5, 0.5)), t_on_subject_means(rows, bounds=(-0.5, 0.5))
    assert (ours.low, ours.high, ours.p) == pytest.approx((student.low, student.high, student.p), abs=1e-12)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_sums_and_rows_are_two_ways_to_the_same_statistic(estimand: Estimand) -> None:
    """The fast way against one call a resample, for values and for deleted subjects."""
    rows = _table(7, columns=2)
    slow = OfRows("slope", estimand, lambda c, w: float(np.polyfit(c[:, 0], c[:, 1], 1, w=np.sqrt(w))[0]))
    for method in (jackknife, lambda r, s: bootstrap(r, s, "studentised", 0.8, n_resamples=19)):
        fast, general = method(rows, slope(estimand)), method(rows, slow)
        assert (fast.low, fast.high) == pytest.approx((general.low, general.high), rel=1e-8)


def test_percentile_agrees_with_scipy_on_independent_rows() -> None:
    """Two Monte Carlo runs of 9,999: ends within 3 % of the standard error."""
    rows = _one_clip_each()
    ours = bootstrap(rows, mean(), "percentile")
    theirs = stats.bootstrap((rows.columns[:, 0],), np.mean, method="percentile", n_resamples=9999, rng=3)
    ends = theirs.confidence_interval
    assert ours.error is not None
    assert (ours.low, ours.high) == pytest.approx((ends.low, ends.high), abs=0.06 * ours.error)


@pytest.mark.slow
def test_studentised_agrees_with_arch_on_independent_rows() -> None:
    arch = pytest.importorskip("arch.bootstrap", reason="arch, a peer for development, is not installed")
    rows = _one_clip_each()
    peer = arch.IIDBootstrap(rows.columns[:, 0], seed=np.random.RandomState(4))
    low, high = peer.conf_int(
        lambda x: np.array([x.mean()]), 2000, method="studentized",
        std_err_func=lambda _, x: np.array([x.std(ddof=1) / np.sqrt(len(x))]),
    )[:, 0]  # fmt: skip
    ours = bootstrap(rows, mean(), "studentised", n_resamples=9999)
    assert ours.error is not None
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.15 * ours.error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statistic", [mean("clip-weighted"), mean()])
def test_bootstrap_is_the_same_however_it_is_cut_into_chunks(
    kind: Kind, statistic: Statistic, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _table()
    whole = bootstrap(rows, statistic, kind, n_resamples=499, seed=5)
    monkeypatch.setattr(bootstrap_module, "_AT_ONCE", 500)
    cut = bootstrap(rows, statistic, kind, n_resamples=499, seed=5)
    assert (cut.low, cut.high) == pytest.approx((whole.low, whole.high), abs=1e-12)
    assert bootstrap(rows, statistic, kind, n_resamples=499, seed=6).low != whole.low


def test_a_resample_draws_whole_subjects_and_memory_is_bounded() -> None:
    sizes = [(len(chunk), chunk.nbytes) for chunk in draws(1200, 5000, seed=0)]
    assert sum(many for many, _ in sizes) == 5000
    assert max(size for _, size in sizes) < 2**25
    assert all((chunk.sum(axis=1) == 7).all() for chunk in draws(7, 100, seed=0))


@pytest.mark.parametrize("kind", KINDS)
def test_p_counts_the_data_and_cannot_be_0(kind: Kind) -> None:
    found = bootstrap(_table(), mean(), kind, n_resamples=199, bounds=(-1e6, None))
    assert found.p == found.smallest_p == 1 / 200


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.floats(-2, 0), width=st.floats(0.1, 3))
def test_bootstrap_shows_equivalence_exactly_where_its_interval_lies_inside(
    kind: Kind, seed: int, low: float, width: float
) -> None:
    alpha, bounds = 0.05, (low, low + width)
    found = bootstrap(_table(9, seed), mean(), kind, 1 - 2 * alpha, bounds, n_resamples=199)
    assert found.low is not None
    assert found.high is not None
    assert found.p is not None
    assert (found.p <= alpha + 1e-9) == (found.low > bounds[0] and found.high < bounds[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_duplicating_clips_does_not_narrow_the_interval(kind: Kind, estimand: Estimand) -> None:
    rows = _table(10)
    once = bootstrap(rows, mean(estimand), kind, n_resamples=499)
    thrice = bootstrap(_duplicated(rows), mean(estimand), kind, n_resamples=499)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=1e-12)
    assert thrice.n_clips == 3 * once.n_clips


@pytest.mark.parametrize("kind", KINDS)
def test_swapping_arms_mirrors_the_interval(kind: Kind) -> None:
    rows = _table(10)
    mirrored = Grouped(-rows.columns, rows.subject, rows.n_subjects)
    ours, theirs = (bootstrap(r, mean("clip-weighted"), kind, n_resamples=499) for r in (rows, mirrored))
    assert ours.low is not None
    assert ours.high is not None
    assert (theirs.low, theirs.high) == pytest.approx((-ours.high, -ours.low), abs=1e-12)


METHODS: dict[str, Callable[[Grouped, Statistic], object]] = {
    "percentile": lambda r, s: bootstrap(r, s, "percentile", n_resamples=199),
    "studentised": lambda r, s: bootstrap(r, s, "studentised", n_resamples=199),
    "jackknife": jackknife,
    "default": infer,
}


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_inferred_is_undefined_with_its_reason(method: str) -> None:
    run = METHODS[method]
    one = run(Grouped.of(["a"] * 8, np.arange(8.0)), mean("clip-weighted"))
    flat = run(Grouped.of([f"{i}" for i in range(8)] * 2, np.full(16, 0.7)), mean("clip-weighted"))
    never = OfSums("nothing", "clip-weighted", lambda c: c, lambda s: np.full(s.shape[:-1], np.nan))
    none = run(_table(), never)
    notes = [getattr(found, "note", "") for found in (one, flat, none)]
    assert notes[0] == "not computed: 1 subject, an interval needs 6"
    assert notes[1] == "not computed: no variation between subjects"
    assert notes[2] == "not computed: the statistic does not exist on these rows"
    assert {getattr(found, "status", "") for found in (one, flat, none)} == {"undefined"}
    assert {getattr(found, "low", 0.0) for found in (one, flat, none)} == {None}


def test_too_few_resamples_and_too_many_undefined_ones_are_told() -> None:
    rows = _table()
    assert "too few for a level of 0.95" in bootstrap(rows, mean(), n_resamples=19).note
    marked = Grouped(np.column_stack([rows.columns, rows.subject == 0]), rows.subject, rows.n_subjects)

    def ratio(sums: Floats) -> Floats:
        return sums[..., 0] / sums[..., 1]  # exists only where subject 0 was drawn

    found = bootstrap(marked, OfSums("ratio", "clip-weighted", lambda c: c, ratio), n_resamples=199)
    assert "of 199 resamples the statistic does not exist" in found.note


@pytest.mark.parametrize(
    ("statistic", "n", "method"),
    [
        (mean(), 5, "none"), (mean(), 6, "t on subject means"), (mean(), 4000, "t on subject means"),
        (mean("clip-weighted"), 5, "none"), (mean("clip-weighted"), 6, "studentised"), (slope(), 39, "studentised"),
        (slope(), 40, "percentile"), (mean("clip-weighted"), 4000, "percentile"),
    ],
)  # fmt: skip
def test_there_is_one_default_by_design_and_number_of_subjects(statistic: Statistic, n: int, method: str) -> None:
    assert default_method(statistic, n) == method


def test_the_default_for_means_gives_the_bits_of_the_estimates_of_a_run() -> None:
    rows = _table(15)
    by_subject = {f"s{s:03d}": rows.columns[rows.subject == s, 0].tolist() for s in range(15)}
    run = subject_mean(by_subject)
    found = infer(rows, mean(), 0.9, (-0.4, 0.4))
    assert found.value == run.value
    assert (found.low, found.high) == interval(run, 0.9)
    assert found.p == p_within(run, -0.4, 0.4)
    assert (found.method, found.estimand) == ("t on subject means", "subject-weighted")


def test_rows_of_a_subject_share_the_weight_of_one_and_none_have_no_value() -> None:
    rows = _table(7)
    total = OfRows("weights", "subject-weighted", lambda _, weights: float(weights.sum())).on(rows)
    assert total.values(np.ones((1, 7))) == pytest.approx([7.0])
    assert np.isnan(total.values(np.zeros((1, 7)))).all()


def test_a_slope_keeps_its_digits_far_from_the_origin() -> None:
    x = 1e9 + np.arange(12.0)
    found = jackknife(Grouped.of([f"{i:02d}" for i in range(12)], x, 3e9 + 0.5 * np.arange(12.0)), slope())
    assert found.value == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fewest_resamples_for_a_level_give_the_extremes_of_them(kind: Kind) -> None:
    """39 for 95 %: p of 1 / 40 is the least, and 0.025."""
    found = bootstrap(_table(), mean(), kind, n_resamples=39)
    assert found.low is not None
    assert found.smallest_p is None
    assert bootstrap(_table(), mean(), kind, n_resamples=38).note == (
        "not computed: 38 resamples are too few for a level of 0.95"
    )


def test_resamples_without_the_statistic_are_counted_and_a_subject_that_it_needs_forbids_studentising() -> None:
    rows = _table()
    marked = Grouped(np.column_stack([rows.columns, rows.subject == 0]), rows.subject, rows.n_subjects)
    only = OfSums("ratio", "clip-weighted", lambda c: c, lambda s: s[..., 0] / s[..., 1])
    lost = sum(int((chunk[:, 0] == 0).sum()) for chunk in draws(12, 199, seed=0))
    assert bootstrap(marked, only, n_resamples=199).note == (
        f"not computed: in {lost} of 199 resamples the statistic does not exist"
    )
    needed = "not computed: the statistic does not exist without some subject"
    assert bootstrap(marked, only, "studentised", n_resamples=199).note == needed
    assert jackknife(marked, only).note == needed


@pytest.mark.parametrize("bounds", [(None, 0.3), (-0.2, None), (-0.2, 0.3)])
def test_one_sided_p_of_the_jackknife_of_a_mean_is_students(bounds: tuple[float | None, float | None]) -> None:
    rows = _table()
    expected = t_on_subject_means(rows, bounds=bounds).p
    assert jackknife(rows, mean(), bounds=bounds).p == pytest.approx(expected, abs=1e-12)


def test_totals_have_a_row_for_every_subject_also_for_one_without_clips() -> None:
    rows = Grouped(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 0]), 3)
    assert rows.totals(rows.columns).tolist() == [[4.0, 6.0], [0.0, 0.0], [0.0, 0.0]]
    assert rows.sizes().tolist() == [2.0, 0.0, 0.0]


def test_the_default_says_that_there_is_no_method_below_six_subjects_and_takes_the_resamples_asked_for() -> None:
    few = infer(_table(5), mean("clip-weighted"), 0.9)
    assert (few.method, few.level, few.n_subjects, few.low) == ("none", 0.9, 5, None)
    assert infer(_table(6), mean("clip-weighted"), n_resamples=199).n_resamples == 199
