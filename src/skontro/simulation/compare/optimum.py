"""The same queues, offered once to every algorithm, against a proven upper bound."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import attrs
import numpy as np

from skontro.engine import Engine, QueueSnapshot
from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.bilateral_pass import bilateral_pass
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.model import RateTable
from skontro.statistics import ratio

#: Units of work of the search for the largest value in one currency.
WORK: Final = 4_000

ALGORITHMS: Final = ("all_or_nothing", "greatest_fifo_set", "bilateral_pass", "maximum_value")


@attrs.frozen
class Optimum:
    """Value that each algorithm settles from the same queues, in the currency of account.

    Attributes:
        orders: queued.
        queued: their value.
        settled: value by algorithm, of `ALGORITHMS`.
        bound: no selection of orders is worth more.
    """

    orders: int
    queued: int
    settled: Mapping[str, int]
    bound: int

    def gap(self, algorithm: str) -> Fraction | None:
        """Part of the bound that the algorithm falls short of; None where nothing can settle."""
        return ratio(self.bound - self.settled[algorithm], self.bound)


def measure_optimum(engine: Engine, rates: RateTable, work: int = WORK) -> Optimum:
    """Give the queues of an engine to every algorithm, without settling them.

    Args:
        engine: with its queues; it is not changed.
        rates: to value the currencies' totals.
        work: units of work of the search in each currency.
    """
    whole = engine.queue_snapshot()
    settled = dict.fromkeys(ALGORITHMS, 0)
    queued = bound = 0
    for position in np.unique(whole.currency[whole.payer]).tolist():
        currency = engine.currencies[position]
        values, most = _of_currency(whole.in_currency(position), work)
        for name, minor in values.items():
            settled[name] += rates.value(minor, currency)
        bound += rates.value(most, currency)
        # Python's integers: the queues of a currency may hold more than an int64 once valued.
        queued += rates.value(sum(whole.in_currency(position).amount.tolist()), currency)
    return Optimum(len(whole), queued, settled, bound)


def _of_currency(snapshot: QueueSnapshot, work: int) -> tuple[dict[str, int], int]:
    found = maximum_value(snapshot, work)
    pairs = bilateral_pass(snapshot)
    values = {
        "all_or_nothing": all_or_nothing(snapshot).value,
        "greatest_fifo_set": greatest_fifo_set(snapshot).value,
        "bilateral_pass": sum(snapshot.amount[pairs].tolist()),
        "maximum_value": found.value,
    }
    return values, found.bound
