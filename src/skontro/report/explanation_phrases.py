"""Phrases of an explanation: events, outcomes, and orders, amounts and accounts by name."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from skontro.report.formatting import count, listed
from skontro.simulation.explanation.changes import Kind

Document = dict[str, Any]

#: Orders named in one line.
MAX_NAMED: Final = 3


def _settled(document: Document) -> str:
    if document["reason"] is not None:
        return f"{document['explanation']} ({document['reason']})"
    return "settled, in its turn"


def _not_settled(document: Document) -> str:
    return f"{document['status']}: {document['explanation']} ({document['reason']})"


ENDED: Final[dict[str, Callable[[Document], str]]] = {
    "settled": _settled,
    "rejected": _not_settled,
    "returned": _not_settled,
    "cancelled": _not_settled,
}


def together_lines(together: Document, order: Document) -> Iterator[str]:
    """The run in which an order settled, its parties, and the payer's amounts paid and received."""
    names = [named(one) for one in together["first"][:MAX_NAMED]]
    more = together["orders"] - len(names)
    rest = f"; and {more:,} more" if more else ""
    algorithm = together["algorithm"].replace("_", " ").replace("fifo", "FIFO")
    orders = count(together["orders"], "other order")
    worth = in_full(together, together["value"])
    yield f"  run {together['run']:,} ({algorithm}), with {orders} worth {worth}"
    if names:
        yield f"  with: {'; '.join(names)}{rest}"
    paid = in_full(together, together["paid_by_payer"])
    received = in_full(together, together["paid_to_payer"])
    yield f"  in it {order['payer']} paid {paid} and received {received}"


def _payments(one: Document, verb: str) -> str:
    amount = in_full(one, one["amount"])
    orders = [short_name(order) for order in one["first"][:MAX_NAMED]]
    more = one["count"] - len(orders)
    others = [f"{more:,} more"] if more else []
    return f"{amount} {verb} {one['account']}: {listed([*orders, *others])}"


def _orders(one: Document, verb: str) -> str:
    orders = [named(order) for order in one["first"][:MAX_NAMED]]
    more = one["count"] - len(orders)
    others = [f"{more:,} more"] if more else []
    return f"{listed([*orders, *others])} {verb}"


def _set(one: Document, noun: str) -> str:
    amount = "ended" if one["amount"] is None else f"set to {in_full(one, one['amount'])}"
    towards = f" towards {one['counterparty']}" if "counterparty" in one else ""
    return f"{noun} of {one['account']}{towards} {amount}"


def _class_changed(one: Document) -> str:
    new = one.get("payment_class")
    return f"its class became {new}" if new else _orders(one, "changed class")


def _moved(one: Document) -> str:
    return _orders(one, "moved in the queue") if "account" in one else "it was moved in its queue"


HAPPENED: Final[dict[Kind, Callable[[Document], str]]] = {
    Kind.SUBMITTED: lambda _: "",
    Kind.TIME_CAME: lambda _: "its time had come",
    Kind.PAYMENT_IN: lambda one: _payments(one, "came in to"),
    Kind.PAYMENT_OUT: lambda one: _payments(one, "was paid by"),
    Kind.ORDER_JOINED: lambda one: _orders(one, "joined the queue"),
    Kind.ORDER_RETURNED: lambda one: _orders(one, "was returned"),
    Kind.ORDER_CANCELLED: lambda one: _orders(one, "was cancelled"),
    Kind.CLASS_CHANGED: _class_changed,
    Kind.MOVED_IN_QUEUE: _moved,
    Kind.TIMES_CHANGED: lambda _: "its times changed",
    Kind.LIQUIDITY_IN: lambda one: (
        f"{in_full(one, one['amount'])} of liquidity to {one['account']}"
    ),
    Kind.LIQUIDITY_OUT: lambda one: (
        f"{in_full(one, one['amount'])} of liquidity from {one['account']}"
    ),
    Kind.CREDIT_LINE_SET: lambda one: _set(one, "credit line"),
    Kind.RESERVATION_SET: lambda one: _set(one, f"reservation for {one['payment_class']} orders"),
    Kind.NET_SENDER_LIMIT_SET: lambda one: _set(one, "net-sender limit"),
    Kind.BILATERAL_LIMIT_SET: lambda one: _set(one, "bilateral limit"),
    Kind.COUNTERLEG_CAME: lambda _: "its counterleg came",
    Kind.OFFSETTING_RAN: lambda _: "offsetting ran",
}


def in_full(place: Document, amount: str) -> str:
    """An amount with its currency, thousands apart."""
    return f"{place['currency']} {Decimal(amount):,}"


def money(order: Document) -> str:
    """An order's amount with its currency."""
    return in_full(order, order["amount"])


def cover_in_words(account: Document) -> str:
    """The balance and credit of an account."""
    credit = Decimal(account["credit"])
    lent = f" and a credit line of {in_full(account, account['credit'])}" if credit else ""
    return f"{account['bic']} had {in_full(account, account['balance'])}{lent}"


def short_name(order: Document) -> str:
    """A short name of an order: its row if it has one, else the beginning of its UETR."""
    return f"UETR {order['uetr'][:8]}" if order["row"] is None else f"row {order['row']:,}"


def named(order: Document) -> str:
    """An order with its description."""
    return f"{short_name(order)} ({money(order)} to {order['payee']}, {order['payment_class']})"
