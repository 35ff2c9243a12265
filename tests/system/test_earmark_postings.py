"""Postings of earmarks: balances are their sums, on the day of the earmark and on later ones."""

from random import Random
from typing import Any

import numpy as np
import pytest

from skontro.engine import (
    EARMARK,
    CommandKind,
    Commands,
    Engine,
    EventKind,
    cancel,
    close_day,
    complete,
    earmark,
    join,
    open_day,
    permit,
    release,
    submit,
    submit_linked,
    transfer_in,
)
from skontro.model import InputError, InvariantBroken, SettlementAccount, find_currency
from skontro.system.batch import OUTSIDE
from skontro.system.earmark_postings import named_earmarks
from skontro.system.order_columns import OrderColumns
from tests.draws import seeds
from tests.engine.days import as_batch, bic
from tests.engine.drawn_links import draw_case_with_links

TENGE = find_currency("KZT")


class Book:
    """An engine, the orders of its day, and the sums of postings."""

    def __init__(self, table: list[SettlementAccount]) -> None:
        self.engine = Engine(table)
        self.columns = OrderColumns()
        self.sums = self.engine.balances
        self.is_open = False

    def apply(self, commands: Commands) -> list[tuple[int, ...]]:
        """Subject, debit, credit and amount of each posting; the sums must be the balances."""
        if (commands.kind == int(CommandKind.OPEN_DAY)).any() and not self.is_open:
            self.columns = OrderColumns.from_bytes(OrderColumns(self.engine.orders).to_bytes())
        transfers, earmarks = self.engine.transfers, named_earmarks(self.engine, commands)
        events = self.engine.apply(commands).copy()
        for kind in events["kind"].tolist():
            self.is_open = kind == EventKind.DAY_OPENED or (
                self.is_open and kind != EventKind.DAY_CLOSED
            )
        self.columns.add(commands.take(commands.are_orders))
        postings = self.columns.postings(commands, events, transfers, earmarks)
        for posting in postings:
            for side, sign in (("debit", -1), ("credit", 1)):
                if posting[side] != OUTSIDE:
                    self.sums[posting[side]] += sign * posting["amount"]
        assert self.sums.tolist() == self.engine.balances.tolist()
        assert (postings["amount"] > 0).all()
        moved = events[np.isin(events["kind"], [6, 16, 20, 21, 22])]
        assert postings[["subject", "time"]].tolist() == moved[["order", "time"]].tolist()
        return [tuple(row) for row in postings[["subject", "debit", "credit", "amount"]].tolist()]


def book(*balances: int) -> Book:
    return Book([SettlementAccount(bic(n), TENGE, b) for n, b in enumerate(balances)])


@pytest.mark.parametrize("seed", seeds(range(14_000, 14_040)))
def test_balances_are_the_sums_of_postings(seed: int) -> None:
    case, random = draw_case_with_links(seed), Random(seed)
    kept, start = Book(case.table), 0
    kept.engine = Engine(case.table, case.rulebook)
    while start < len(case.commands):
        stop = min(start + random.choice([1, 2, 5]), len(case.commands))
        days = [CommandKind.OPEN_DAY, CommandKind.CLOSE_DAY]
        while any(c.kind in days for c in case.commands[start + 1 : stop]):
            stop -= 1
        noted = kept.engine.noted_legs["order"].tolist()
        while twice(case.commands[start:stop], noted):
            stop -= 1
        if start == stop:
            with pytest.raises(InputError, match="a batch earmarks one order at most once"):
                kept.apply(as_batch(case.commands[start : start + 1]))
            start += 1
            continue
        kept.apply(as_batch(case.commands[start:stop]))
        start = stop


def twice(commands: list[Any], noted: list[int]) -> bool:
    orders = [*noted, *(c.order for c in commands if c.kind == CommandKind.EARMARK)]
    return bool(commands) and len(orders) != len(set(orders))


def leg(amount: int) -> Commands:
    return submit_linked(1, 0, 1, amount, 2)


def test_legs_that_go_together_in_one_batch_or_several() -> None:
    one = book(100, 0, 0, 0)
    one.apply(open_day(0))
    one.apply(join([leg(1), leg(2), leg(4), leg(8)]))
    assert one.apply(join([earmark(2, 0, 2, 1), earmark(2, 1, 3)])) == [
        (0, 0, 2, 1),
        (1, 0, 3, 2),
    ]
    assert one.apply(earmark(3, 2, 3, 1)) == []
    assert one.engine.noted_legs.tolist() == [(2, 3)]
    assert one.apply(earmark(4, 3, 2)) == [(2, 0, 3, 4), (3, 0, 2, 8)]
    assert len(one.engine.noted_legs) == 0
    assert one.apply(join([complete(5, 0), release(5, 3)])) == [(0, 2, 1, 1), (3, 2, 0, 8)]


def test_each_way_of_an_earmark_within_a_batch_and_over_days() -> None:
    one = book(100, 0, 0, 0)
    one.apply(open_day(0))
    assert one.apply(join([leg(1), leg(2), leg(4), leg(8), leg(16)])) == []
    assert one.apply(join([earmark(2, 4, 3), earmark(2, 0, 2), complete(2, 0)])) == [
        (4, 0, 3, 16),
        (0, 0, 2, 1),
        (0, 2, 1, 1),
    ]
    assert one.apply(join([earmark(3, 1, 2), release(3, 1), permit(3, 2)])) == [
        (1, 0, 2, 2),
        (1, 2, 0, 2),
        (2, 0, 1, 4),
    ]
    assert one.apply(earmark(4, 3, 2)) == [(3, 0, 2, 8)]
    assert one.apply(close_day(5)) == []
    assert one.apply(join([complete(6, 3), earmark(6, 3, 2)])) == []
    one.apply(open_day(7))
    more = [submit([8], [0], [1], [5], [2]), transfer_in(8, 1, 9)]
    assert one.apply(join([*more, complete(8, 3), release(8, 4), release(8, 4)])) == [
        (5, 0, 1, 5),
        (0, OUTSIDE, 1, 9),
        (3, 2, 1, 8),
        (4, 3, 0, 16),
    ]
    assert one.engine.balances.tolist() == [100 - 1 - 4 - 8 - 5, 1 + 4 + 8 + 5 + 9, 0, 0]


def test_earmarks_that_commands_name() -> None:
    one = book(100, 0, 0, 0)
    one.apply(join([open_day(0), leg(1), leg(2), leg(4)]))
    assert len(named_earmarks(one.engine, join([]))) == 0
    assert len(named_earmarks(one.engine, join([cancel(1, 0), permit(1, 1)]))) == 0
    one.apply(earmark(2, 1, 2))
    commands = join([earmark(3, 2, 3), earmark(3, 1, 3), release(3, 0), complete(3, 7)])
    found = named_earmarks(one.engine, commands)
    assert found.tolist() == [(1, 2, 0, 1, 2, 2, 0), (2, 0, 0, 0, 3, 0, 0)]
    assert found.dtype == EARMARK
    again = join([earmark(4, 2, 2), complete(4, 2), earmark(4, 2, 2)])
    with pytest.raises(InputError, match="a batch earmarks one order at most once; send one"):
        named_earmarks(one.engine, again)
    assert one.engine.earmarks_of(np.array([-1, 0, 1, 2])).tolist() == [(1, 2, 0, 1, 2, 2, 0)]


def test_an_earmark_that_no_one_opened_stops() -> None:
    one = book(100, 0, 0)
    one.apply(join([open_day(0), leg(1), leg(3), earmark(2, 0, 2), earmark(2, 1, 2)]))
    commands = join([complete(3, 0), complete(3, 1)])
    known = one.engine.earmarks
    events = one.engine.apply(commands).copy()
    assert events["kind"].tolist() == [int(EventKind.COMPLETED)] * 2
    for earmarks, missing in ((known[:0], [0, 1]), (known[:1], [1]), (known[1:], [0])):
        with pytest.raises(InvariantBroken, match="an earmark ends that was opened") as broken:
            one.columns.postings(commands, events, 0, earmarks)
        assert broken.value.evidence == f"orders {missing}"
