"""Position limits: what a participant may owe in some currencies against what it has in others."""

import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from skontro.model.calendar import BusinessDay, local_moment
from skontro.model.currency import Currency
from skontro.model.errors import InputError


@attrs.frozen
class CurrencyPrice:
    """What one unit of a currency counts.

    Attributes:
        currency: what is priced.
        price: units of the common currency for one unit, an exact decimal greater than zero.
        haircut: by which part a positive balance counts less, and a negative one more; 0 to 1.
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
    """By when which part of its net short positions a participant has brought in.

    Attributes:
        at: local time on the business day.
        share: the part by then, an exact decimal above 0 and up to 1.
    """

    at: datetime.time
    share: Decimal

    def __attrs_post_init__(self) -> None:
        if not (self.share.is_finite() and 0 < self.share <= 1):
            raise InputError(f"pay_ins: share {self.share} is not above 0 and up to 1")


def pay_in_moment(pay_in: PayIn, day: BusinessDay, zone: ZoneInfo) -> int:
    """The moment of a pay-in on a business day, microseconds since 1970.

    Raises:
        InputError: it lies outside the opening hours of the day.
    """
    moment = local_moment(day.date, pay_in.at, zone)
    if not day.opens_at <= moment < day.closes_at:
        raise InputError(f"pay_ins: {pay_in.at} lies outside the hours of {day.date}")
    return moment


@attrs.frozen
class PositionLimits:
    """Limits over all accounts of a participant, fixed for the period.

    The limit in one currency, its short position limit, is the account's intraday credit.

    Attributes:
        common_currency: in which prices are given.
        prices: one for each currency that has accounts.
        aggregate_short_position: the most that the accounts of one participant may be below zero
            together, in minor units of the common currency.
        pay_ins: the schedule by which net short positions are brought in; times and parts rise.
            Without one, what comes in are liquidity transfers by instruction alone.

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
