"""Waiting reasons in the API: figures for payer and operator, the kind alone for the payee."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import WHY, uetr_text
from skontro.ledger.order_records import STATUSES
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus, ReasonCode, format_amount, timestamp_text
from skontro.service.api.order_schemas import WaitingForOut
from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import in_turns
from skontro.service.api.service_context import Context
from skontro.service.auth.credentials import Identity
from skontro.system import SettlementSystem
from skontro.system.acceptance import date_of

#: The obstacle of an order, by its reason.
KINDS: Final = {
    ReasonCode.AWAITS_VALUE_DATE: "value_date",
    ReasonCode.AWAITS_COUNTERLEG: "counterleg",
    ReasonCode.AWAITS_EARLIEST_TIME: "earliest_time",
    ReasonCode.AWAITS_RUN: "run",
    ReasonCode.ORDER_AHEAD: "order_ahead",
    ReasonCode.INSUFFICIENT_LIQUIDITY: "cover",
    ReasonCode.LIQUIDITY_RESERVED: "reservation",
    ReasonCode.NET_SENDER_LIMIT_REACHED: "net_sender_limit",
    ReasonCode.BILATERAL_LIMIT_REACHED: "bilateral_limit",
    ReasonCode.POSITION_LIMIT_REACHED: "position_limit",
    ReasonCode.COUNTERLEG_WAITS: "counterleg_settlement",
    ReasonCode.LINK_AWAITED: "link",
    ReasonCode.SCREENING_HOLD: "screening",
    ReasonCode.NOT_SCREENED: "screening",
    ReasonCode.TRAVEL_RULE_HOLD: "screening",
    ReasonCode.CAP_EXCEEDED: "policy",
    ReasonCode.NOT_ELIGIBLE: "policy",
    ReasonCode.TOO_MANY_PAYMENTS: "policy",
    ReasonCode.PAYMENTS_BELOW_AMOUNT: "policy",
}

#: Why an order is held outside the engine.
_OUTSIDE: Final = (
    ReasonCode.SCREENING_HOLD,
    ReasonCode.NOT_SCREENED,
    ReasonCode.TRAVEL_RULE_HOLD,
    ReasonCode.CAP_EXCEEDED,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.TOO_MANY_PAYMENTS,
    ReasonCode.PAYMENTS_BELOW_AMOUNT,
)

_HELD: Final = STATUSES.index(OrderStatus.HELD)
#: Statuses of orders that wait for settlement in the engine.
_WAITING: Final = (
    _HELD,
    STATUSES.index(OrderStatus.QUEUED),
    STATUSES.index("earmarked"),
)
#: All fields of an obstacle, empty.
_NOT_SHOWN: Final = dict.fromkeys(WaitingForOut.model_fields)

#: An order may change during the query; most tries.
_TRIES: Final = 3
#: Seconds after which an order is shown without why it waits: nothing becomes durable then.
_PATIENCE: Final = 5.0


@attrs.frozen(eq=False)
class Explained:
    """Orders with their status, and the reasons of those that wait.

    Attributes:
        orders: `ORDER` records.
        whys: a `WHY` record for each; its reason is NONE where it is not known.
    """

    orders: Records
    whys: Records


async def explain(context: Context, indices: npt.NDArray[np.int64]) -> Explained:
    """Orders by their position in the order index, each with its waiting reason.

    The engine's answer comes after all its state is durable. The order index is read later, so an
    order that has become final is shown as final.
    """
    order_index = context.mapper.order_index
    orders, whys = order_index.at(indices), np.zeros(len(indices), WHY)
    for _ in range(_TRIES):
        rows = np.flatnonzero(_is_open(orders, whys))
        if not len(rows):
            break
        found = await ask(context, orders["number"][rows].tolist())
        if found is None:
            break
        whys[rows] = found
        orders[rows] = order_index.at(indices[rows])
    return Explained(orders, whys)


async def ask(context: Context, numbers: list[int]) -> Records | None:
    """`WHY` records of orders by the engine's numbers; None if they are not available now."""

    def query(system: SettlementSystem) -> Records:
        return system.engine.why_waiting(numbers)

    return await patiently(context, query)


async def patiently(
    context: Context, query: Callable[[SettlementSystem], Records]
) -> Records | None:
    """The engine's answer; None if nothing becomes durable in time."""
    try:
        async with asyncio.timeout(_PATIENCE):
            found: Records = await context.ask(query)
            return found
    except (TimeoutError, Problem):
        return None


def _is_open(orders: Records, whys: Records) -> npt.NDArray[np.bool_]:
    """Which orders wait without a known reason."""
    is_held = orders["status"] == _HELD
    waits = np.isin(orders["status"], _WAITING)
    unknown = (whys["reason"] == int(ReasonCode.NONE)) | (whys["is_held"] != is_held)
    found: npt.NDArray[np.bool_] = waits & unknown & (orders["number"] >= 0)
    return found


def orders_out(context: Context, identity: Identity, explained: Explained) -> list[dict[str, Any]]:
    """The orders in the form of the API, for this caller."""
    return [
        context.mapper.order_out(order) | _waiting_out(context, identity, order, why)
        for order, why in in_turns(zip(explained.orders, explained.whys, strict=True))
    ]


def _waiting_out(context: Context, identity: Identity, order: Any, why: Any) -> dict[str, Any]:  # noqa: ANN401  records
    """`reason` and `waiting_for` of a waiting order; empty for other orders."""
    reason = ReasonCode(int(order["reason"]))
    if reason == ReasonCode.AWAITS_VALUE_DATE:
        date = int(order["value_date"])
        value_date = date_of(date).isoformat() if date else None
        return {"waiting_for": {**_NOT_SHOWN, "kind": KINDS[reason], "value_date": value_date}}
    if reason in _OUTSIDE and int(order["status"]) == _HELD:
        return {"waiting_for": {**_NOT_SHOWN, "kind": KINDS[reason]}}
    if int(order["status"]) not in _WAITING or not why["reason"]:
        return {"waiting_for": None}
    reason = ReasonCode(int(why["reason"]))
    shown: dict[str, Any] = {**_NOT_SHOWN, "kind": KINDS[reason]}
    payer = context.mapper.directory.accounts[int(order["payer"])]
    # Zero for any other reason; a later time of the counterleg is for the payer and the operator.
    if why["until"] == order["earliest"]:
        shown["until"] = timestamp_text(int(why["until"]))
    if identity.is_operator or identity.side == payer.bic:
        shown |= _figures(context, order, why)
    return {"reason": reason.name, "waiting_for": shown}


def _figures(context: Context, order: Any, why: Any) -> dict[str, Any]:  # noqa: ANN401  records
    """Figures visible to the payer and the operator only."""
    accounts, order_index = context.mapper.directory.accounts, context.mapper.order_index
    currency = accounts[int(order["payer"])].currency
    reason, shown = ReasonCode(int(why["reason"])), dict[str, Any]()
    if why["short"]:
        shown["amount_short"] = format_amount(int(why["short"]), currency)
    if why["withheld"]:
        shown["reserved"] = format_amount(int(why["withheld"]), currency)
    if reason in (ReasonCode.NET_SENDER_LIMIT_REACHED, ReasonCode.BILATERAL_LIMIT_REACHED):
        shown["limit"] = format_amount(int(why["limit"]), currency)
    if reason == ReasonCode.BILATERAL_LIMIT_REACHED:
        shown["counterparty"] = accounts[int(order["payee"])].bic
    if reason == ReasonCode.AWAITS_EARLIEST_TIME:
        shown["until"] = timestamp_text(int(why["until"]))
    if reason in (ReasonCode.AWAITS_COUNTERLEG, ReasonCode.COUNTERLEG_WAITS):
        shown["uetr"] = uetr_text(order["counterleg"].tobytes())
    if reason == ReasonCode.ORDER_AHEAD:
        index = order_index.index_of_number(int(why["other"]))
        if index is not None:
            shown["uetr"] = uetr_text(order_index.order(index)["uetr"].tobytes())
    return shown
