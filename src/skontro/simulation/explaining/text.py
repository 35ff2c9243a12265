"""A story in words, for a terminal: one paragraph for each stage, short lines, local times."""

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from skontro.simulation.explaining.happenings import Kind
from skontro.simulation.report.wording import count, duration, listed

#: Stages shown of a long story, at its beginning and at its end; a document has all of them.
_FIRST: Final = 12
_LAST: Final = 8
_INDENT: Final = " " * 10
_NAMED: Final = 3

Document = dict[str, Any]


def story_text(document: Document, zone: ZoneInfo) -> str:
    """The story of one order, ending with a line feed.

    Args:
        document: of `story_document`.
        zone: in which to show times.
    """
    return "\n".join(_Teller(document, zone).lines()) + "\n"


class _Teller:
    """Tells one document."""

    def __init__(self, document: Document, zone: ZoneInfo) -> None:
        self.document = document
        self.zone = zone
        self.date = document["order"]["business_date"]

    def lines(self) -> Iterator[str]:
        order, document = self.document["order"], self.document
        where = "" if order["row"] is None else f"row {order['row']:,} of the payments, "
        amount = f"{_money(order)}, {order['payment_class']}"
        yield f"{order['payer']} pays {order['payee']} {amount}"
        yield f"UETR {order['uetr']}, {where}order {order['order']:,}"
        yield ""
        submitted = self.time(order["submitted_at"])
        yield f"Submitted {submitted} on {self.date}, {document['status']} {self.end()}."
        yield from self.waited()
        stages = document["stages"]
        left_out = len(stages) - _FIRST - _LAST
        for number, stage in enumerate(stages):
            if left_out > 1 and number == _FIRST:
                yield f"{_INDENT}… {left_out:,} more changes; --format json has all of them"
            if left_out <= 1 or not _FIRST <= number < len(stages) - _LAST:
                yield from self.stage(stage)
        yield from self.ended()

    def time(self, moment: str) -> str:
        """A moment as a local time, with its date where that is another than the order's."""
        local = datetime.datetime.fromisoformat(moment).astimezone(self.zone)
        time = local.time().isoformat("auto")
        return time if local.date().isoformat() == self.date else f"{local.date()} {time}"

    def end(self) -> str:
        return self.time(self.document["final_at"])

    def waited(self) -> Iterator[str]:
        document = self.document
        if document["stages"]:
            yield f"It waited {duration(document['waited_microseconds'])}."
            yield ""
        elif document["mechanism"] == "entry":
            yield "It settled at once: its payer had cover, and nothing stood before it."
        else:
            yield "It did not wait."
            yield ""

    def stage(self, stage: Document) -> Iterator[str]:
        first, *others = self.cause(stage["cause"])
        yield f"{self.time(stage['from']):<8}  {first}"
        yield from (_INDENT + line for line in others)
        yield from (_INDENT + line for line in self.happened(stage["after"], "after"))

    def cause(self, cause: Document) -> Iterator[str]:
        """What was in the way, the figures first."""
        teller: Callable[[Document], str] = getattr(self, f"_{cause['reason'].lower()}")
        yield f"{teller(cause)} ({cause['reason']})"
        ahead = cause.get("orders_ahead")
        if ahead and cause["reason"] == "ORDER_AHEAD":
            named = [_named(order) for order in ahead["first"][:_NAMED]]
            more = ahead["orders"] - len(named)
            yield f"  ahead: {'; '.join(named)}{f'; and {more:,} more' if more else ''}"
        if "which_waits_for" in cause:
            first, *_ = self.cause(cause["which_waits_for"])
            yield f"  {_short_name(cause['waits_for'])}: {first}"

    def _lacks_cover(self, cause: Document) -> str:
        account = cause["account"]
        reserved = cause.get("reserved")
        kept = f", {_in(account, reserved)} of it reserved" if reserved else ""
        return f"short of {_in(account, cause['amount_short'])}: {_cover(account)}{kept}"

    def _liquidity_reserved(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"short of {_in(account, cause['amount_short'])}: {_cover(account)}, of which "
            f"{_in(account, cause['reserved'])} was reserved for higher classes"
        )

    def _order_ahead(self, cause: Document) -> str:
        ahead, account = cause["orders_ahead"], cause["account"]
        return (
            f"behind {count(ahead['orders'], 'order')} of {account['bic']} worth "
            f"{_in(account, ahead['value'])}"
        )

    def _net_sender_limit_reached(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"{_in(account, cause['amount_short'])} beyond the net-sender limit of "
            f"{account['bic']}, {_in(account, cause['limit'])}"
        )

    def _bilateral_limit_reached(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"{_in(account, cause['amount_short'])} beyond the bilateral limit of "
            f"{account['bic']} towards {cause['counterparty']}, {_in(account, cause['limit'])}"
        )

    def _position_limit_reached(self, cause: Document) -> str:
        return f"the aggregate position or overall value of {cause['account']['bic']} at its limit"

    def _awaits_counterleg(self, cause: Document) -> str:
        return f"held: its counterleg {cause['counterleg_uetr']} had not come"

    def _awaits_earliest_time(self, cause: Document) -> str:
        return f"held until {self.time(cause['awaited_until'])}, before which it may not settle"

    def _awaits_run(self, cause: Document) -> str:
        return f"{cause['explanation']}"

    def _counterleg_waits(self, cause: Document) -> str:
        return f"its counterleg could not settle yet: {_named(cause['waits_for'])}"

    def happened(self, happenings: list[Document], word: str) -> Iterator[str]:
        for one in happenings:
            text = _HAPPENED[Kind(one["kind"])](one)
            if text:
                yield f"  {word}: {text}"

    def ended(self) -> Iterator[str]:
        """How it ended, and what had brought that about."""
        document = self.document
        if document["mechanism"] == "entry" and not document["stages"]:
            return
        yield f"{self.end():<8}  {_ENDED[document['status']](document)}"
        counterleg, together = document["counterleg"], document["settled_with"]
        if counterleg is not None and document["status"] == "settled":
            yield f"{_INDENT}  with its counterleg: {_named(counterleg)}"
        if together is not None:
            yield from (_INDENT + line for line in _together(together, document["order"]))
        else:
            yield from (_INDENT + line for line in self.happened(document["ended_by"], "after"))


def _settled(document: Document) -> str:
    if document["reason"] is not None:
        return f"{document['explanation']} ({document['reason']})"
    return "settled, in its turn"


def _not_settled(document: Document) -> str:
    return f"{document['status']}: {document['explanation']} ({document['reason']})"


_ENDED: Final[dict[str, Callable[[Document], str]]] = {
    "settled": _settled,
    "refused": _not_settled,
    "returned": _not_settled,
    "cancelled": _not_settled,
}


def _together(together: Document, order: Document) -> Iterator[str]:
    named = [_named(one) for one in together["first"][:_NAMED]]
    more = together["orders"] - len(named)
    rest = f"; and {more:,} more" if more else ""
    algorithm = together["algorithm"].replace("_", " ").replace("fifo", "FIFO")
    orders = count(together["orders"], "other order")
    worth = _in(together, together["value"])
    yield f"  run {together['run']:,} ({algorithm}), with {orders} worth {worth}"
    if named:
        yield f"  with: {'; '.join(named)}{rest}"
    yield (
        f"  in it {order['payer']} paid {_in(together, together['paid_by_payer'])} and received "
        f"{_in(together, together['paid_to_payer'])}"
    )


def _payments(one: Document, verb: str) -> str:
    amount = _in(one, one["amount"])
    orders = [_short_name(order) for order in one["first"][:_NAMED]]
    more = one["count"] - len(orders)
    others = [f"{more:,} more"] if more else []
    return f"{amount} {verb} {one['account']}: {listed([*orders, *others])}"


def _orders(one: Document, verb: str) -> str:
    orders = [_named(order) for order in one["first"][:_NAMED]]
    more = one["count"] - len(orders)
    others = [f"{more:,} more"] if more else []
    return f"{listed([*orders, *others])} {verb}"


def _set(one: Document, noun: str) -> str:
    amount = "ended" if one["amount"] is None else f"set to {_in(one, one['amount'])}"
    towards = f" towards {one['counterparty']}" if "counterparty" in one else ""
    return f"{noun} of {one['account']}{towards} {amount}"


def _class_changed(one: Document) -> str:
    new = one.get("payment_class")
    return f"its class became {new}" if new else _orders(one, "changed class")


def _moved(one: Document) -> str:
    return _orders(one, "moved in the queue") if "account" in one else "it was moved in its queue"


_HAPPENED: Final[dict[Kind, Callable[[Document], str]]] = {
    Kind.SUBMITTED: lambda _: "",
    Kind.TIME_CAME: lambda _: "its time had come",
    Kind.PAYMENT_IN: lambda one: _payments(one, "came in to"),
    Kind.PAYMENT_OUT: lambda one: _payments(one, "was paid by"),
    Kind.ORDER_JOINED: lambda one: _orders(one, "joined the queue"),
    Kind.ORDER_RETURNED: lambda one: _orders(one, "was returned"),
    Kind.ORDER_CANCELLED: lambda one: _orders(one, "was cancelled"),
    Kind.CLASS_CHANGED: _class_changed,
    Kind.MOVED_IN_QUEUE: _moved,
    Kind.LIQUIDITY_IN: lambda one: f"{_in(one, one['amount'])} of liquidity to {one['account']}",
    Kind.LIQUIDITY_OUT: lambda one: f"{_in(one, one['amount'])} of liquidity from {one['account']}",
    Kind.CREDIT_LINE_SET: lambda one: _set(one, "credit line"),
    Kind.RESERVATION_SET: lambda one: _set(one, f"reservation for {one['payment_class']} orders"),
    Kind.NET_SENDER_LIMIT_SET: lambda one: _set(one, "net-sender limit"),
    Kind.BILATERAL_LIMIT_SET: lambda one: _set(one, "bilateral limit"),
    Kind.COUNTERLEG_CAME: lambda _: "its counterleg came",
    Kind.OFFSETTING_RAN: lambda _: "offsetting ran",
}


def _in(place: Document, amount: str) -> str:
    """An amount with its currency, thousands apart."""
    return f"{place['currency']} {Decimal(amount):,}"


def _money(order: Document) -> str:
    return _in(order, order["amount"])


def _cover(account: Document) -> str:
    credit = Decimal(account["credit"])
    lent = f" and a credit line of {_in(account, account['credit'])}" if credit else ""
    return f"{account['bic']} had {_in(account, account['balance'])}{lent}"


def _short_name(order: Document) -> str:
    """What names an order in a few signs: its row if it has one, else how its UETR begins."""
    return f"UETR {order['uetr'][:8]}" if order["row"] is None else f"row {order['row']:,}"


def _named(order: Document) -> str:
    return f"{_short_name(order)} ({_money(order)} to {order['payee']}, {order['payment_class']})"
