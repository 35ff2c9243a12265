"""Settlement of the queued orders of maximum value: solved outside the engine, checked inside it.

Currencies that linked legs join are solved together, their values added up at the rates of the
scenario. Each other currency is solved on its own.
"""

import attrs
import numpy as np

from skontro.engine import Commands, Engine, QueueSnapshot, join, select, settle_selected
from skontro.engine.records import NOTHING
from skontro.model import RateTable


@attrs.frozen
class Search:
    """Result of a maximum-value search in one currency.

    Attributes:
        currency: position among the engine's currencies.
        bound: no selection is worth more, in minor units; None where currencies were searched
            together, since a bound on their value bounds none of them.
        work: units of work used; of a search of several currencies, in each of them.
    """

    currency: int
    bound: int | None
    work: int


def maximum_value_selection(
    engine: Engine, time: int, work: int, rates: RateTable
) -> tuple[Commands | None, list[Search]]:
    """The commands that settle the selected orders, and the result in each currency.

    Args:
        engine: its queues are searched.
        time: time of the commands.
        work: units of work for each currency or group of joined currencies.
        rates: to compare values in joined currencies.

    Returns:
        Commands that end in a run, even where nothing can settle: it leaves a record for each
        currency with queued orders. No commands where nothing is queued.

    Raises:
        InputError: a joined currency has no rate.
    """
    snapshot = engine.queue_snapshot()
    commands, searches = [], []
    for group in _joined_currencies(snapshot):
        if len(group) == 1:
            orders, found = _search(snapshot, group[0], work)
        else:
            orders, found = _search_together(engine, snapshot, group, work, rates)
        commands += [select(time, order) for order in orders]
        searches += found
    return (join([*commands, settle_selected(time)]) if searches else None), searches


def _joined_currencies(snapshot: QueueSnapshot) -> list[list[int]]:
    """Currencies with queued orders, in groups joined by legs, each ascending."""
    currency = snapshot.currency_of_order
    group = {position: position for position in np.unique(currency).tolist()}
    legs = np.flatnonzero(snapshot.counterleg != NOTHING)
    pairs = np.stack([currency[legs], currency[snapshot.counterleg[legs]]], axis=1)
    for one, other in np.unique(pairs, axis=0).tolist():
        low, high = sorted((group[one], group[other]))
        group = {position: low if g == high else g for position, g in group.items()}
    return [
        [position for position, g in group.items() if g == first]
        for first in dict.fromkeys(group.values())
    ]


def _search(snapshot: QueueSnapshot, currency: int, work: int) -> tuple[list[int], list[Search]]:
    # The solver is loaded only where it is asked.
    from skontro.engine.offsetting.maximum_value.queue_model import maximum_value  # noqa: PLC0415

    part = snapshot.in_currencies([currency])
    found = maximum_value(part, work)
    return part.order[found.selected].tolist(), [Search(currency, found.bound, found.work)]


def _search_together(
    engine: Engine, snapshot: QueueSnapshot, group: list[int], work: int, rates: RateTable
) -> tuple[list[int], list[Search]]:
    from skontro.engine.offsetting.maximum_value.queue_model import maximum_value  # noqa: PLC0415

    part = snapshot.in_currencies(group)
    currencies = [engine.currencies[position] for position in part.currency_of_order.tolist()]
    amounts = part.amount.tolist()
    # An order that rounds to nothing is worth settling all the same.
    worth = [max(1, rates.value(*order)) for order in zip(amounts, currencies, strict=True)]
    found = maximum_value(part, work, np.array(worth, np.int64))
    searches = [Search(currency, None, found.work) for currency in group]
    return part.order[found.selected].tolist(), searches
