"""The commands and events of a period, from which all results are derived."""

from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import EARMARK, Commands
from skontro.files import Scenario
from skontro.simulation.order_numbers import NO_PAYMENT, rows_of_orders

Int64s = npt.NDArray[np.int64]


@attrs.frozen(eq=False, slots=False)
class PeriodRecord:
    """All commands and events of one period, with the engine's own numbers.

    Attributes:
        commands: in order of submission to the engine.
        events: `EVENT` records.
        runs: `RUN` records.
        first_order, first_transfer, first_run: first numbers of the engine in the period.
        carried: `EARMARK` records of the earmarks open at the opening, by number of their orders.
        carried_uetrs: UETRs of these orders.
    """

    commands: Commands
    events: npt.NDArray[Any]
    runs: npt.NDArray[Any]
    first_order: int = 0
    first_transfer: int = 0
    first_run: int = 0
    carried: npt.NDArray[Any] = attrs.field(factory=lambda: np.zeros(0, EARMARK))
    carried_uetrs: tuple[str, ...] = ()

    @cached_property
    def orders(self) -> Commands:
        """The commands that are orders, by number."""
        are_orders = self.commands.are_orders
        return self.commands if are_orders.all() else self.commands.take(are_orders)

    def indices(self, events: npt.NDArray[Any]) -> Int64s:
        """The index among `orders` of the order that each of some events is about."""
        indices: Int64s = events["order"] - self.first_order
        return indices


@attrs.frozen(eq=False)
class SubmittedPayments:
    """The payments of a period in the order of their commands.

    Attributes:
        scenario: with its payments in that order.
        row: by index among the orders of the period, the row of its payment; `NO_PAYMENT` where
            none is.
        index_of_row: by row, the inverse.
    """

    scenario: Scenario
    row: Int64s
    index_of_row: Int64s

    @classmethod
    def of(cls, scenario: Scenario, record: PeriodRecord) -> "SubmittedPayments":
        """Payments and orders joined on their UETRs.

        Raises:
            InvariantBroken: a payment was not submitted, or two orders have one UETR.
        """
        found = rows_of_orders(scenario.payments, record.orders)
        index = np.flatnonzero(found != NO_PAYMENT)
        row = np.full(len(found), NO_PAYMENT, np.int64)
        row[index] = np.arange(len(index))
        payments = scenario.payments[found[index]]
        return cls(attrs.evolve(scenario, payments=payments), row, index)
