"""Validation of new orders: the reasons of rejection."""

from skontro.engine.constants import (
    AMOUNT_NOT_POSITIVE,
    AMOUNT_TOO_LARGE,
    CURRENCIES_DIFFER,
    DAY_NOT_OPEN,
    LATEST_TIME_PASSED,
    NO_REASON,
    NO_SETTLEMENT_ACCOUNT,
    SAME_ACCOUNT,
    TIMES_OUT_OF_ORDER,
    UNKNOWN_CLASS,
)
from skontro.engine.jit import numba_inline
from skontro.engine.records import CLASSES, HOLDS_EARMARKS, Records
from skontro.engine.structures.order_lookup import Order
from skontro.model import MAX_AMOUNT


@numba_inline
def reason_to_reject(accounts: Records, counters: Records, order: Order, time: int) -> int:
    """The reason with the lowest number that applies to a new order, or none (R9)."""
    payer, payee = order.payer, order.payee
    reason = NO_REASON
    if not 0 <= order.payment_class < CLASSES:
        reason = UNKNOWN_CLASS
    elif order.amount <= 0:
        reason = AMOUNT_NOT_POSITIVE
    elif order.amount > MAX_AMOUNT:
        reason = AMOUNT_TOO_LARGE
    elif order.latest < order.earliest:
        reason = TIMES_OUT_OF_ORDER
    elif counters[0]["day_open"] == 0:
        reason = DAY_NOT_OPEN
    elif not (0 <= payer < len(accounts) and 0 <= payee < len(accounts)):
        reason = NO_SETTLEMENT_ACCOUNT
    elif payer == payee:
        reason = SAME_ACCOUNT
    elif accounts[payer]["currency"] != accounts[payee]["currency"]:
        reason = CURRENCIES_DIFFER
    elif order.latest < time:
        reason = LATEST_TIME_PASSED
    return reason


@numba_inline
def concerns_earmarks(accounts: Records, payer: int, payee: int) -> bool:
    """Whether an order that has passed all else is to pay from or to an earmark account (R56)."""
    return bool((accounts[payer]["flags"] | accounts[payee]["flags"]) & HOLDS_EARMARKS)
