"""Stores that begin small and grow, beside plain lists: at the sizes where they grow, and after."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from skontro.engine import (
    EARMARK,
    EVENT,
    NO_COMMANDS,
    CommandKind,
    EventKind,
    from_records,
    to_records,
)
from skontro.model import InvariantBroken
from skontro.system.batch import OUTSIDE, Records
from skontro.system.counterlegs import Counterlegs
from skontro.system.order_columns import OrderColumns
from skontro.system.warehouse import Warehouse
from tests.command_rows import command_rows
from tests.system.test_settlement_system import RULES

#: No earmark is of these orders.
NO_EARMARKS = np.zeros(0, EARMARK)


def order_rows(count: int, draw: random.Random, kind: CommandKind = CommandKind.SUBMIT) -> Records:
    rows = command_rows(count, kind, 0)
    for row in rows:
        row["payer"], row["payee"] = draw.sample(range(6), 2)
        row["amount"], row["value_date"] = draw.randint(1, 10**15), draw.randint(1, 9)
        row["uetr"] = np.void(draw.randbytes(16))
    return rows


_ROWS = order_rows(1_025, random.Random(3))


def settled(numbers: Sequence[int], kind: EventKind = EventKind.SETTLED) -> Records:
    events = np.zeros(len(numbers), EVENT)
    events["order"], events["kind"] = numbers, int(kind)
    events["time"] = np.arange(len(numbers)) + 5
    return events


@pytest.mark.parametrize("sizes", [(1_024,), (1_024, 1), (1_025,), (1, 3_000, 1, 5_000), (0, 5)])
def test_terms_of_orders(sizes: tuple[int, ...]) -> None:
    draw, columns, plain = random.Random(1), OrderColumns(first=70), []
    for size in sizes:
        rows = order_rows(size, draw)
        columns.add(from_records(rows))
        plain += list(rows)
    for again in (columns, OrderColumns.from_bytes(columns.to_bytes())):
        for number in (69, 70 + len(plain), -1):
            with pytest.raises(KeyError):
                again.terms(number)
        for number, row in [*enumerate(plain, 70)][:: max(1, len(plain) // 50)]:
            terms = again.terms(number)
            assert all(terms[name] == row[name] for name in ("payer", "payee", "amount", "uetr"))
        chosen = [70, 70 + len(plain) - 1, 70 + len(plain) // 2]
        postings = again.postings(NO_COMMANDS, settled(chosen), 0, NO_EARMARKS)
        for posting, number in zip(postings, chosen, strict=True):
            row = plain[number - 70]
            assert posting["subject"] == number
            assert (posting["debit"], posting["credit"]) == (row["payer"], row["payee"])
            assert posting["amount"] == row["amount"]
        for number in (69, 70 + len(plain)):
            with pytest.raises(InvariantBroken, match="settle on their day"):
                again.postings(NO_COMMANDS, settled([number]), 0, NO_EARMARKS)
        # A restart is no end: what comes after it grows too.
        again.add(from_records(order_rows(2_000, draw)))
        assert again.terms(70 + len(plain))["amount"] > 0


def test_transfers_are_posted_from_and_to_the_outside() -> None:
    kinds = [CommandKind.TRANSFER_IN, CommandKind.SET_CREDIT_LINE, CommandKind.TRANSFER_OUT]
    rows = np.concatenate([command_rows(1, kind, 0) for kind in kinds])
    rows["payer"], rows["amount"] = [4, 5, 2], [30, 99, 7]
    columns = OrderColumns()
    columns.add(from_records(order_rows(1, random.Random(2))))
    events = np.concatenate(
        [settled([0]), settled([8, 9], EventKind.LIQUIDITY_MOVED), settled([0], EventKind.QUEUED)]
    )
    postings = columns.postings(from_records(rows), events, 8, NO_EARMARKS)
    assert len(postings) == 3
    assert postings["subject"].tolist() == [0, 8, 9]
    assert postings["debit"].tolist()[1:] == [OUTSIDE, 2]
    assert postings["credit"].tolist()[1:] == [4, OUTSIDE]
    assert postings["amount"].tolist()[1:] == [30, 7]


class Kept(NamedTuple):
    uetr: bytes
    value_date: int
    accounts: tuple[int, int]
    row: bytes


def kept(rows: Records) -> list[Kept]:
    return [
        Kept(r["uetr"].tobytes(), int(r["value_date"]), (int(r["payer"]), int(r["payee"])),
             r.tobytes())
        for r in rows
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_warehouse_keeps_what_a_list_keeps(seed: int) -> None:
    """Additions across its first size, cancellations until most are gaps, and days that open."""
    draw, warehouse, plain = random.Random(seed), Warehouse(), list[Kept]()
    for step in range(40):
        what = draw.random()
        if what < 0.5:
            rows = _ROWS[: draw.choice([0, 1, 300, 1_023, 1_024, 1_025])].copy()
            rows["amount"] = np.arange(len(rows)) + 10_000 * step
            rows["uetr"] = [np.void(draw.randbytes(16)) for _ in rows]
            if plain and len(rows) and draw.random() < 0.3:
                rows["uetr"][0] = np.void(draw.choice(plain).uetr)  # forgotten, and used again
            warehouse.add(from_records(rows))
            plain += kept(rows)
        elif what < 0.9:
            names = sorted({one.uetr for one in plain})
            gone = draw.sample(names, draw.choice([0, min(1, len(names)), len(names) * 2 // 3]))
            assert all(warehouse.cancel(uetr) for uetr in gone)
            assert not any(warehouse.cancel(uetr) for uetr in gone)
            plain = [one for one in plain if one.uetr not in {*gone}]
        elif what < 0.95:
            today = draw.randint(1, 3)
            due = [one.row for one in plain if one.value_date <= today]
            assert [row.tobytes() for row in to_records(warehouse.take_due(today))] == due
            plain = [one for one in plain if one.value_date > today]
        else:
            accounts = draw.sample(range(6), 2)
            taken = [one.row for one in plain if {*one.accounts} & {*accounts}]
            assert [row.tobytes() for row in to_records(warehouse.take_of(accounts))] == taken
            plain = [one for one in plain if not {*one.accounts} & {*accounts}]
        if step % 10 == 9:
            warehouse = Warehouse.from_bytes(warehouse.to_bytes())
        assert len(warehouse) == len(plain)
        assert warehouse.to_bytes() == b"".join(one.row for one in plain)
        assert not warehouse.cancel(bytes(16))


class _Open:
    """A business day in which no cut-off passes."""

    def cut_off_passed(self, _currency: int, _payment_type: object) -> int:
        return 0


@pytest.mark.parametrize("count", [63, 64, 65, 200])
@pytest.mark.parametrize("restarts", [False, True])
def test_first_legs_are_found_whatever_their_number(count: int, restarts: bool) -> None:
    draw, legs, clock = random.Random(count), Counterlegs(), _Open()
    currencies: Any = np.array([RULES.directory.currencies.index(a.currency)
                                for a in RULES.directory.accounts])  # fmt: skip
    firsts = order_rows(count, draw, CommandKind.SUBMIT_LEG)
    firsts["counterleg"] = [np.void(draw.randbytes(16)) for _ in range(count)]
    number = 1_000
    for first in range(0, count, 7):
        part = firsts[first : first + 7]
        orders, places = legs.link(from_records(part), clock, currencies, number)  # type: ignore[arg-type]
        assert places == [*range(len(part))]
        legs.keep(orders, places, number)
        number += len(part)
    if restarts:
        legs = Counterlegs.from_bytes(legs.to_bytes())
    seconds = order_rows(count, draw, CommandKind.SUBMIT_LEG)
    seconds["uetr"], seconds["counterleg"] = firsts["counterleg"], firsts["uetr"]
    order = draw.sample(range(count), count)
    chosen = from_records(seconds[order])
    linked, places = legs.link(chosen, clock, currencies, number)  # type: ignore[arg-type]
    assert places == []
    assert linked.order.tolist() == [1_000 + place for place in order]
    assert not linked.column("acceptance").any()
    legs.forget()
    assert legs.to_bytes() == b""
    assert len(legs.link(linked, clock, currencies, number)[1]) == count  # type: ignore[arg-type]
