"""Builders of commands: orders as columns, and one function for each kind of single command."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from skontro.engine.command_columns import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    UNUSED,
    CommandKind,
)
from skontro.engine.commands import Commands, commands_of


def commands_from(rows: Sequence[Mapping[str, int | bytes]]) -> Commands:
    """One command for each of these, which have fields as the columns of `Commands`."""
    names = [name for name in UNUSED if any(name in row for row in rows)]
    columns = {name: [row.get(name, UNUSED[name].item()) for row in rows] for name in names}
    return commands_of(len(rows), **columns)


def command(kind: CommandKind, time: int, **fields: int | bytes) -> Commands:
    """One command; fields as the columns of `Commands`."""
    return commands_of(1, kind=int(kind), time=time, **fields)


def submit(
    time: npt.ArrayLike,
    payer: npt.ArrayLike,
    payee: npt.ArrayLike,
    amount: npt.ArrayLike,
    payment_class: npt.ArrayLike,
    earliest: npt.ArrayLike | None = None,
    latest: npt.ArrayLike | None = None,
    uetr: npt.ArrayLike | None = None,
) -> Commands:
    """Submit orders: columns of equal length, as in `Commands`.

    The engine numbers orders 0, 1, 2 … as they come, rejected ones included.
    """
    columns = {
        "time": time,
        "payer": payer,
        "payee": payee,
        "amount": amount,
        "payment_class": payment_class,
    }
    optional = {"earliest": earliest, "latest": latest, "uetr": uetr}
    columns |= {name: values for name, values in optional.items() if values is not None}
    return commands_of(np.size(time), **columns)


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
    """Submit an order that settles only together with its counterleg.

    Args:
        counterleg: number of the first leg; -1 for the first leg itself.
    """
    return command(
        CommandKind.SUBMIT_LEG,
        time,
        payer=payer,
        payee=payee,
        amount=amount,
        payment_class=payment_class,
        order=counterleg,
        earliest=earliest,
        latest=latest,
    )


def submit_linked(
    time: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    earliest: int = ANY_TIME_BEFORE,
    latest: int = ANY_TIME_AFTER,
) -> Commands:
    """Submit the leg of a link with other systems; it is set aside."""
    return command(
        CommandKind.SUBMIT_LINKED,
        time,
        payer=payer,
        payee=payee,
        amount=amount,
        payment_class=payment_class,
        earliest=earliest,
        latest=latest,
    )


def permit(time: int, order: int, latest: int = ANY_TIME_AFTER, follow: int = 0) -> Commands:
    """Let a leg that is set aside enter, to settle at `latest` at the latest.

    Args:
        follow: how many legs follow that are permitted only together with it.
    """
    return command(CommandKind.PERMIT, time, order=order, latest=latest, amount=follow)


def earmark(time: int, order: int, account: int, follow: int = 0) -> Commands:
    """Post the amount of a leg that is ready from its payer to an earmark account.

    Args:
        follow: how many legs follow that are earmarked only together with it.
    """
    return command(CommandKind.EARMARK, time, order=order, payee=account, amount=follow)


def complete(time: int, order: int) -> Commands:
    """Post the earmarked amount of a leg to its payee: the link is committed."""
    return command(CommandKind.COMPLETE, time, order=order)


def release(time: int, order: int) -> Commands:
    """Post the earmarked amount of a leg back to its payer: the link is not committed."""
    return command(CommandKind.RELEASE, time, order=order)


def cancel(time: int, order: int) -> Commands:
    """Cancel an order that is not yet final, on behalf of its payer."""
    return command(CommandKind.CANCEL, time, order=order)


def change_class(time: int, order: int, payment_class: int) -> Commands:
    """Move a queued or held order to another class, at the end of that class's queue."""
    return command(CommandKind.CHANGE_CLASS, time, order=order, payment_class=payment_class)


def change_times(
    time: int, order: int, earliest: int = ANY_TIME_BEFORE, latest: int = ANY_TIME_AFTER
) -> Commands:
    """Change the earliest time of a held order, or the latest of a waiting one; else as it was."""
    return command(CommandKind.CHANGE_TIMES, time, order=order, earliest=earliest, latest=latest)


def move_to_front(time: int, order: int) -> Commands:
    """Put a queued order before all others of its class."""
    return command(CommandKind.MOVE_TO_FRONT, time, order=order)


def move_to_end(time: int, order: int) -> Commands:
    """Put a queued order behind all others of its class."""
    return command(CommandKind.MOVE_TO_END, time, order=order)


def open_day(time: int) -> Commands:
    """Open the business day: orders are accepted from now on."""
    return command(CommandKind.OPEN_DAY, time)


def close_day(time: int) -> Commands:
    """Close the day: queued and held orders are returned, and no more orders are accepted."""
    return command(CommandKind.CLOSE_DAY, time)


def select(time: int, order: int) -> Commands:
    """Name an order that the next `settle_selected` is to settle."""
    return command(CommandKind.SELECT, time, order=order)


def settle_selected(time: int) -> Commands:
    """Settle the selected orders simultaneously, or none of them."""
    return command(CommandKind.SETTLE_SELECTED, time)


def offset(time: int, algorithm: int) -> Commands:
    """Run an `Algorithm` over all queues: all or nothing, greatest FIFO set or bilateral pass."""
    return command(CommandKind.OFFSET, time, amount=algorithm)


def set_credit_line(time: int, account: int, amount: int) -> Commands:
    """Give an account another intraday credit line."""
    return command(CommandKind.SET_CREDIT_LINE, time, payer=account, amount=amount)


def set_reservation(time: int, account: int, payment_class: int, amount: int) -> Commands:
    """Reserve an amount for urgent orders, or for high ones, until the day closes."""
    kind = CommandKind.SET_RESERVATION
    return command(kind, time, payer=account, payment_class=payment_class, amount=amount)


def set_net_sender_limit(time: int, account: int, amount: int) -> Commands:
    """Limit an account's net payments to all others until the day closes; or `NO_LIMIT`."""
    return command(CommandKind.SET_NET_SENDER_LIMIT, time, payer=account, amount=amount)


def set_bilateral_limit(time: int, account: int, counterparty: int, amount: int) -> Commands:
    """Limit an account's net payments to another until the day closes; or `NO_LIMIT`."""
    kind = CommandKind.SET_BILATERAL_LIMIT
    return command(kind, time, payer=account, payee=counterparty, amount=amount)


def transfer_in(time: int, account: int, amount: int) -> Commands:
    """Credit an account with liquidity from outside the system."""
    return command(CommandKind.TRANSFER_IN, time, payer=account, amount=amount)


def transfer_out(time: int, account: int, amount: int) -> Commands:
    """Debit an account of liquidity that leaves the system."""
    return command(CommandKind.TRANSFER_OUT, time, payer=account, amount=amount)
