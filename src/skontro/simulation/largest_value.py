"""Settle the queued orders of the largest value: solved outside the engine, checked inside it."""

import attrs
import numpy as np

from skontro.engine import Commands, Engine, QueueSnapshot, choose, join, settle_chosen


@attrs.frozen
class Search:
    """What a search for the largest value found, in one currency.

    Attributes:
        currency: position among the engine's currencies.
        value: what the orders found are worth, in minor units.
        bound: no choice is worth more.
        work: units of work used.
    """

    currency: int
    value: int
    bound: int
    work: int


def largest_value(engine: Engine, time: int, work: int) -> tuple[Commands | None, list[Search]]:
    """The commands that settle the orders found, and what was found in each currency.

    Args:
        engine: its queues as they stand are searched, currency by currency.
        time: of the commands.
        work: units of work for each currency.

    Returns:
        No commands where nothing can settle.
    """
    snapshot = engine.queue_snapshot()
    commands, searches = [], []
    for currency in np.unique(snapshot.currency[snapshot.payer]).tolist():
        orders, search = _search(snapshot, currency, work)
        commands += [choose(time, order) for order in orders]
        searches.append(search)
    return (join([*commands, settle_chosen(time)]) if commands else None), searches


def _search(snapshot: QueueSnapshot, currency: int, work: int) -> tuple[list[int], Search]:
    # The solver is loaded only where it is asked.
    from skontro.engine.offsetting.queue_problem import maximum_value  # noqa: PLC0415

    part = snapshot.in_currency(currency)
    found = maximum_value(part, work)
    search = Search(currency, found.value, found.bound, found.work)
    return part.order[found.chosen].tolist(), search
