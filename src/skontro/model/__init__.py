"""The nouns: currency and amount, country, participant, account, order, day, rate, reason."""

from skontro.model.calendar import (
    FIRST_DATE,
    FIRST_MOMENT,
    LAST_DATE,
    LAST_MOMENT,
    SECOND,
    BusinessDay,
    check_date,
    check_moment,
    find_time_zone,
    from_timestamp,
    moment_text,
    to_timestamp,
    weekdays,
)
from skontro.model.collateral import Collateral
from skontro.model.conversion import Conversion, ConversionOrder, Quote, price_conversions
from skontro.model.country import Country, find_country
from skontro.model.currency import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    MAX_WAITING_PER_CURRENCY,
    Currency,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.model.errors import InputError, InvariantBroken, SkontroError
from skontro.model.identity import UETR_PATTERN, check_bic, check_lei, check_uetr
from skontro.model.netting import (
    CYCLE_PRESETS,
    CycleLength,
    Failure,
    Guarantee,
    HoldingLimit,
    Netting,
    NettingRules,
    ResidualCurrency,
    SwapLine,
)
from skontro.model.order import OrderStatus, PaymentClass, TransferOrder
from skontro.model.participant import (
    BilateralLimit,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
)
from skontro.model.position_limits import CurrencyPrice, PayIn, PositionLimits
from skontro.model.rate import Rate, RateTable
from skontro.model.reason import ReasonCode
from skontro.model.reference_rate import ReferenceRate, ReferenceRates, Rounding, UsedRate
from skontro.model.rulebook import (
    DEFAULT_WORK,
    RUN_ALGORITHMS,
    Algorithm,
    Bypass,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
)
from skontro.model.schedule import run_moments
from skontro.model.settlement_calendar import CurrencyHours, Phase, Purpose, SettlementCalendar

__all__ = [
    "CYCLE_PRESETS",
    "DEFAULT_WORK",
    "FIRST_DATE",
    "FIRST_MOMENT",
    "LAST_DATE",
    "LAST_MOMENT",
    "MAX_AMOUNT",
    "MAX_MONEY_PER_CURRENCY",
    "MAX_WAITING_PER_CURRENCY",
    "RUN_ALGORITHMS",
    "SECOND",
    "UETR_PATTERN",
    "Algorithm",
    "BilateralLimit",
    "BusinessDay",
    "Bypass",
    "Collateral",
    "Conversion",
    "ConversionOrder",
    "Country",
    "Currency",
    "CurrencyHours",
    "CurrencyPrice",
    "CycleLength",
    "Failure",
    "Guarantee",
    "HoldingLimit",
    "InputError",
    "InvariantBroken",
    "Netting",
    "NettingRules",
    "OrderStatus",
    "Participant",
    "ParticipantDirectory",
    "PayIn",
    "PaymentClass",
    "Phase",
    "PositionLimits",
    "Purpose",
    "Quote",
    "Rate",
    "RateTable",
    "ReasonCode",
    "ReferenceRate",
    "ReferenceRates",
    "ResidualCurrency",
    "Rounding",
    "Rulebook",
    "ScheduledRuns",
    "SettlementAccount",
    "SettlementCalendar",
    "SkontroError",
    "SwapLine",
    "TransferOrder",
    "UsedRate",
    "WhenQueued",
    "check_bic",
    "check_date",
    "check_lei",
    "check_moment",
    "check_uetr",
    "find_country",
    "find_currency",
    "find_time_zone",
    "format_amount",
    "from_timestamp",
    "moment_text",
    "parse_amount",
    "price_conversions",
    "run_moments",
    "to_timestamp",
    "weekdays",
]
