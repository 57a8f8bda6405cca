"""Each benchmark carries the time of the reference workload that was measured right before it, by the same clock."""

from pkgutil import resolve_name

import cv2
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.speed.reference import REFERENCE, reference_seconds


@pytest.fixture(autouse=True)
def one_thread() -> None:
    cv2.setNumThreads(1)


@pytest.fixture(autouse=True)
def beside_the_reference(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> None:
    clock = resolve_name(str(request.config.getoption("benchmark_timer")))
    benchmark.extra_info[REFERENCE] = reference_seconds(clock)
