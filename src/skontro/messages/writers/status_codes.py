"""ISO 20022 codes of the status of an order and its reason.

Reasons are codes of `ExternalStatusReason1Code` of the external code sets. Where ISO has none that
says the same, the reason is proprietary: the name of our reason code.
"""

from typing import Final

import attrs

from skontro.model import ReasonCode

#: `ExternalPaymentTransactionStatus1Code` by the name of an order's status. A returned order never
#: settled: to its payer that is a rejection, with the reason.
TRANSACTION_STATUSES: Final = {
    "held": "PDNG",
    "warehoused": "PDNG",
    "queued": "ACSP",
    "earmarked": "ACSP",
    "settled": "ACSC",
    "rejected": "RJCT",
    "returned": "RJCT",
    "cancelled": "CANC",
}

#: Codes by reason; all others are proprietary.
_ISO: Final = {
    ReasonCode.FIELD_MISSING: "FF02",  # syntax error
    ReasonCode.FIELD_MALFORMED: "FF02",
    ReasonCode.UNKNOWN_CURRENCY: "AM03",  # currency not allowed
    ReasonCode.UNKNOWN_PARTICIPANT: "RC01",  # bank identifier incorrect
    ReasonCode.UNKNOWN_CLASS: "FF03",  # payment type information invalid
    ReasonCode.WRONG_EXPONENT: "AM12",  # amount invalid
    ReasonCode.AMOUNT_NOT_POSITIVE: "AM01",  # zero amount
    ReasonCode.AMOUNT_TOO_LARGE: "AM13",  # exceeds what the clearing system takes
    ReasonCode.DUPLICATE_ORDER: "AM05",  # duplication
    ReasonCode.TIMES_OUT_OF_ORDER: "DT01",  # date invalid
    ReasonCode.OUTSIDE_BUSINESS_DAY: "DT01",
    ReasonCode.AMOUNT_NEGATIVE: "AM12",
    ReasonCode.DAY_NOT_OPEN: "ED06",  # settlement system not available
    ReasonCode.NO_SETTLEMENT_ACCOUNT: "AC01",  # account number incorrect
    ReasonCode.SAME_ACCOUNT: "AG01",  # transaction forbidden
    ReasonCode.CURRENCIES_DIFFER: "AM11",  # transaction currency invalid
    ReasonCode.LATEST_TIME_PASSED: "TM01",  # after the cut-off time
    ReasonCode.INSUFFICIENT_LIQUIDITY: "AM04",  # insufficient funds
    ReasonCode.COUNTERLEG_UNKNOWN: "ED05",  # settlement failed
    ReasonCode.LEGS_IN_ONE_CURRENCY: "AM11",
    ReasonCode.NO_COMMON_TIME: "DT01",
    ReasonCode.POSITION_LIMIT_REACHED: "AM23",  # exceeds the settlement limit
    ReasonCode.CANCELLED_BY_PARTICIPANT: "CUST",  # requested by the customer
    ReasonCode.RETURNED_AT_LATEST_TIME: "AM04",
    ReasonCode.RETURNED_AT_END_OF_DAY: "AM04",
    ReasonCode.COUNTERLEG_CANCELLED: "ED05",
    ReasonCode.PARTICIPANT_SUSPENDED: "AG10",  # agent suspended
    ReasonCode.CURRENCY_CLOSED: "AM03",
    ReasonCode.CUSTOMER_CUT_OFF_PASSED: "TM01",
    ReasonCode.INTERBANK_CUT_OFF_PASSED: "TM01",
    ReasonCode.NO_BUSINESS_DAY: "DT01",
    ReasonCode.VALUE_DATE_TOO_FAR: "DT01",
    ReasonCode.COUNTERLEG_MISMATCH: "ED05",
    ReasonCode.PARTICIPANT_LEFT: "AC04",  # account closed
    ReasonCode.NET_SENDER_LIMIT_REACHED: "AM23",
    ReasonCode.SCREENING_REJECTED: "RR04",  # regulatory reason
    ReasonCode.TRAVEL_RULE_REJECTED: "RR04",
    ReasonCode.HELD_ORDER_REJECTED: "RR04",
    ReasonCode.RETURNED_WHILE_HELD: "RR04",
    ReasonCode.CAP_EXCEEDED: "RR04",
    ReasonCode.NOT_ELIGIBLE: "RR04",
    ReasonCode.TOO_MANY_PAYMENTS: "RR04",
    ReasonCode.PAYMENTS_BELOW_AMOUNT: "RR04",
    ReasonCode.BILATERAL_LIMIT_REACHED: "AM23",
}


@attrs.frozen
class StatusReason:
    """Why a transaction has its status.

    Attributes:
        code: external code of ISO, or proprietary text of at most 35 characters.
        lines: additional information, each of any length.
        is_proprietary: whether the code is our own.
    """

    code: str
    lines: tuple[str, ...] = ()
    is_proprietary: bool = False


def status_reason(reason: ReasonCode) -> StatusReason | None:
    """The reason as messages state it, its explanation included; None for `ReasonCode.NONE`.

    Example:
        >>> from skontro.model import ReasonCode
        >>> status_reason(ReasonCode.INSUFFICIENT_LIQUIDITY).code
        'AM04'
    """
    if reason == ReasonCode.NONE:
        return None
    code = _ISO.get(reason)
    return StatusReason(
        reason.name if code is None else code,
        (f"{reason.name}: {reason.explanation}",),
        is_proprietary=code is None,
    )
