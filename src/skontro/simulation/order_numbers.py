"""Orders by UETR: the engine's order numbers, and their payments."""

from binascii import unhexlify
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import Commands
from skontro.engine.command_columns import Uetrs
from skontro.ledger.uetr_index import UetrIndex
from skontro.model import InvariantBroken

Int64s = npt.NDArray[np.int64]

#: In `order` of a command that names an order by UETR alone, until it has the number.
BY_UETR: Final = 0
#: Instead of a row of payments: the order is not one of them.
NO_PAYMENT: Final = -1

_NO_UETR: Final = "0" * 32


def uetr_column(texts: pl.Series) -> Uetrs:
    """16 bytes for each UETR; zeros where there is none."""
    digits = texts.fill_null(_NO_UETR).str.join("").item() if len(texts) else ""
    return np.frombuffer(unhexlify(digits.encode().translate(None, b"-")), "V16")


class OrderNumbers:
    """The engine's numbers of all orders, by UETR, as in the live system.

    numbers = OrderNumbers()
    engine.apply(numbers.resolve(commands))
    """

    def __init__(self) -> None:
        self._index = UetrIndex()

    def resolve(self, commands: Commands) -> Commands:
        """The next commands, with the number of each order that they name.

        Args:
            commands: `order` is `BY_UETR` in a leg that completes a pair, and in a request about an
                order; the one has the UETR meant as `counterleg`, the other as `uetr`.
        """
        are_orders, uetrs = commands.are_orders, commands.column("uetr")
        orders = uetrs[are_orders]
        if self._index.claim(orders) is None:
            after = f"after order {self._index.next_index}"
            raise InvariantBroken("a UETR names one order", after)
        if not len(commands.order):
            return commands
        named = commands.order == BY_UETR
        meant = np.where(are_orders, commands.column("counterleg"), uetrs)
        numbers = np.full(len(commands), -1, np.int64)
        numbers[named] = self._index.find(meant[named])
        return commands.evolve(order=numbers)


def rows_of_orders(payments: pl.DataFrame, orders: Commands) -> Int64s:
    """The row of payments that each order is of, joined on the UETR; `NO_PAYMENT` where none is.

    Args:
        payments: with a UETR each.
        orders: as submitted to the engine, and nothing else.

    Raises:
        InvariantBroken: a payment was not submitted, or two orders have one UETR.
    """
    uetrs, submitted_uetrs = uetr_column(payments["uetr"]), orders.column("uetr")
    if _are_alike(uetrs, submitted_uetrs):
        return np.arange(len(uetrs))
    try:
        found = _halves(submitted_uetrs).join(
            _halves(uetrs).with_row_index("row"),
            on=["one", "other"],
            how="left",
            maintain_order="left",
            validate="1:1",
        )["row"]
    except pl.exceptions.ComputeError as error:
        raise InvariantBroken("a UETR names one order", str(error)) from None
    rows: Int64s = found.cast(pl.Int64).fill_null(NO_PAYMENT).to_numpy()
    submitted = int((rows != NO_PAYMENT).sum())
    if submitted != payments.height:
        missing = payments.height - submitted
        raise InvariantBroken("every payment is submitted", f"{missing} payments have no order")
    return rows


def _are_alike(uetrs: Uetrs, others: Uetrs) -> bool:
    """Whether both are the same in one order, and each has a first half of its own.

    That is quickly seen, and usual: payments are sorted by submission. Anything else is for a join.
    """
    halves = np.ascontiguousarray(uetrs).view(np.int64)
    if not np.array_equal(halves, np.ascontiguousarray(others).view(np.int64)):
        return False
    firsts = np.sort(halves[::2])
    return bool((firsts[1:] != firsts[:-1]).all())


def _halves(uetrs: Uetrs) -> pl.DataFrame:
    """Two whole numbers for each, which are compared faster than text."""
    halves = np.ascontiguousarray(uetrs).view(np.int64).reshape(-1, 2)
    return pl.DataFrame({"one": halves[:, 0], "other": halves[:, 1]})
