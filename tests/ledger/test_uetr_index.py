"""The index of UETRs beside a plain dictionary, while it grows, forgets and gives back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.ledger.uetr_index import NOT_FOUND, UetrIndex
from tests.ledger.uetrs import uetrs


class Plain:
    """What the index must do, said in the simplest way."""

    def __init__(self) -> None:
        self.index: dict[int, int] = {}
        self.base = 0

    def find(self, number: int) -> int:
        index = self.index.get(number, NOT_FOUND)
        return index if index >= self.base else NOT_FOUND

    def claim(self, numbers: list[int], first: int) -> bool:
        if len({*numbers}) < len(numbers) or any(self.find(n) != NOT_FOUND for n in numbers):
            return False
        self.index.update({number: first + i for i, number in enumerate(numbers)})
        return True


#: Orders of a claim; how many of the last are given back; how many are forgotten.
_STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 40), min_size=1, max_size=6),
        st.sampled_from([0, 0, 0, 3_000, 9_000]),
        st.booleans(),
        st.integers(0, 4_000),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(_STEPS)
def test_it_finds_what_a_dictionary_finds(steps: list[tuple[list[int], int, bool, int]]) -> None:
    index, plain = UetrIndex(), Plain()
    first, fresh = 0, 1_000
    for chosen, more, withdrawn, forgotten in steps:
        numbers = [*chosen, *range(fresh, fresh + more)]
        fresh += more
        assert index.next_index == first
        claimed = index.claim(uetrs(numbers))
        done = plain.claim(numbers, first)
        assert claimed == (range(first, first + len(numbers)) if done else None)
        if done and withdrawn:
            index.withdraw(uetrs(numbers))
            plain.index = {n: i for n, i in plain.index.items() if i < first}
        elif done:
            first += len(numbers)
        index.base = plain.base = min(first, plain.base + forgotten)
        asked = [*range(41), *range(1_000, fresh)]
        assert index.find(uetrs(asked)).tolist() == [plain.find(number) for number in asked]


@pytest.mark.long
def test_a_million_claims_of_any_size_are_all_found() -> None:
    index, first = UetrIndex(), 0
    sizes = [1, 1, 10_000, 3, 500_000, 1, 65_536, *[7] * 1_000, 400_000]
    for size in sizes:
        assert index.claim(uetrs(range(first, first + size))) == range(first, first + size)
        assert index.claim(uetrs([first + size + 1, first])) is None
        first += size
    everything = uetrs(range(first + 100))
    found = index.find(everything)
    np.testing.assert_array_equal(found[:first], np.arange(first))
    assert (found[first:] == NOT_FOUND).all()
    index.base = first - 5
    assert (index.find(everything)[: first - 5] == NOT_FOUND).all()


def test_a_table_that_forgets_does_not_grow() -> None:
    index, first = UetrIndex(), 0
    for _ in range(200):
        index.claim(uetrs(range(first, first + 1_000)))
        first += 1_000
        index.base = first - 2_000
    table, old = index._tables
    assert len(table.slots) + len(old.slots) <= 2 * 16_384
    assert len(table.rows) <= 16_384


def test_an_old_table_is_moved_in_steps_and_then_given_up() -> None:
    index, first = UetrIndex(), 0
    lengths = []
    while first < 60_000:
        assert index.claim(uetrs(list(range(first, first + 100))))
        first += 100
        lengths.append(len(index._tables[1].slots))
    assert index._used == first
    assert lengths[0] == lengths[-1] == 2
    olds = sorted({*lengths} - {2})
    assert olds == [4_096, 8_192, 16_384, 32_768, 65_536]
    # Each claim moves 512 UETRs, and 4 for each of its own; the first table had half its slots.
    had = [old // 2 // 100 * 100 for old in olds]
    assert [lengths.count(old) for old in olds] == [-(-one // (512 + 4 * 100)) for one in had]


def test_a_table_that_fills_up_before_the_old_one_is_moved_loses_nothing() -> None:
    """A table of a quarter of the old one's size, after most orders were forgotten."""
    index = UetrIndex()
    for first in range(0, 32_000, 100):
        assert index.claim(uetrs(list(range(first, first + 100))))
    index.base = 30_000
    assert index.claim(uetrs(list(range(32_000, 32_800))))
    assert [len(table.slots) for table in index._tables] == [16_384, 65_536]
    assert index.claim(uetrs(list(range(32_800, 39_800))))
    kept = list(range(30_000, 39_800))
    assert index.find(uetrs(kept)).tolist() == kept


def test_withdrawn_orders_give_their_indices_back_and_forgotten_ones_do_not() -> None:
    index = UetrIndex()
    assert index.claim(uetrs([7, 8, 9])) == range(3)
    index.withdraw(uetrs([8, 9]))
    assert index.next_index == 1
    assert index.find(uetrs([7, 8, 9])).tolist() == [0, NOT_FOUND, NOT_FOUND]
    assert index.claim(uetrs([9])) == range(1, 2)
    index.forget(uetrs([9]))
    assert index.next_index == 2
    assert index.claim(uetrs([9, 8])) == range(2, 4)


def test_indices_may_begin_anywhere() -> None:
    """As after a restart, where orders of earlier days are not remembered."""
    index, first = UetrIndex(), 10**15
    index.base = index.next_index = first
    assert index.claim(uetrs([1, 2])) == range(first, first + 2)
    assert index.claim(uetrs([3, 2])) is None
    assert index.find(uetrs([1, 2, 3])).tolist() == [first, first + 1, NOT_FOUND]
    for start in range(100, 10_000, 100):
        assert index.claim(uetrs(range(start, start + 100)))
    index.base += 1
    assert index.find(uetrs([1, 2, 9_999])).tolist() == [NOT_FOUND, first + 1, first + 9_901]


def test_indices_given_back_while_a_table_is_moved_are_claimed_by_others() -> None:
    index = UetrIndex()
    for first in range(0, 2_000, 100):
        index.claim(uetrs(range(first, first + 100)))
    index.claim(uetrs(range(2_000, 2_048)))
    assert len(index._tables[1].slots) == 2
    index.withdraw(uetrs(range(2_040, 2_048)))  # this needs a larger table
    assert len(index._tables[1].slots) == 4_096
    assert index.claim(uetrs(range(5_000, 5_008))) == range(2_040, 2_048)
    assert index.claim(uetrs(range(6_000, 6_500))) == range(2_048, 2_548)
    assert index.find(uetrs([2_039, 2_040, 2_047])).tolist() == [2_039, NOT_FOUND, NOT_FOUND]
    assert index.find(uetrs(range(5_000, 5_008))).tolist() == [*range(2_040, 2_048)]
    assert index.find(uetrs(range(2_040))).tolist() == [*range(2_040)]


def test_a_refused_claim_leaves_nothing_and_its_rows_serve_others() -> None:
    index = UetrIndex()
    assert index.claim(uetrs([1])) == range(1)
    assert index.claim(uetrs([2, 3, 1])) is None
    assert index.claim(uetrs([4, 4])) is None
    assert index.claim(uetrs([5, 3])) == range(1, 3)
    assert index.find(uetrs([1, 2, 3, 4, 5])).tolist() == [0, NOT_FOUND, 2, NOT_FOUND, 1]


def test_an_order_takes_32_bytes_at_most() -> None:
    """16 of them for its UETR, and two to four slots of 4 bytes."""
    index, first = UetrIndex(), 0
    while first < 100_000:
        assert index.claim(uetrs(range(first, first + 500)))
        first += 500
        if first > 10_000:
            table, old = index._tables
            assert 8 * first <= table.slots.nbytes <= 16.9 * first
            assert old.slots.nbytes <= 8.5 * first
