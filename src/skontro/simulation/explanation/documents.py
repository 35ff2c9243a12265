"""An explanation as a document: amounts in major units as text, times in UTC, orders by name."""

import json
from typing import Any, Final

import attrs

from skontro.files import Results
from skontro.model import (
    Currency,
    PaymentClass,
    ReasonCode,
    SettlementAccount,
    find_currency,
    format_amount,
    timestamp_text,
    to_timestamp,
)
from skontro.simulation.explanation.changes import Change, Kind
from skontro.simulation.explanation.order_explanation import OrderExplanation, Stage, Together
from skontro.simulation.explanation.tracing import Cause

_LIMITS: Final = (ReasonCode.NET_SENDER_LIMIT_REACHED, ReasonCode.BILATERAL_LIMIT_REACHED)


def explanations_json(documents: list[dict[str, Any]]) -> str:
    """Explanations as JSON text in a fixed layout, ending with a line feed."""
    return json.dumps({"orders": documents}, ensure_ascii=False, indent=1) + "\n"


def explanation_document(results: Results, explanation: OrderExplanation) -> dict[str, Any]:
    """An explanation with names in the place of numbers.

    Args:
        results: with their inputs.
        explanation: of one of their orders.
    """
    return _Namer(results).explained(explanation)


@attrs.frozen(eq=False)
class _Namer:
    """Puts names in the place of the engine's numbers."""

    results: Results
    _known: dict[int, dict[str, Any]] = attrs.field(factory=dict)

    @property
    def _accounts(self) -> tuple[SettlementAccount, ...]:
        assert self.results.inputs is not None
        return tuple(self.results.inputs.directory.accounts)

    def explained(self, explanation: OrderExplanation) -> dict[str, Any]:
        row = self.results.orders.row(explanation.order, named=True)
        return {
            "order": self.order(explanation.order)
            | {
                "business_date": row["business_date"].isoformat(),
                "earliest_at": _timestamp(row["earliest_at"]),
                "latest_at": _timestamp(row["latest_at"]),
                "counterleg_uetr": row["counterleg"],
            },
            "status": explanation.status.value,
            "reason": None if explanation.reason == ReasonCode.NONE else explanation.reason.name,
            "explanation": _explanation(explanation.reason),
            "mechanism": row["mechanism"],
            "final_at": timestamp_text(explanation.final_at),
            "waited_microseconds": explanation.waited,
            "stages": [self.stage(stage) for stage in explanation.stages],
            "ended_by": [self.change(one) for one in explanation.ended_by],
            "settled_with": None if explanation.together is None else self.together(explanation),
            "counterleg": None
            if explanation.counterleg is None
            else self.order(explanation.counterleg),
        }

    def order(self, number: int) -> dict[str, Any]:
        """Names and values of an order; an explanation names the same ones repeatedly."""
        if number not in self._known:
            self._known[number] = self._order(number)
        return dict(self._known[number])

    def _order(self, number: int) -> dict[str, Any]:
        row = self.results.orders.row(number, named=True)
        return {
            "order": number,
            "row": row["row"],
            "uetr": row["uetr"],
            "payer": row["payer"],
            "payee": row["payee"],
            "currency": row["currency"],
            "amount": format_amount(row["amount_minor"], find_currency(row["currency"])),
            "payment_class": row["payment_class"],
            "submitted_at": _timestamp(row["submitted_at"]),
        }

    def stage(self, stage: Stage) -> dict[str, Any]:
        return {
            "from": timestamp_text(stage.start),
            "until": timestamp_text(stage.end),
            "microseconds": stage.end - stage.start,
            "cause": self.cause(stage.cause),
            "after": [self.change(one) for one in stage.after],
        }

    def cause(self, cause: Cause) -> dict[str, Any]:
        """The cause of a wait, without fields that do not apply to the reason."""
        row = self.order(cause.order)
        currency = find_currency(row["currency"])
        document: dict[str, Any] = {
            "reason": cause.reason.name,
            "explanation": _explanation(cause.reason),
            "account": {
                "bic": row["payer"],
                "currency": currency.code,
                "balance": format_amount(cause.balance, currency),
                "credit": format_amount(cause.credit, currency),
            },
        }
        if cause.short:
            document["amount_short"] = format_amount(cause.short, currency)
        if cause.withheld:
            document["reserved"] = format_amount(cause.withheld, currency)
        if cause.reason in _LIMITS:
            document["limit"] = format_amount(cause.limit, currency)
        if cause.reason == ReasonCode.BILATERAL_LIMIT_REACHED:
            document["counterparty"] = row["payee"]
        if cause.reason == ReasonCode.AWAITS_COUNTERLEG:
            document["counterleg_uetr"] = self.results.orders["counterleg"][cause.order]
        limits = self.results.rulebook.position_limits
        if cause.holdings and limits is not None:
            common = limits.common_currency
            document["positions"] = [self.holding(*one) for one in cause.holdings]
            document["aggregate_limit"] = {
                "currency": common.code,
                "amount": format_amount(limits.aggregate_short_position, common),
            }
        if cause.until is not None:
            document["awaited_until"] = timestamp_text(cause.until)
        if cause.before.orders:
            document["orders_ahead"] = {
                "orders": cause.before.orders,
                "value": format_amount(cause.before.value, currency),
                "first": [self.order(number) for number in cause.before.first],
            }
        if cause.other is not None:
            document["waits_for"] = self.order(cause.other)
        if cause.cause_of_other is not None:
            document["which_waits_for"] = self.cause(cause.cause_of_other)
        return document

    def holding(self, account: int, balance: int) -> dict[str, str]:
        """A participant's balance on one of its accounts."""
        currency = self._accounts[account].currency
        return {"currency": currency.code, "balance": format_amount(balance, currency)}

    def change(self, one: Change) -> dict[str, Any]:
        document: dict[str, Any] = {"kind": one.kind.value}
        if one.account is not None:
            account = self._accounts[one.account]
            document |= {"account": account.bic, "currency": account.currency.code}
            if one.amount is not None:
                document["amount"] = _amount(one.amount, one.kind, account.currency)
        if one.payment_class is not None:
            document["payment_class"] = PaymentClass(one.payment_class).name.lower()
        if one.counterparty is not None:
            document["counterparty"] = self._accounts[one.counterparty].bic
        if one.count:
            document["count"] = one.count
        if one.orders:
            document["first"] = [self.order(number) for number in one.orders]
        return document

    def together(self, explanation: OrderExplanation) -> dict[str, Any]:
        together = explanation.together
        assert isinstance(together, Together)
        row = self.results.orders.row(explanation.order, named=True)
        currency = find_currency(row["currency"])
        return {
            "run": together.run,
            "algorithm": row["mechanism"],
            "currency": currency.code,
            "orders": together.orders,
            "value": format_amount(together.value, currency),
            "first": [self.order(number) for number in together.first],
            "paid_by_payer": format_amount(together.paid_by_payer, currency),
            "paid_to_payer": format_amount(together.paid_to_payer, currency),
        }


def _amount(amount: int, kind: Kind, currency: Currency) -> str | None:
    """The amount, or None where a limit ended."""
    of_limit = kind in (Kind.NET_SENDER_LIMIT_SET, Kind.BILATERAL_LIMIT_SET)
    return None if of_limit and amount < 0 else format_amount(amount, currency)


def _explanation(reason: ReasonCode) -> str | None:
    return None if reason == ReasonCode.NONE else reason.explanation


def _timestamp(value: Any) -> str | None:  # noqa: ANN401  a datetime of a table's row, or None
    return None if value is None else timestamp_text(to_timestamp(value))
