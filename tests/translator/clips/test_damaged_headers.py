"""Bytes changed, lost or put in at random near the start of a good file: it is read, or it is bad input; no more."""

import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translator.clips.lying_files import good
from translator.clips.read import read_clip
from translator.errors import Fault, InputError

GOOD = good()
NEAR = 700  # bytes from the start, where the headers are
ENOUGH = 20  # frames; a header may announce any number

position = st.integers(0, NEAR)
damage = st.one_of(
    st.tuples(st.just("flip"), position, st.integers(1, 255)),
    st.tuples(st.just("lose"), position, st.integers(1, 40)),
    st.tuples(st.just("put"), position, st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("over"), position, st.sampled_from([b"\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x80\0"])),
    st.tuples(st.just("cut"), st.integers(0, 4000), st.just(0)),
)


def _damaged(data: bytes, how: str, at: int, by: int | bytes) -> bytes:
    at = min(at, len(data) - 1)
    if how == "cut":
        return data[:at]
    if isinstance(by, bytes):
        return data[:at] + by + data[at + len(by) * (how == "over") :]
    return data[:at] + data[at + by :] if how == "lose" else data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


@pytest.mark.parametrize("suffix", sorted(GOOD))
@settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(harm=st.lists(damage, min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_is_bad_input(suffix: str, harm: list[tuple[str, int, int | bytes]]) -> None:
    data = GOOD[suffix]
    for how, at, by in harm:
        data = _damaged(data, how, at, by) or b"\0"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(data)
        assert all(path.name in fault.where and fault.remedy for fault in _faults(path))


def _faults(path: Path) -> tuple[Fault, ...]:
    """The one fault of a file that is refused; none of one that is read."""
    try:
        for _ in islice(read_clip(path).frames(), ENOUGH):
            pass
    except InputError as error:
        return error.faults
    return ()
