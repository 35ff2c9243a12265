"""Validation of new orders: the reasons of rejection."""

from skontro.engine.jit import numba_inline
from skontro.engine.records import CLASSES, Records
from skontro.model import MAX_AMOUNT, ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_NO_REASON = int(ReasonCode.NONE)
_UNKNOWN_CLASS = int(ReasonCode.UNKNOWN_CLASS)
_AMOUNT_NOT_POSITIVE = int(ReasonCode.AMOUNT_NOT_POSITIVE)
_AMOUNT_TOO_LARGE = int(ReasonCode.AMOUNT_TOO_LARGE)
_TIMES_OUT_OF_ORDER = int(ReasonCode.TIMES_OUT_OF_ORDER)
_DAY_NOT_OPEN = int(ReasonCode.DAY_NOT_OPEN)
_NO_SETTLEMENT_ACCOUNT = int(ReasonCode.NO_SETTLEMENT_ACCOUNT)
_SAME_ACCOUNT = int(ReasonCode.SAME_ACCOUNT)
_CURRENCIES_DIFFER = int(ReasonCode.CURRENCIES_DIFFER)
_LATEST_TIME_PASSED = int(ReasonCode.LATEST_TIME_PASSED)


@numba_inline
def reason_to_reject(
    accounts: Records,
    counters: Records,
    time: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    earliest: int,
    latest: int,
) -> int:
    """The reason with the lowest number that applies to a new order, or none (R9)."""
    reason = _NO_REASON
    if not 0 <= payment_class < CLASSES:
        reason = _UNKNOWN_CLASS
    elif amount <= 0:
        reason = _AMOUNT_NOT_POSITIVE
    elif amount > MAX_AMOUNT:
        reason = _AMOUNT_TOO_LARGE
    elif latest < earliest:
        reason = _TIMES_OUT_OF_ORDER
    elif counters[0]["day_open"] == 0:
        reason = _DAY_NOT_OPEN
    elif not (0 <= payer < len(accounts) and 0 <= payee < len(accounts)):
        reason = _NO_SETTLEMENT_ACCOUNT
    elif payer == payee:
        reason = _SAME_ACCOUNT
    elif accounts[payer]["currency"] != accounts[payee]["currency"]:
        reason = _CURRENCIES_DIFFER
    elif latest < time:
        reason = _LATEST_TIME_PASSED
    return reason
