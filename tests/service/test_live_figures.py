"""Figures of the running day follow what becomes durable, day by day and account by account."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.day_figures import SETTLED_ORDER
from skontro.service import live_figures
from skontro.service.live_figures import LiveFigures
from tests.service.systems import (
    BANKS,
    DAY,
    NOON,
    LiveSystem,
    directory,
    live_system,
    order,
    write_folder,
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, balance=100_000)
    with live_system(folder) as running:
        yield running


def test_figures_of_a_day_and_the_next(system: LiveSystem) -> None:
    bank, context = system.bank(0), system.service.context
    assert context.figures.now().by_currency(context.figures.now().sent_value) == [0, 0]
    bank.submit(order(0, 1, "10.00", "KZT"))
    bank.submit(order(0, 2, "20.00", "RUB"))
    system.bank(1).submit(order(1, 2, "30.00", "RUB"))
    bank.submit(order(0, 1, "5000.00", "KZT", payment_class="urgent"))
    figures = context.figures.now()
    assert [one.code for one in figures.currencies] == ["KZT", "RUB"]
    assert figures.by_currency(figures.sent_value) == [1_000, 5_000]
    assert figures.by_currency(figures.sent_orders) == [1, 2]
    assert figures.received_value.tolist() == [0, 1_000, 0, 0, 0, 5_000]
    assert figures.received_orders.tolist() == [0, 1, 0, 0, 0, 2]
    assert figures.queued.value.tolist()[0] == [500_000, 0, 0]
    assert figures.queued.orders.sum() == 1
    assert [one.alpha3 for one in figures.countries] == ["KAZ", "KGZ", "UZB"]
    assert figures.corridor_orders.tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert figures.corridor_national.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert figures is context.figures.now()
    system.move_to(NOON + DAY)
    later = context.figures.now()
    assert later.sent_orders.sum() == later.corridor_orders.sum() == later.queued.orders.sum() == 0
    assert figures.by_currency(figures.sent_value) == [1_000, 5_000]
    bank.submit(order(0, 1, "1.00", "KZT"))
    assert context.figures.now().by_currency(context.figures.now().sent_value) == [100, 0]


def settled(*rows: tuple[int, int, int, int]) -> ChunkedArray:
    made = ChunkedArray(SETTLED_ORDER)
    made.append(np.array([*rows], SETTLED_ORDER))
    return made


def figures_of(array: ChunkedArray, views: list[Any]) -> LiveFigures:
    queued = SimpleNamespace(orders=np.zeros((0, 3), np.int64), value=np.zeros((0, 3), np.int64))
    index: Any = SimpleNamespace(day_figures=SimpleNamespace(settled=array, queued=queued))
    return LiveFigures(index, lambda: views[-1])


def view(batch: int = 1, accounts: Any = None, balances: Any = None) -> Any:
    return SimpleNamespace(
        batch=batch,
        directory=accounts or directory(),
        date="2026-11-24",
        balances=np.zeros(6, np.int64) if balances is None else balances,
    )


def test_orders_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_figures, "_AT_ONCE", 2)
    rows = [(1, 10 + number, 0, 2) for number in range(5)]
    found = figures_of(settled(*rows), [view()]).now()
    assert (found.sent_orders[0], found.sent_value[0]) == (5, 60)
    assert found.queued.orders.shape == (6, 3)


def test_an_order_of_an_account_that_is_not_published_yet_is_counted_later() -> None:
    views = [view(accounts=directory(banks=BANKS[:2]))]
    array = settled((1, 10, 0, 2), (2, 20, 0, 4), (3, 30, 0, 2))
    found = figures_of(array, views)
    assert found.now().sent_value.tolist() == [10, 0, 0, 0]
    views.append(view(batch=2))
    assert found.now().sent_value.tolist() == [60, 0, 0, 0, 0, 0]


def test_credit_is_used_below_zero() -> None:
    balances = np.array([5, 0, -1, -70, 3, 0], np.int64)
    found = figures_of(settled((1, 1, 0, 2)), [view(balances=balances)]).now()
    assert found.credit_used.tolist() == [0, 0, 1, 70, 0, 0]
    assert found.by_currency(found.credit_used) == [1, 70]
