"""Rules of netting cycles: length, kind of netting, currencies of payment, guarantee."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from skontro.model.country import Country
from skontro.model.currency import MAX_AMOUNT, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_bic

_UNITS: Final = ("minutes", "days", "months")


class Netting(StrEnum):
    """Kinds of netting."""

    BILATERAL = "bilateral"  # between each two participants
    MULTILATERAL = "multilateral"  # of each participant with all others


class ResidualCurrency(StrEnum):
    """Currency of payment of a net position."""

    AS_ORDERED = "as_ordered"  # each currency is netted by itself and paid in itself
    CREDITOR = "creditor"  # the rest are netted across currencies, at fixed rates, and paid in the
    DEBTOR = "debtor"  # national currency of the net creditor, of the net debtor,
    THIRD = "third"  # or in the third currency


class Guarantee(StrEnum):
    """Source of payment for a participant that fails at the cut-off. Netting is never unwound."""

    COLLATERAL_THEN_SURVIVORS = "collateral_then_survivors"
    SURVIVORS = "survivors"


@attrs.frozen
class CycleLength:
    """The period of collecting orders before a cut-off.

    Attributes:
        number: number of units.
        unit: minutes (cut-offs from each opening on, and at each closing), days (business days), or
            months (calendar months, from January on: 2 gives the ends of February, April …).
    """

    number: int
    unit: str

    def __attrs_post_init__(self) -> None:
        if self.unit not in _UNITS or self.number < 1:
            raise InputError(
                f"length of a netting cycle: {self.number} {self.unit} is not a number of minutes, "
                "days or months"
            )
        if self.unit == "months" and 12 % self.number:
            raise InputError(
                f"length of a netting cycle: {self.number} months do not divide a year"
            )


#: Lengths of cycles after real arrangements.
CYCLE_PRESETS: Final[Mapping[str, CycleLength]] = {
    # Asian Clearing Union: transactions are netted multilaterally, settled every two months.
    "asian_clearing_union": CycleLength(2, "months"),
    # ALADI Agreement on Reciprocal Payments and Credits: periods of four months, multilateral.
    "aladi_reciprocal_credits": CycleLength(4, "months"),
    # One settlement at the end of each business day, as many national retail systems have it.
    "daily": CycleLength(1, "days"),
    "hourly": CycleLength(60, "minutes"),
}


@attrs.frozen
class SwapLine:
    """A central bank's swap line: credit in its currency for one country's participants.

    Attributes:
        borrower: the country whose participants draw.
        currency: lent by the central bank that issues it.
        limit: the most that may be outstanding, in minor units.
        annual_rate: simple interest on the amount outstanding, an exact decimal (0.05 is five per
            cent), counted by calendar days over 360.
    """

    borrower: Country
    currency: Currency
    limit: int
    annual_rate: Decimal = Decimal(0)

    def __attrs_post_init__(self) -> None:
        place = f"swap line of {self.borrower.alpha3} in {self.currency}"
        if not 0 <= self.limit <= MAX_AMOUNT:
            raise InputError(f"{place}: limit {self.limit} is outside 0..{MAX_AMOUNT}")
        if not (self.annual_rate.is_finite() and self.annual_rate >= 0):
            raise InputError(f"{place}: annual_rate {self.annual_rate} is below zero")


@attrs.frozen
class HoldingLimit:
    """A participant's limit of a foreign currency kept over a cut-off, in minor units.

    The excess is sold for the third currency to the country that issues the currency.
    """

    bic: str = attrs.field(converter=check_bic)
    currency: Currency
    limit: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_AMOUNT:
            raise InputError(
                f"holding limit of {self.bic} in {self.currency}: {self.limit} is outside "
                f"0..{MAX_AMOUNT}"
            )


@attrs.frozen
class Failure:
    """A failure of a participant on one date: it pays at the cut-offs only from its accounts."""

    bic: str = attrs.field(converter=check_bic)
    date: datetime.date


@attrs.frozen
class NettingRules:
    """The rules of netting cycles.

    Attributes:
        length: length of a cycle.
        netting: bilateral or multilateral.
        residual: currency of payment of net positions.
        third_currency: means of payment of a participant without other sources, and the proceeds
            of currencies above its holding limits.
        clearing_agent: BIC of the participant between both sides of conversions; needed to net
            across currencies. It ends each cycle with its initial balances.
        swap_lines: drawn after what an account holds, before the third currency; repaid first.
        holding_limits: none means no limit.
        guarantee: source of payment for a participant that fails.
        collateral: pledged by participants for it, in minor units of the third currency.
        failures: assumed failures of participants, for their effects.
    """

    length: CycleLength
    third_currency: Currency
    netting: Netting = Netting.MULTILATERAL
    residual: ResidualCurrency = ResidualCurrency.AS_ORDERED
    clearing_agent: str | None = None
    swap_lines: tuple[SwapLine, ...] = ()
    holding_limits: tuple[HoldingLimit, ...] = ()
    guarantee: Guarantee = Guarantee.COLLATERAL_THEN_SURVIVORS
    collateral: Mapping[str, int] = attrs.field(factory=dict)
    failures: tuple[Failure, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.residual != ResidualCurrency.AS_ORDERED and self.clearing_agent is None:
            raise InputError(
                f"netting: residual {self.residual} nets across currencies; name the clearing_agent"
                ", the counterparty of all conversions"
            )
        lines = [(line.borrower.alpha3, line.currency.code) for line in self.swap_lines]
        limits = [(limit.bic, limit.currency.code) for limit in self.holding_limits]
        if len(dict.fromkeys(lines)) < len(lines):
            raise InputError("netting: two swap lines of one country are in one currency")
        if len(dict.fromkeys(limits)) < len(limits):
            raise InputError("netting: a participant has two holding limits in one currency")
        for line in self.swap_lines:
            if line.currency == line.borrower.currency:
                raise InputError(f"netting: {line.borrower.alpha3} needs no swap line in its own")
