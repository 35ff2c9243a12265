"""Netting cycles: how long orders are collected, what they are netted to, and how that is paid."""

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
    """Between whom obligations are set against each other."""

    BILATERAL = "bilateral"  # between each two participants
    MULTILATERAL = "multilateral"  # of each participant with all others


class ResidualCurrency(StrEnum):
    """In which currency a net position is paid."""

    AS_ORDERED = "as_ordered"  # each currency is netted by itself and paid in itself
    CREDITOR = "creditor"  # the rest are netted across currencies, at fixed rates, and paid in the
    DEBTOR = "debtor"  # national currency of the net creditor, of the net debtor,
    THIRD = "third"  # or in the third currency


class Guarantee(StrEnum):
    """Who pays for a participant that fails at the cut-off. Nothing is unwound."""

    COLLATERAL_THEN_SURVIVORS = "collateral_then_survivors"
    SURVIVORS = "survivors"


@attrs.frozen
class CycleLength:
    """How long orders are collected before a cut-off.

    Attributes:
        number: of units.
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
    """What participants of one country may borrow of a currency at a cut-off.

    Attributes:
        borrower: the country whose participants draw.
        currency: what is lent, by the central bank that issues it.
        limit: the most that may be outstanding, in minor units.
        annual_rate: simple interest on what is outstanding, exact decimal (0.05 is five per cent),
            counted by calendar days over 360.
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
    """The most of a foreign currency that a participant keeps over a cut-off, in minor units.

    What it has beyond is sold for the third currency to the country that issues the currency.
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
    """A participant that brings nothing at the cut-offs of one date, beyond what it has there."""

    bic: str = attrs.field(converter=check_bic)
    date: datetime.date


@attrs.frozen
class NettingRules:
    """The rules of netting cycles.

    Attributes:
        length: of a cycle.
        netting: between whom.
        residual: in which currency net positions are paid.
        third_currency: what a participant pays with that has no other source, and is paid with for
            what it may not hold.
        clearing_agent: BIC of the participant that stands between both sides of conversions; needed
            to net across currencies. It ends each cycle with what it had.
        swap_lines: drawn after what an account holds, before the third currency; repaid first.
        holding_limits: none means no limit.
        guarantee: who pays for a participant that fails.
        collateral: pledged by participants for that, in minor units of the third currency.
        failures: which participants fail when, to see what follows.
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
                " that stands between both sides of conversions"
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
