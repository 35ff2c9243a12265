"""What the engine is told: a batch of commands as columns, in the order they are to be applied."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import InputError

Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

#: Stands for "at once" and for "until the end of the day" in the time columns.
ANY_TIME_BEFORE: Final = -(2**62)
ANY_TIME_AFTER: Final = 2**62


class CommandKind(IntEnum):
    """What to do. The numbers are part of the record and never change."""

    SUBMIT = 0
    CANCEL = 1
    CHANGE_CLASS = 2
    OPEN_DAY = 3
    CLOSE_DAY = 4
    MOVE_TO_FRONT = 5
    MOVE_TO_END = 6
    SET_CREDIT_LINE = 7
    SET_RESERVATION = 8
    SET_NET_SENDER_LIMIT = 9
    SET_BILATERAL_LIMIT = 10
    TRANSFER_IN = 11
    TRANSFER_OUT = 12
    OFFSET = 13
    CHOOSE = 14
    SETTLE_CHOSEN = 15
    SUBMIT_LEG = 16


#: As the amount of a limit: there is none.
NO_LIMIT: Final = -1

#: Type of each column, and its value where a command does not use it.
_COLUMNS: Final[dict[str, tuple[type, int]]] = {
    "kind": (np.int8, CommandKind.SUBMIT),
    "time": (np.int64, 0),
    "payer": (np.int32, -1),
    "payee": (np.int32, -1),
    "amount": (np.int64, 0),
    "payment_class": (np.int8, -1),
    "order": (np.int64, -1),
    "earliest": (np.int64, ANY_TIME_BEFORE),
    "latest": (np.int64, ANY_TIME_AFTER),
}
#: Columns that may be empty when no command in the batch uses them.
_OPTIONAL: Final = ("order", "earliest", "latest")


def _column(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """The values in the column's type, whole numbers all, none of them wrapped around."""
    kind = _COLUMNS[name][0]
    bounds = np.iinfo(kind)
    column = np.asarray(values)
    if column.size and column.dtype != kind:
        if column.dtype.kind not in "iu":
            raise InputError(f"commands: column {name} is {column.dtype}, not whole numbers")
        if column.min() < bounds.min or column.max() > bounds.max:
            raise InputError(f"commands: column {name} has a number outside {kind.__name__}")
    return np.ascontiguousarray(column, dtype=kind)


def _field(name: str) -> Any:  # noqa: ANN401  attrs promises each field's own type
    equal = attrs.cmp_using(eq=np.array_equal)
    return attrs.field(converter=lambda values: _column(name, values), eq=equal)


@attrs.frozen
class Commands:
    """A batch of n commands as columns of length n; optional columns may have length 0.

    Attributes:
        kind: a `CommandKind`.
        time: when it is given, microseconds since 1970; never falls.
        payer, payee: account numbers (submit, submit leg, bilateral limit); whatever is about one
            account has it as payer.
        amount: minor units (submit, credit line, reservation, limits, liquidity transfers), or the
            number of an `Algorithm` (offset).
        payment_class: a `PaymentClass` (submit, change class, reservation).
        order: number of the order meant (cancel, change class, moves, choose), or of the counterleg
            that came before (submit leg; -1 for the first of the two); optional.
        earliest: not to be settled before (submit, submit leg); optional.
        latest: last moment at which it may settle (submit, submit leg); optional.
    """

    kind: Int8s = _field("kind")
    time: Int64s = _field("time")
    payer: Int32s = _field("payer")
    payee: Int32s = _field("payee")
    amount: Int64s = _field("amount")
    payment_class: Int8s = _field("payment_class")
    order: Int64s = _field("order")
    earliest: Int64s = _field("earliest")
    latest: Int64s = _field("latest")

    def __attrs_post_init__(self) -> None:
        for name in _COLUMNS:
            length = len(getattr(self, name))
            if length != len(self.kind) and not (length == 0 and name in _OPTIONAL):
                raise InputError(f"commands: column {name} has {length} rows, not {len(self)}")

    def __len__(self) -> int:
        return len(self.kind)

    def part(self, start: int, stop: int) -> "Commands":
        """The commands from `start` up to, not including, `stop`."""
        return Commands(**{name: getattr(self, name)[start:stop] for name in _COLUMNS})


def _commands(length: int, **given: npt.ArrayLike | None) -> Commands:
    columns: dict[str, Any] = {}
    for name, (kind, unused) in _COLUMNS.items():
        values = given.get(name)
        if values is not None:
            columns[name] = values
        elif name in _OPTIONAL:
            columns[name] = np.empty(0, kind)
        else:
            columns[name] = np.full(length, unused, kind)
    return Commands(**columns)


def submit(
    time: npt.ArrayLike,
    payer: npt.ArrayLike,
    payee: npt.ArrayLike,
    amount: npt.ArrayLike,
    payment_class: npt.ArrayLike,
    earliest: npt.ArrayLike | None = None,
    latest: npt.ArrayLike | None = None,
) -> Commands:
    """Submit orders: columns of equal length, as in `Commands`.

    The engine numbers orders 0, 1, 2 … as they come, refused ones included.
    """
    columns: dict[str, npt.ArrayLike | None] = {
        "time": time,
        "payer": payer,
        "payee": payee,
        "amount": amount,
        "payment_class": payment_class,
        "earliest": earliest,
        "latest": latest,
    }
    return _commands(np.size(time), **columns)


def cancel(time: int, order: int) -> Commands:
    """Cancel an order that is not yet final, on behalf of its payer."""
    return _commands(1, kind=[CommandKind.CANCEL], time=[time], order=[order])


def change_class(time: int, order: int, payment_class: int) -> Commands:
    """Give a waiting order another class; it goes to the end of that class's queue."""
    kind = [CommandKind.CHANGE_CLASS]
    return _commands(1, kind=kind, time=[time], order=[order], payment_class=[payment_class])


def open_day(time: int) -> Commands:
    """Open the business day: orders are accepted from now on."""
    return _commands(1, kind=[CommandKind.OPEN_DAY], time=[time])


def close_day(time: int) -> Commands:
    """End of day: whatever is still waiting is returned, and no more orders are accepted."""
    return _commands(1, kind=[CommandKind.CLOSE_DAY], time=[time])


def submit_leg(
    time: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    counterleg: int = -1,
    earliest: int = ANY_TIME_BEFORE,
    latest: int = ANY_TIME_AFTER,
) -> Commands:
    """Submit an order that settles together with its counterleg, or not at all.

    Args:
        counterleg: number of the order that was submitted as the first leg; or -1 for the first.
    """
    return _commands(
        1,
        kind=[CommandKind.SUBMIT_LEG],
        time=[time],
        payer=[payer],
        payee=[payee],
        amount=[amount],
        payment_class=[payment_class],
        order=[counterleg],
        earliest=[earliest],
        latest=[latest],
    )


def _about_order(kind: CommandKind, time: int, order: int) -> Commands:
    return _commands(1, kind=[kind], time=[time], order=[order])


def move_to_front(time: int, order: int) -> Commands:
    """Put a queued order before all others of its class."""
    return _about_order(CommandKind.MOVE_TO_FRONT, time, order)


def move_to_end(time: int, order: int) -> Commands:
    """Put a queued order behind all others of its class."""
    return _about_order(CommandKind.MOVE_TO_END, time, order)


def choose(time: int, order: int) -> Commands:
    """Name an order that the next `settle_chosen` is to settle."""
    return _about_order(CommandKind.CHOOSE, time, order)


def settle_chosen(time: int) -> Commands:
    """Settle the chosen orders simultaneously, or none of them."""
    return _commands(1, kind=[CommandKind.SETTLE_CHOSEN], time=[time])


def offset(time: int, algorithm: int) -> Commands:
    """Run an `Algorithm` over all queues: all or nothing, greatest FIFO set or bilateral pass."""
    return _commands(1, kind=[CommandKind.OFFSET], time=[time], amount=[algorithm])


def _about_account(kind: CommandKind, time: int, account: int, amount: int) -> Commands:
    return _commands(1, kind=[kind], time=[time], payer=[account], amount=[amount])


def set_credit_line(time: int, account: int, amount: int) -> Commands:
    """Give an account another intraday credit line."""
    return _about_account(CommandKind.SET_CREDIT_LINE, time, account, amount)


def set_reservation(time: int, account: int, payment_class: int, amount: int) -> Commands:
    """Keep an amount for urgent orders, or for high ones, until the day closes."""
    return _commands(
        1,
        kind=[CommandKind.SET_RESERVATION],
        time=[time],
        payer=[account],
        payment_class=[payment_class],
        amount=[amount],
    )


def set_net_sender_limit(time: int, account: int, amount: int) -> Commands:
    """Bound what an account pays net to all others until the day closes; or `NO_LIMIT`."""
    return _about_account(CommandKind.SET_NET_SENDER_LIMIT, time, account, amount)


def set_bilateral_limit(time: int, account: int, counterparty: int, amount: int) -> Commands:
    """Bound what an account pays net to another until the day closes; or `NO_LIMIT`."""
    return _commands(
        1,
        kind=[CommandKind.SET_BILATERAL_LIMIT],
        time=[time],
        payer=[account],
        payee=[counterparty],
        amount=[amount],
    )


def transfer_in(time: int, account: int, amount: int) -> Commands:
    """Credit an account with liquidity from outside the system."""
    return _about_account(CommandKind.TRANSFER_IN, time, account, amount)


def transfer_out(time: int, account: int, amount: int) -> Commands:
    """Debit an account of liquidity that leaves the system."""
    return _about_account(CommandKind.TRANSFER_OUT, time, account, amount)


def join(batches: Sequence[Commands]) -> Commands:
    """One batch of several, one after the other."""
    columns: dict[str, Any] = {}
    for name, (kind, unused) in _COLUMNS.items():
        parts = [getattr(batch, name) for batch in batches]
        if name in _OPTIONAL and any(len(part) for part in parts):
            parts = [
                part if len(part) else np.full(len(batch), unused, kind)
                for part, batch in zip(parts, batches, strict=True)
            ]
        columns[name] = np.concatenate(parts) if parts else np.empty(0, kind)
    return Commands(**columns)
