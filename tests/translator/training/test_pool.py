"""A pool reads several arrays as one."""

import numpy as np
import pytest

from translator.training.pool import Pool


def test_pairs_come_in_the_order_asked_for_whichever_part_holds_them() -> None:
    whole = np.arange(7, dtype=np.uint8).reshape(7, 1)
    pool = Pool([whole[:3], whole[3:3], whole[3:4], whole[4:]])
    assert len(pool) == 7
    assert pool.take(np.array([6, 3, 0, 2, 3])).ravel().tolist() == [6, 3, 0, 2, 3]


def test_an_empty_pool_has_no_pairs() -> None:
    assert len(Pool([])) == 0


def test_a_number_beyond_the_last_pair_is_an_error() -> None:
    with pytest.raises(IndexError):
        Pool([np.zeros((2, 1), np.uint8)]).take(np.array([2]))
