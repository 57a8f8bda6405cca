"""10,000 resamples of a mean over 8,368 clips of 1,200 subjects, against scipy and arch; the ratio is in brackets.

The peers resample subjects through each subject's sum and number of clips, as they know no clusters: given the clips
themselves they would need as many draws again as there are clips.
"""

from typing import NamedTuple

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from scipy import stats

from evalkit.statistics.bootstrap import bootstrap
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.statistic import mean

GROUP = "10,000 resamples of a clip-weighted mean, 8,368 clips of 1,200 subjects"
RESAMPLES, SUBJECTS, CLIPS = 10_000, 1_200, 8_368


class Data(NamedTuple):
    rows: Grouped
    sums: Floats
    sizes: Floats


@pytest.fixture(scope="module")
def data() -> Data:
    rng = np.random.default_rng(0)
    code = np.concatenate([np.arange(SUBJECTS), rng.integers(0, SUBJECTS, CLIPS - SUBJECTS)])
    rows = Grouped((rng.normal(size=SUBJECTS)[code] + rng.normal(size=CLIPS))[:, None], code, SUBJECTS)
    return Data(rows, rows.totals(rows.columns)[:, 0], rows.sizes())


@pytest.mark.benchmark(group=GROUP, min_rounds=3)
def test_sonoproof(benchmark: BenchmarkFixture, data: Data) -> None:
    found = benchmark(bootstrap, data.rows, mean("clip-weighted"), n_resamples=RESAMPLES)
    assert found.low < found.high


@pytest.mark.benchmark(group=GROUP, min_rounds=3)
def test_scipy(benchmark: BenchmarkFixture, data: Data) -> None:
    def ratio(sums: Floats, sizes: Floats, axis: int) -> Floats:
        means: Floats = sums.sum(axis=axis) / sizes.sum(axis=axis)
        return means

    found = benchmark(
        stats.bootstrap, (data.sums, data.sizes), ratio, paired=True, vectorized=True, method="percentile",
        n_resamples=RESAMPLES, batch=500, rng=0,
    )  # fmt: skip
    assert found.confidence_interval.low < found.confidence_interval.high


@pytest.mark.benchmark(group=GROUP, min_rounds=3)
def test_arch(benchmark: BenchmarkFixture, data: Data) -> None:
    arch = pytest.importorskip("arch.bootstrap", reason="arch is not installed: it is a peer for this benchmark alone")

    def interval() -> Floats:
        peer = arch.IIDBootstrap(data.sums, data.sizes, seed=np.random.RandomState(0))
        ends: Floats = peer.conf_int(lambda sums, sizes: sums.sum() / sizes.sum(), RESAMPLES, method="percentile")
        return ends

    low, high = benchmark(interval)
    assert low[0] < high[0]
