"""Position limits: bounds on a participant's short positions over all its currencies."""

import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from skontro.model.calendar import BusinessDay, local_timestamp
from skontro.model.currency import Currency
from skontro.model.errors import InputError


@attrs.frozen
class CurrencyPrice:
    """The price of one unit of a currency in the common currency.

    Attributes:
        currency: the priced currency.
        price: units of the common currency for one unit, an exact decimal greater than zero.
        haircut: the part by which a positive balance counts less, and a negative one more; 0 to 1.
    """

    currency: Currency
    price: Decimal
    haircut: Decimal = Decimal(0)

    def __attrs_post_init__(self) -> None:
        if not (self.price.is_finite() and self.price > 0):
            raise InputError(f"price of {self.currency}: {self.price} is not greater than zero")
        if not (self.haircut.is_finite() and 0 <= self.haircut < 1):
            raise InputError(f"haircut of {self.currency}: {self.haircut} is not within 0 and 1")


@attrs.frozen
class PayIn:
    """A deadline for paying in a part of the net short positions.

    Attributes:
        at: local time on the business day.
        share: the part due by then, an exact decimal above 0 and up to 1.
    """

    at: datetime.time
    share: Decimal

    def __attrs_post_init__(self) -> None:
        if not (self.share.is_finite() and 0 < self.share <= 1):
            raise InputError(f"pay_ins: share {self.share} is not above 0 and up to 1")


def pay_in_timestamp(pay_in: PayIn, day: BusinessDay, zone: ZoneInfo) -> int:
    """The time of a pay-in on a business day, microseconds since 1970.

    Raises:
        InputError: it is outside the opening hours of the day.
    """
    timestamp = local_timestamp(day.date, pay_in.at, zone)
    if not day.opens_at <= timestamp < day.closes_at:
        raise InputError(f"pay_ins: {pay_in.at} is outside the hours of {day.date}")
    return timestamp


@attrs.frozen
class PositionLimits:
    """Limits over all accounts of a participant, fixed for the period.

    The short position limit, that of one currency, is the account's intraday credit.

    Attributes:
        common_currency: common currency of the prices.
        prices: one for each currency with accounts.
        aggregate_short_position: the most that the negative balances of one participant may add up
            to, in minor units of the common currency.
        pay_ins: the schedule for paying in net short positions; times and shares rise. Without
            one, liquidity comes in by transfers on instruction alone.

    Source: the three tests that CLS publishes: positive overall value after haircuts, short
    position limit, aggregate short position limit ("CLS Bank International: Principles for
    Financial Market Infrastructures Disclosure").
    """

    common_currency: Currency
    prices: tuple[CurrencyPrice, ...]
    aggregate_short_position: int
    pay_ins: tuple[PayIn, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.aggregate_short_position < 0:
            raise InputError("position_limits: aggregate_short_position is below zero")
        for before, after in pairwise(self.pay_ins):
            if after.at <= before.at or after.share <= before.share:
                raise InputError("pay_ins: times and shares must rise from one to the next")
        codes = [price.currency.code for price in self.prices]
        if len(codes) > len(dict.fromkeys(codes)):
            raise InputError("position_limits: a currency has two prices")
