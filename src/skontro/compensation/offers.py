"""Offers of compensation: interest of each late payment, and fees of each payee.

Interest is exact until it is rounded to the minor unit, half to even, once for each payment. So the
sum of an offer is the sum of what its lines show.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Final

import attrs

from skontro.compensation.claims import Claim
from skontro.compensation.daily_rates import DailyRates
from skontro.compensation.schemes import Averaging, DayCount, Days, Scheme
from skontro.model import Currency, InputError
from skontro.model.text import none_of

_PERCENT: Final = 100
_FRIDAY: Final = 4
_DAY: Final = datetime.timedelta(days=1)

#: Kind, currency, due date and date of settlement of a claim.
_Span = tuple[str, Currency, datetime.date, datetime.date]


@attrs.frozen
class Line:
    """Compensation for one payment.

    Attributes:
        claim: the payment.
        days: for which interest is due.
        interest: minor units of the payment's currency, as computed.
        accepted: interest to pay: as claimed where that differs by less than the tolerance.
    """

    claim: Claim
    days: int
    interest: int
    accepted: int


@attrs.frozen
class Offer:
    """Compensation for one payee in one currency.

    Attributes:
        payee: BIC.
        currency: of the payments.
        lines: one for each payment, in the order of the claims.
        interest: sum of the accepted interest, minor units of the currency.
        fee: minor units of the scheme's currency.
        is_made: whether the interest and the fee together reach the scheme's minimum.
    """

    payee: str
    currency: Currency
    lines: tuple[Line, ...]
    interest: int
    fee: int
    is_made: bool


def offers(
    scheme: Scheme,
    claims: Iterable[Claim],
    rates: DailyRates,
    holidays: Collection[datetime.date] = (),
) -> list[Offer]:
    """The offer to each payee, by BIC and currency.

    Args:
        scheme: the rule.
        claims: late payments; one that settled on its due date has no interest, and counts for
            the fee, as it was not processed in time.
        rates: published rates of the scheme's series.
        holidays: weekdays that are no business days, for a scheme that counts these.

    Raises:
        InputError: a rate is missing, a kind of claim is not one of the scheme, or fees are in
            another currency than the payments.

    Example:
        >>> from skontro.compensation.schemes import preset
        >>> offers(preset("target"), [], DailyRates([]))
        []
    """
    lines: dict[tuple[str, Currency], list[Line]] = {}
    # Many claims have the same days, as those after an outage.
    factors: dict[_Span, tuple[int, Fraction]] = {}
    for claim in claims:
        span = (claim.kind, claim.currency, claim.due_on, claim.settled_on)
        if span not in factors:
            factors[span] = _factor_of_days(scheme, claim, rates, holidays)
        line = _line(scheme, claim, *factors[span])
        lines.setdefault((claim.payee, claim.currency), []).append(line)
    in_order = sorted(lines, key=lambda key: (key[0], key[1].code))
    return [_offer(scheme, payee, currency, lines[payee, currency]) for payee, currency in in_order]


def _offer(scheme: Scheme, payee: str, currency: Currency, lines: Sequence[Line]) -> Offer:
    interest, fee = sum(line.accepted for line in lines), scheme.fee(len(lines))
    needs_one_currency = fee or scheme.minimum or scheme.tolerance
    if needs_one_currency and scheme.currency != currency:
        code = "none" if scheme.currency is None else scheme.currency.code
        raise InputError(
            f"{payee}: payments are in {currency.code}, amounts of scheme {scheme.name!r} in "
            f"{code}; use a scheme with amounts in {currency.code}"
        )
    return Offer(payee, currency, tuple(lines), interest, fee, interest + fee >= scheme.minimum)


def _line(scheme: Scheme, claim: Claim, days: int, factor: Fraction) -> Line:
    interest = round(claim.amount * factor)
    return Line(claim, days, interest, _accepted(scheme, claim, interest))


def _factor_of_days(
    scheme: Scheme, claim: Claim, rates: DailyRates, holidays: Collection[datetime.date]
) -> tuple[int, Fraction]:
    """The days of a claim, and the interest on one unit of money for them."""
    series = scheme.rates.get(claim.kind)
    if series is None:
        raise InputError(f"{claim.reference}: kind: {none_of(claim.kind, scheme.rates)}")
    days = _days(scheme, claim, holidays)
    daily = [
        min(
            Fraction(
                rates.on(
                    name,
                    claim.currency,
                    day,
                    takes_preceding=scheme.missing_rate_takes_preceding,
                )
            )
            for name in series
        )
        for day in days
    ]
    return len(days), _factor(scheme, days, daily)


def _days(scheme: Scheme, claim: Claim, holidays: Collection[datetime.date]) -> list[datetime.date]:
    """Days from the due date up to, not including, that of settlement."""
    count = (claim.settled_on - claim.due_on).days
    every = [claim.due_on + place * _DAY for place in range(count)]
    if scheme.days is Days.CALENDAR:
        return every
    return [day for day in every if day.weekday() <= _FRIDAY and day not in holidays]


def _factor(scheme: Scheme, days: Sequence[datetime.date], daily: Sequence[Fraction]) -> Fraction:
    """Interest on one unit of money."""
    if not days:
        return Fraction(0)
    if scheme.averaging is Averaging.MEAN:
        mean = sum(daily, Fraction(0)) / len(daily)
        daily = [mean] * len(daily)
    floor = None if scheme.floor is None else Fraction(scheme.floor)
    parts = [
        (rate if floor is None else max(rate, floor)) / (_PERCENT * _days_of_year(scheme, day))
        for day, rate in zip(days, daily, strict=True)
    ]
    return sum(parts, Fraction(0))


def _days_of_year(scheme: Scheme, day: datetime.date) -> int:
    if scheme.day_count is DayCount.ACTUAL:
        return (datetime.date(day.year + 1, 1, 1) - datetime.date(day.year, 1, 1)).days
    return int(scheme.day_count)


def _accepted(scheme: Scheme, claim: Claim, interest: int) -> int:
    if claim.claimed is not None and abs(claim.claimed - interest) < scheme.tolerance:
        return claim.claimed
    return interest
