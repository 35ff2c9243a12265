"""The nouns: currency and amount, country, participant, account, order, day, rate, reason."""

from skontro.model.calendar import (
    SECOND,
    BusinessDay,
    find_time_zone,
    from_timestamp,
    to_timestamp,
    weekdays,
)
from skontro.model.country import Country, find_country
from skontro.model.currency import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    Currency,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.model.errors import InputError, InvariantBroken, SkontroError
from skontro.model.identity import UETR_PATTERN, check_bic, check_lei, check_uetr
from skontro.model.order import OrderStatus, PaymentClass, TransferOrder
from skontro.model.participant import Participant, ParticipantDirectory, SettlementAccount
from skontro.model.rate import Rate, RateTable
from skontro.model.reason import ReasonCode

__all__ = [
    "MAX_AMOUNT",
    "MAX_MONEY_PER_CURRENCY",
    "SECOND",
    "UETR_PATTERN",
    "BusinessDay",
    "Country",
    "Currency",
    "InputError",
    "InvariantBroken",
    "OrderStatus",
    "Participant",
    "ParticipantDirectory",
    "PaymentClass",
    "Rate",
    "RateTable",
    "ReasonCode",
    "SettlementAccount",
    "SkontroError",
    "TransferOrder",
    "check_bic",
    "check_lei",
    "check_uetr",
    "find_country",
    "find_currency",
    "find_time_zone",
    "format_amount",
    "from_timestamp",
    "parse_amount",
    "to_timestamp",
    "weekdays",
]
