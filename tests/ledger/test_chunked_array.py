"""Records in blocks beside one plain array."""

import numpy as np
import pytest

from skontro.ledger.chunked_array import ChunkedArray, distinct, stable_order

PAIR = np.dtype([("one", np.int64), ("other", np.int32)])


def test_blocks_are_one_array_however_they_were_filled() -> None:
    random = np.random.default_rng(7)
    plain = np.zeros(300_000, PAIR)
    plain["one"], plain["other"] = random.integers(0, 9, 300_000), np.arange(300_000)
    blocks, first = ChunkedArray(PAIR), 0
    while first < len(plain):
        size = int(random.choice([1, 10, 65_536, 70_000, 140_000]))
        blocks.append(plain[first : first + size])
        first += size
    assert blocks.count == 300_000
    for first, last in ((0, 300_000), (65_530, 65_540), (65_536, 131_072), (7, 7), (9, 5)):
        assert (blocks.between(first, last) == plain[first:last]).all()
        assert len(blocks.between(first, last)) == len(plain[first:last])
    indices = random.integers(0, 300_000, 5_000)
    assert (blocks.take(indices) == plain[indices]).all()
    some = np.dtype([("other", np.int32)])
    taken = blocks.take_as(indices, some)
    assert taken.dtype == some
    assert (taken["other"] == plain["other"][indices]).all()
    assert blocks[65_536] == plain[65_536]
    values = random.integers(0, 100, 5_000)
    blocks.put(indices, values, "one")
    plain["one"][indices] = values
    assert (blocks.between(0, 400_000) == plain).all()
    blocks.put(np.array([5, 70_000, 5]), np.array([(1, 1), (2, 2), (3, 3)], PAIR))
    assert blocks[5]["one"] == 3
    assert blocks[70_000]["other"] == 2
    assert len(blocks.take(np.zeros(0, np.int64))) == 0


def test_what_was_dropped_can_still_be_read_until_more_is_dropped() -> None:
    blocks = ChunkedArray(np.int64, 10)
    blocks.append(np.arange(200_000))
    assert blocks[10] == 0
    blocks.drop_before(150_000)
    assert blocks[10] == 0
    assert blocks.base == 150_000
    assert blocks.between(0, 150_002).tolist() == [149_990, 149_991]
    blocks.drop_before(150_001)
    with pytest.raises(KeyError):
        blocks[10]
    assert blocks[150_001] == 149_991


def test_records_of_one_block_are_read_without_a_copy() -> None:
    blocks = ChunkedArray(np.int64)
    blocks.append(np.arange(10))
    assert np.shares_memory(blocks.between(2, 5), blocks.between(0, 10))
    assert blocks.between(2, 5).tolist() == [2, 3, 4]


@pytest.mark.parametrize("least", [-1, 0, 70_000])
@pytest.mark.parametrize("span", [0, 1, 65_535, 65_536, 100_000])
def test_accounts_are_sorted_and_equal_ones_stay_as_they_came(least: int, span: int) -> None:
    random = np.random.default_rng(span)
    accounts = random.integers(least, least + span + 1, 500).astype(np.int32)
    accounts[[3, 9, 70, 400]] = least, least + span, least, least + span
    wanted = sorted(range(500), key=lambda place: int(accounts[place]))
    assert stable_order(accounts).tolist() == wanted
    assert stable_order(accounts[:1]).tolist() == [0]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [([], []), ([7], [7]), ([1, 2, 9], [1, 2, 9]), ([1, 2, 2], [1, 2]), ([3, 1, 3, 2], [1, 2, 3])],
)
def test_indices_are_made_distinct(given: list[int], wanted: list[int]) -> None:
    indices = np.array(given, np.int64)
    assert distinct(indices).tolist() == wanted
    assert (distinct(indices) is indices) == (given == wanted)
