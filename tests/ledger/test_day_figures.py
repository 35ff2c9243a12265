"""Figures of the day are those that a count of all orders gives, after each batch."""

import json

import numpy as np
import pytest

from skontro.engine import EventKind
from skontro.ledger.day_figures import DayFigures
from skontro.ledger.order_records import ORDER, STATUSES
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus, PaymentClass
from skontro.system import BatchKind, StepKind
from tests.ledger.drawn_record import draw_entries, new_order_index

QUEUED = STATUSES.index(OrderStatus.QUEUED)
SETTLED = STATUSES.index(OrderStatus.SETTLED)
HELD = STATUSES.index(OrderStatus.HELD)


def orders(*rows: tuple[int, int, int, int]) -> Records:
    """Orders by payer, amount, class and status."""
    made = np.zeros(len(rows), ORDER)
    for row, (payer, amount, payment_class, status) in zip(made, rows, strict=True):
        row["payer"], row["payee"], row["amount"] = payer, payer + 1, amount
        row["class_now"], row["status"], row["status_time"] = payment_class, status, 77
    return made


@pytest.mark.parametrize("seed", [0, 3, 5, 9])  # with queued orders
def test_figures_of_drawn_days_are_those_of_a_count(seed: int) -> None:
    order_index, settled = new_order_index(), 0
    queued_ever = 0
    for entry, _ in draw_entries(seed, 60):
        order_index.add(entry)
        batch = entry.batch
        if batch.kind == BatchKind.STEP and json.loads(batch.body)["kind"] == StepKind.START:
            settled = 0
        settled += int((batch.events["kind"] == int(EventKind.SETTLED)).sum())
        figures = order_index.day_figures
        assert figures.settled.count == settled
        every = order_index.orders(0, order_index.count)
        waiting = every[every["status"] == QUEUED]
        shape = figures.queued.orders.shape
        counted, value = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        np.add.at(counted, (waiting["payer"], waiting["class_now"]), 1)
        np.add.at(value, (waiting["payer"], waiting["class_now"]), waiting["amount"])
        assert figures.queued.orders.tolist() == counted.tolist()
        assert figures.queued.value.tolist() == value.tolist()
        queued_ever += len(waiting)
    assert queued_ever > 0


def test_an_order_is_counted_where_it_joins_and_not_where_it_stays() -> None:
    figures = DayFigures()
    assert figures.queued.orders.shape == (0, len(PaymentClass))
    figures.follow(orders((2, 50, 1, QUEUED)), np.array([HELD]))
    assert figures.queued.orders.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert figures.queued.value.tolist() == [[0, 0, 0], [0, 0, 0], [0, 50, 0]]
    figures.follow(orders((2, 50, 1, QUEUED)), np.array([QUEUED]))
    assert figures.queued.value.sum() == 50
    figures.follow(orders((2, 50, 1, SETTLED)), np.array([QUEUED]))
    assert figures.queued.value.sum() == figures.queued.orders.sum() == 0
    rows = figures.settled.between(0, 9)
    assert rows.tolist() == [(77, 50, 2, 3)]
    figures.follow(orders((2, 50, 1, SETTLED)), np.array([SETTLED]))
    assert figures.settled.count == 1


def test_an_order_in_another_class_is_counted_there() -> None:
    figures = DayFigures()
    figures.follow(orders((0, 9, 2, QUEUED), (0, 5, 2, QUEUED)), np.array([HELD, HELD]))
    figures.change_class(orders((0, 9, 2, QUEUED)), 0)
    assert figures.queued.value.tolist() == [[9, 0, 5]]
    figures.change_class(orders((0, 9, 2, HELD)), 1)
    assert figures.queued.value.tolist() == [[9, 0, 5]]


def test_a_day_begins_with_nothing_settled_and_what_is_queued() -> None:
    figures = DayFigures()
    figures.follow(orders((0, 9, 2, QUEUED), (1, 5, 2, SETTLED)), np.array([HELD, HELD]))
    before = figures.settled
    figures.begin_day()
    assert (before.count, figures.settled.count) == (1, 0)
    assert figures.queued.value.sum() == 9


def test_figures_that_were_given_out_do_not_change() -> None:
    figures = DayFigures()
    figures.follow(orders((0, 9, 2, QUEUED)), np.array([HELD]))
    given = figures.queued
    figures.follow(orders((0, 9, 2, SETTLED)), np.array([QUEUED]))
    assert given.value.sum() == 9
