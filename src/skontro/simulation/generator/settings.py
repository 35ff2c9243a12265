"""Settings of the generator: countries, days, number of payments, and liquidity."""

import datetime
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import attrs

from skontro.model import BusinessDay, InputError, find_time_zone, parse_decimal, quoted, weekdays
from skontro.model.text import none_of

#: A year of business days; longer periods are generated year by year, with each year's rates.
MAX_BUSINESS_DAYS: Final = 262

#: Bank codes of generated participants count from 001 to 999 per country.
MAX_BANKS: Final = 999


def to_share(text: str) -> Decimal:
    """The exact decimal that a text such as 0.25 or 25% writes.

    Raises:
        InputError: it writes none.
    """
    number = text.strip()
    share = parse_decimal(number.removesuffix("%"), "a share such as 0.25 or 25%")
    if number.endswith("%"):
        return share.scaleb(-2)
    if share > 1:
        raise InputError(
            f"{quoted(text)} is more than all: write it with %, or a share such as 0.25"
        )
    return share


def _to_codes(codes: Iterable[str]) -> tuple[str, ...]:
    if isinstance(codes, str):
        raise InputError(f"countries: give a list of ISO 3166 codes, not the text {codes!r}")
    return tuple(codes)


def _between(
    low: int, high: int | None
) -> Callable[[object, "attrs.Attribute[Any]", int | None], None]:
    def check(_instance: object, attribute: "attrs.Attribute[Any]", value: int | None) -> None:
        if value is not None and (value < low or (high is not None and value > high)):
            span = f"at least {low}" if high is None else f"between {low} and {high}"
            raise InputError(f"{attribute.name}: {value} is not {span}")

    return check


def _is_fraction(_instance: object, attribute: "attrs.Attribute[Decimal]", value: Decimal) -> None:
    # Binary floats are refused: shares decide amounts.
    if not (isinstance(value, Decimal) and value.is_finite() and 0 <= value <= 1):
        raise InputError(f"{attribute.name}: {value!r} is not a decimal between 0 and 1")


class CreditCurrencies(StrEnum):
    """Currencies in which generated banks have credit lines."""

    HOME = "home"  # what their country issues
    PAID = "paid"  # every currency they pay in


def _to_credit_currencies(text: str) -> CreditCurrencies:
    if text not in [one.value for one in CreditCurrencies]:
        raise InputError(f"credit_currencies: {none_of(text, CreditCurrencies)}")
    return CreditCurrencies(text)


@attrs.frozen(kw_only=True)
class GeneratorSettings:
    """Settings of `generate`; each has a default, and all together decide every byte.

    Attributes:
        group: name of a group of countries in ``country_groups.csv``, for example ``CIS``.
        countries: ISO 3166 alpha-3 codes; when given, they take the place of the group.
        first_date: first business day, a Monday to Friday.
        business_days: how many days, Mondays to Fridays on end.
        trade_year: year of the trade matrix; None for the latest not after `first_date`'s year,
            else the earliest there is.
        seed: of all random draws, 0 or greater.
        payments_per_day: number of payments; None for as many as the fitted mean value gives.
        fit: sample in ``lognormal_fits.csv`` that shapes the values of payments.
        largest_bank_count: banks of the country that trades most within the group.
        smallest_bank_count: fewest banks of a country.
        periphery_link_share: share of the pairs of smaller banks that correspond directly.
        liquidity_share: opening balance as a share of the account's outgoing payments in a day.
        credit_share: intraday credit line, as such a share.
        credit_currencies: `home` for credit lines in the bank's home currencies, `paid` for
            symmetric cover: credit lines in every currency that the bank pays in.
        urgent_share, high_share: of the number of payments; the rest are normal.
        timed_share: of the number of payments; half get an earliest, half a latest time.
        opens, closes: local times of the business day.
        time_zone: IANA name.
        shares_file: invoicing shares to use instead of those shipped; None for those shipped.

    Raises:
        InputError: a setting is out of its range; the message names it.
    """

    group: str = "CIS"
    countries: tuple[str, ...] = attrs.field(default=(), converter=_to_codes)
    first_date: datetime.date = datetime.date(2019, 9, 17)
    business_days: int = attrs.field(default=1, validator=_between(1, MAX_BUSINESS_DAYS))
    trade_year: int | None = None
    seed: int = attrs.field(default=1, validator=_between(0, None))
    payments_per_day: int | None = attrs.field(default=20_000, validator=_between(1, 100_000_000))
    fit: str = "mtcsPy obligation network 1"
    largest_bank_count: int = attrs.field(default=20, validator=_between(1, MAX_BANKS))
    smallest_bank_count: int = attrs.field(default=2, validator=_between(1, MAX_BANKS))
    periphery_link_share: Decimal = attrs.field(default=Decimal("0.10"), validator=_is_fraction)
    liquidity_share: Decimal = attrs.field(default=Decimal("0.50"), validator=_is_fraction)
    credit_share: Decimal = attrs.field(default=Decimal("0.20"), validator=_is_fraction)
    credit_currencies: CreditCurrencies = attrs.field(
        default=CreditCurrencies.HOME, converter=_to_credit_currencies
    )
    urgent_share: Decimal = attrs.field(default=Decimal("0.01"), validator=_is_fraction)
    high_share: Decimal = attrs.field(default=Decimal("0.05"), validator=_is_fraction)
    timed_share: Decimal = attrs.field(default=Decimal("0.02"), validator=_is_fraction)
    opens: datetime.time = datetime.time(9)
    closes: datetime.time = datetime.time(18)
    time_zone: str = "UTC"
    shares_file: Path | None = None

    def __attrs_post_init__(self) -> None:
        if self.first_date.weekday() >= 5:
            raise InputError(
                f"first_date: {self.first_date} is a {self.first_date:%A}; choose a weekday"
            )
        if self.opens >= self.closes:
            raise InputError(f"opens: {self.opens} is not before closes, {self.closes}")
        if self.urgent_share + self.high_share > 1:
            raise InputError("urgent_share and high_share add up to more than 1")
        if self.smallest_bank_count > self.largest_bank_count:
            raise InputError("smallest_bank_count is greater than largest_bank_count")
        if len(set(self.countries)) < len(self.countries):
            raise InputError("countries: a country is named twice")
        if len(self.countries) == 1:
            raise InputError("countries: name at least two, payments go between countries")
        find_time_zone(self.time_zone)

    def days(self) -> tuple[BusinessDay, ...]:
        """The business days, in order."""
        zone = find_time_zone(self.time_zone)
        last = self.first_date + datetime.timedelta(days=7 * (self.business_days // 5 + 1))
        dates = weekdays(self.first_date, last)[: self.business_days]
        return tuple(BusinessDay.at(date, self.opens, self.closes, zone) for date in dates)
