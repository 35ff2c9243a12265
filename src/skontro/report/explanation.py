"""An explanation as text for a terminal: one paragraph per stage, short lines, local times."""

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from skontro.report.explanation_phrases import (
    ENDED,
    HAPPENED,
    MAX_NAMED,
    Document,
    cover_in_words,
    in_full,
    money,
    named,
    short_name,
    together_lines,
)
from skontro.report.formatting import count, duration, listed
from skontro.simulation.explanation.changes import Kind

#: Paragraphs shown at the beginning and the end of a long explanation; a document has all of them.
_FIRST: Final = 12
_LAST: Final = 8
_INDENT: Final = " " * 10


def explanation_text(document: Document, zone: ZoneInfo) -> str:
    """The explanation of one order, ending with a line feed.

    Args:
        document: result of `explanation_document`.
        zone: in which to show times.
    """
    return "\n".join(_ExplanationText(document, zone).lines()) + "\n"


class _ExplanationText:
    """Tells one document."""

    def __init__(self, document: Document, zone: ZoneInfo) -> None:
        self.document = document
        self.zone = zone
        self.date = document["order"]["business_date"]

    def lines(self) -> Iterator[str]:
        order, document = self.document["order"], self.document
        where = "" if order["row"] is None else f"row {order['row']:,} of the payments, "
        amount = f"{money(order)}, {order['payment_class']}"
        yield f"{order['payer']} pays {order['payee']} {amount}"
        yield f"UETR {order['uetr']}, {where}order {order['order']:,}"
        yield ""
        submitted = self.time(order["submitted_at"])
        yield f"Submitted {submitted} on {self.date}, {document['status']} {self.end()}."
        yield from self.waited()
        yield from self.waits(_grouped(document["stages"]))
        yield from self.ended()

    def waits(self, groups: list[list[Document]]) -> Iterator[str]:
        left_out = len(groups) - _FIRST - _LAST
        for number, group in enumerate(groups):
            if left_out > 1 and number == _FIRST:
                yield f"{_INDENT}… {left_out:,} more changes; the JSON format has all of them"
            if left_out <= 1 or not _FIRST <= number < len(groups) - _LAST:
                yield from self.stage(group[0])
                yield from (_INDENT + line for line in self.changes(group))

    def time(self, timestamp: str) -> str:
        """A timestamp as a local time, with its date where that is another than the order's."""
        local = datetime.datetime.fromisoformat(timestamp).astimezone(self.zone)
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
            yield "It settled at once: its payer had cover, and no order was ahead of it."
        else:
            yield "It did not wait."
            yield ""

    def stage(self, stage: Document) -> Iterator[str]:
        first, *others = self.cause(stage["cause"])
        yield f"{self.time(stage['from']):<8}  {first}"
        yield from (_INDENT + line for line in others)
        yield from (_INDENT + line for line in self.happened(stage["after"], "after"))

    def changes(self, group: list[Document]) -> Iterator[str]:
        """The sum of changes in the other stages of a group; nothing for a group of one."""
        if len(group) == 1:
            return
        happened = [one for stage in group[1:] for one in stage["after"]]
        totals = [
            f"{_added_up(happened, kind, account)} {verb} {account['bic']}"
            for account in _accounts(group[0]["cause"])
            for kind, verb in ((Kind.PAYMENT_IN, "came in to"), (Kind.PAYMENT_OUT, "was paid by"))
            if any(one["kind"] == kind and _is_of(one, account) for one in happened)
        ]
        others = [one for one in happened if one["kind"] not in (Kind.PAYMENT_IN, Kind.PAYMENT_OUT)]
        totals += [count(len(others), "other change")] if others else []
        until = self.time(group[-1]["until"])
        yield f"  until {until}, in {count(len(group) - 1, 'step')}: {listed(totals)}"
        last = group[-1]["cause"]
        blocked = last.get("which_waits_for", last)
        if "amount_short" in blocked:
            short = in_full(blocked["account"], blocked["amount_short"])
            who = short_name(last["waits_for"]) if "which_waits_for" in last else "it"
            yield f"  at the end of that {who} was short of {short}"

    def cause(self, cause: Document) -> Iterator[str]:
        """The obstacle, figures first."""
        teller: Callable[[Document], str] = getattr(self, f"_{cause['reason'].lower()}")
        yield f"{teller(cause)} ({cause['reason']})"
        ahead = cause.get("orders_ahead")
        if ahead and cause["reason"] == "ORDER_AHEAD":
            names = [named(order) for order in ahead["first"][:MAX_NAMED]]
            more = ahead["orders"] - len(names)
            yield f"  ahead: {'; '.join(names)}{f'; and {more:,} more' if more else ''}"
        if "which_waits_for" in cause:
            first, *_ = self.cause(cause["which_waits_for"])
            yield f"  {short_name(cause['waits_for'])}: {first}"

    def _insufficient_liquidity(self, cause: Document) -> str:
        account = cause["account"]
        reserved = cause.get("reserved")
        kept = f", {in_full(account, reserved)} of it reserved" if reserved else ""
        return (
            f"short of {in_full(account, cause['amount_short'])}: {cover_in_words(account)}{kept}"
        )

    def _liquidity_reserved(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"short of {in_full(account, cause['amount_short'])}: {cover_in_words(account)}, "
            f"of which {in_full(account, cause['reserved'])} was reserved for higher classes"
        )

    def _order_ahead(self, cause: Document) -> str:
        ahead, account = cause["orders_ahead"], cause["account"]
        return (
            f"behind {count(ahead['orders'], 'order')} of {account['bic']} worth "
            f"{in_full(account, ahead['value'])}"
        )

    def _net_sender_limit_reached(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"{in_full(account, cause['amount_short'])} beyond the net-sender limit of "
            f"{account['bic']}, {in_full(account, cause['limit'])}"
        )

    def _bilateral_limit_reached(self, cause: Document) -> str:
        account = cause["account"]
        return (
            f"{in_full(account, cause['amount_short'])} beyond the bilateral limit of "
            f"{account['bic']} towards {cause['counterparty']}, "
            f"{in_full(account, cause['limit'])}"
        )

    def _position_limit_reached(self, cause: Document) -> str:
        had = listed(in_full(one, one["balance"]) for one in cause["positions"])
        limit = in_full(cause["aggregate_limit"], cause["aggregate_limit"]["amount"])
        return (
            f"{cause['account']['bic']} had {had}: settling it would bring its aggregate short "
            f"position above {limit}, or its overall value below zero"
        )

    def _awaits_counterleg(self, cause: Document) -> str:
        return f"held: its counterleg {cause['counterleg_uetr']} had not come"

    def _awaits_earliest_time(self, cause: Document) -> str:
        return f"held until {self.time(cause['awaited_until'])}, before which it may not settle"

    def _awaits_run(self, cause: Document) -> str:
        return f"{cause['explanation']}"

    def _counterleg_waits(self, cause: Document) -> str:
        return f"its counterleg could not settle yet: {named(cause['waits_for'])}"

    def happened(self, changes: list[Document], word: str) -> Iterator[str]:
        for one in changes:
            text = HAPPENED[Kind(one["kind"])](one)
            if text:
                yield f"  {word}: {text}"

    def ended(self) -> Iterator[str]:
        """The outcome, and its cause."""
        document = self.document
        if document["mechanism"] == "entry" and not document["stages"]:
            return
        yield f"{self.end():<8}  {ENDED[document['status']](document)}"
        counterleg, together = document["counterleg"], document["settled_with"]
        if counterleg is not None and document["status"] == "settled":
            yield f"{_INDENT}  with its counterleg: {named(counterleg)}"
        if together is not None:
            yield from (_INDENT + line for line in together_lines(together, document["order"]))
        else:
            yield from (_INDENT + line for line in self.happened(document["ended_by"], "after"))


def _grouped(stages: list[Document]) -> list[list[Document]]:
    """Stages in a row with the same obstacle and other figures, grouped in a long explanation."""
    if len(stages) <= _FIRST:
        return [[stage] for stage in stages]
    return [[*group] for _, group in groupby(stages, lambda stage: _obstacle(stage["cause"]))]


def _obstacle(cause: Document) -> list[object]:
    """The obstacle, without figures."""
    other = cause.get("waits_for", {}).get("order")
    return [cause["reason"], other, *(_obstacle(cause["which_waits_for"]) if other else [])]


def _accounts(cause: Document) -> list[Document]:
    """The accounts that a cause is about, each once."""
    found = [cause["account"]]
    other = cause.get("which_waits_for")
    if other is not None and not _is_of(other["account"] | {"account": ""}, found[0]):
        found += [other["account"]]
    return found


def _is_of(one: Document, account: Document) -> bool:
    """Whether something happened to an account."""
    return (one.get("account") or one.get("bic"), one.get("currency")) == (
        account["bic"],
        account["currency"],
    )


def _added_up(happened: list[Document], kind: Kind, account: Document) -> str:
    """Amount and number of all orders of a kind."""
    of_kind = [one for one in happened if one["kind"] == kind and _is_of(one, account)]
    amount = sum((Decimal(one["amount"]) for one in of_kind), Decimal(0))
    orders = count(sum(one["count"] for one in of_kind), "order")
    return f"{in_full(account, str(amount))} ({orders})"
