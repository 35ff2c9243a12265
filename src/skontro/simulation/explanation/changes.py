"""Events of a step that affect an order: money in and out, orders, limits, runs, time."""

from enum import StrEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, EventKind
from skontro.simulation.explanation.replayed_day import Int64s, ReplayedDay
from skontro.simulation.explanation.tracing import MAX_NAMED, Step, TracedCommand


class Kind(StrEnum):
    """Kind of an event."""

    SUBMITTED = "submitted"  # the order itself
    TIME_CAME = "time_came"  # the order's own earliest or latest time
    PAYMENT_IN = "payment_in"  # orders that credited the account
    PAYMENT_OUT = "payment_out"  # orders that debited it
    ORDER_JOINED = "order_joined"  # orders of the account that came to its queue
    ORDER_RETURNED = "order_returned"
    ORDER_CANCELLED = "order_cancelled"
    CLASS_CHANGED = "class_changed"
    MOVED_IN_QUEUE = "moved_in_queue"
    TIMES_CHANGED = "times_changed"
    LIQUIDITY_IN = "liquidity_in"  # from outside the system
    LIQUIDITY_OUT = "liquidity_out"
    CREDIT_LINE_SET = "credit_line_set"
    RESERVATION_SET = "reservation_set"
    NET_SENDER_LIMIT_SET = "net_sender_limit_set"
    BILATERAL_LIMIT_SET = "bilateral_limit_set"
    COUNTERLEG_CAME = "counterleg_came"
    OFFSETTING_RAN = "offsetting_ran"


@attrs.frozen(kw_only=True)
class Change:
    """One kind of event at one time.

    Attributes:
        kind: kind of event.
        account: number of the account that it happened to; None where it is about no account.
        orders: numbers of the orders by which it happened, the first of them.
        count: how many orders there were.
        amount: minor units: of all these orders, or of the new line, limit or reservation.
        payment_class: number of the new class, or of the class that is reserved for.
        counterparty: account number of the other side of a bilateral limit.
    """

    kind: Kind
    account: int | None = None
    orders: tuple[int, ...] = ()
    count: int = 0
    amount: int | None = None
    payment_class: int | None = None
    counterparty: int | None = None


_OF_ACCOUNT: Final = {
    CommandKind.TRANSFER_IN: (EventKind.LIQUIDITY_MOVED, Kind.LIQUIDITY_IN),
    CommandKind.TRANSFER_OUT: (EventKind.LIQUIDITY_MOVED, Kind.LIQUIDITY_OUT),
    CommandKind.SET_CREDIT_LINE: (EventKind.CREDIT_LINE_SET, Kind.CREDIT_LINE_SET),
    CommandKind.SET_RESERVATION: (EventKind.RESERVATION_SET, Kind.RESERVATION_SET),
    CommandKind.SET_NET_SENDER_LIMIT: (EventKind.LIMIT_SET, Kind.NET_SENDER_LIMIT_SET),
    CommandKind.SET_BILATERAL_LIMIT: (EventKind.LIMIT_SET, Kind.BILATERAL_LIMIT_SET),
}
_OF_ORDERS: Final = (
    (EventKind.SETTLED, Kind.PAYMENT_OUT),
    (EventKind.QUEUED, Kind.ORDER_JOINED),
    (EventKind.RETURNED, Kind.ORDER_RETURNED),
    (EventKind.CANCELLED, Kind.ORDER_CANCELLED),
    (EventKind.CLASS_CHANGED, Kind.CLASS_CHANGED),
    (EventKind.MOVED_IN_QUEUE, Kind.MOVED_IN_QUEUE),
)

_KINDS_OF_ORDERS: Final = tuple(event for event, _ in _OF_ORDERS)


def changes(
    day: ReplayedDay, step: Step, order: int, accounts: tuple[int, ...]
) -> tuple[Change, ...]:
    """Events of a step that affect an order and these accounts, except those of the order itself.

    In the step in which the order became final, only earlier events.

    Args:
        order: its number.
        accounts: numbers of the accounts that its settlement depends on.
    """
    events = _before_the_end(step.events, order)
    found = [*_own(step, order)]
    if step.command is not None:
        found += _of_command(step.command, events, accounts)
    for account in accounts:
        found += _of_account(day, events, order, account)
    runs = events[events["kind"] == EventKind.OFFSETTING_RAN]
    found += [Change(kind=Kind.OFFSETTING_RAN, count=len(runs))] if len(runs) else []
    return tuple(found)


def _before_the_end(events: npt.NDArray[Any], order: int) -> npt.NDArray[Any]:
    ends = (EventKind.SETTLED, EventKind.RETURNED, EventKind.CANCELLED, EventKind.REJECTED)
    ended = (events["order"] == order) & np.isin(events["kind"], ends)
    return events[: int(np.flatnonzero(ended)[0])] if ended.any() else events


def _own(step: Step, order: int) -> list[Change]:
    """Events of the order itself."""
    found = []
    own = (step.events["order"] == order) & np.isin(step.events["kind"], _KINDS_OF_ORDERS)
    if step.command is None and own.any():
        found.append(Change(kind=Kind.TIME_CAME))
    if step.command is not None and step.command.order == order:
        by_kind = {
            CommandKind.CHANGE_CLASS: Kind.CLASS_CHANGED,
            CommandKind.CHANGE_TIMES: Kind.TIMES_CHANGED,
            CommandKind.MOVE_TO_FRONT: Kind.MOVED_IN_QUEUE,
            CommandKind.MOVE_TO_END: Kind.MOVED_IN_QUEUE,
            CommandKind.SUBMIT_LEG: Kind.COUNTERLEG_CAME,
        }
        if step.command.kind in by_kind:
            kind = by_kind[step.command.kind]
            new = step.command.payment_class if kind == Kind.CLASS_CHANGED else None
            found.append(Change(kind=kind, orders=(order,), count=1, payment_class=new))
    return found


def _of_command(
    command: TracedCommand, events: npt.NDArray[Any], accounts: tuple[int, ...]
) -> list[Change]:
    """Granted requests about one of the accounts."""
    event, kind = _OF_ACCOUNT.get(command.kind, (None, None))
    if kind is None or command.payer not in accounts or not (events["kind"] == event).any():
        return []
    return [
        Change(
            kind=kind,
            account=command.payer,
            amount=command.amount,
            payment_class=command.payment_class if kind == Kind.RESERVATION_SET else None,
            counterparty=command.payee if kind == Kind.BILATERAL_LIMIT_SET else None,
        )
    ]


def _of_account(
    day: ReplayedDay, events: npt.NDArray[Any], order: int, account: int
) -> list[Change]:
    """Orders that credited or debited the account, or came to its queue or left it."""
    of_orders = events[events["order"] >= 0]
    of_orders = of_orders[np.isin(of_orders["kind"], _KINDS_OF_ORDERS)]
    numbers = of_orders["order"].astype(np.int64)
    others = numbers != order
    settled = of_orders["kind"] == EventKind.SETTLED
    credited = numbers[others & settled & (day.accounts.payee[numbers] == account)]
    found = [_of_numbers(day, Kind.PAYMENT_IN, account, credited)] if len(credited) else []
    own = others & (day.accounts.payer[numbers] == account)
    for event, kind in _OF_ORDERS:
        those = numbers[own & (of_orders["kind"] == event)]
        if len(those):
            found.append(_of_numbers(day, kind, account, those))
    return found


def _of_numbers(day: ReplayedDay, kind: Kind, account: int, numbers: Int64s) -> Change:
    return Change(
        kind=kind,
        account=account,
        orders=tuple(numbers[:MAX_NAMED].tolist()),
        count=len(numbers),
        amount=int(day.amounts[numbers].sum()),
    )
