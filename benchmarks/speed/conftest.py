"""Each benchmark carries the time of the reference workload, measured right before and after it by the same clock."""

from collections.abc import Iterator
from pkgutil import resolve_name

import cv2
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.speed.reference import REFERENCE, reference_seconds


@pytest.fixture(autouse=True)
def one_thread() -> None:
    cv2.setNumThreads(1)


@pytest.fixture(autouse=True)
def beside_the_reference(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    clock = resolve_name(str(request.config.getoption("benchmark_timer")))
    before = reference_seconds(clock)
    yield
    benchmark.extra_info[REFERENCE] = min(before, reference_seconds(clock))
