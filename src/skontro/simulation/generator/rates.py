"""Exchange rates against the US dollar on a date, from the published figures that ship."""

import datetime
from collections.abc import Iterable
from decimal import Decimal, localcontext
from functools import cache
from typing import Final

from skontro.model import Currency, InputError, Rate, RateTable, find_country, find_currency
from skontro.simulation.generator.sources import shipped_rows

_DAILY: Final = "usd_daily_203d_2024-03_2026-09.csv"
_ANNUAL: Final = "weo_implied_annual_fx_2000_2026.csv"

#: A quote older than this is not a quote for the date.
LONGEST_QUOTE_AGE: Final = datetime.timedelta(days=7)

#: Countries whose annual series is not in today's currency, with what to divide it by.
#: None: the series is in US dollars and says nothing about the national currency.
ANNUAL_SERIES_UNITS: Final[dict[str, Decimal | None]] = {
    "SLE": Decimal(1000),  # in old leones; 1000 became one new leone in 2022
    "LBR": None,
    "SOM": None,
}

_FIRST_FORECAST_YEAR: Final = 2025


def find_rates(currencies: Iterable[Currency], date: datetime.date) -> RateTable:
    """Units per US dollar of each currency on the date.

    The latest daily quote of the seven days up to the date, where there is one; else the annual
    average of the date's year. A currency of several countries takes the median of theirs (the
    lower of the middle two), so that one country's accounting year does not decide.

    Raises:
        InputError: a currency has neither; the message names it and the date.
    """
    wanted = sorted({c for c in currencies if c.code != "USD"}, key=lambda c: c.code)
    daily = _daily_quotes(date)
    rates = (daily.get(c.code) or _annual_average(c, date) for c in wanted)
    return RateTable(find_currency("USD"), rates)


@cache
def _daily_quotes(date: datetime.date) -> dict[str, Rate]:
    oldest = date - LONGEST_QUOTE_AGE
    quotes: dict[str, Rate] = {}
    for row in shipped_rows(_DAILY):
        quoted = datetime.date.fromisoformat(row["date"])
        if oldest <= quoted <= date:
            quotes |= {
                code: Rate(
                    find_currency(code), Decimal(text), quoted, "market aggregate (currency-api)"
                )
                for code, text in row.items()
                if code != "date" and text and _is_current(code)
            }
    return quotes


@cache
def _is_current(code: str) -> bool:
    try:
        find_currency(code)
    except InputError:
        return False
    return True


def _annual_average(currency: Currency, date: datetime.date) -> Rate:
    units = sorted(
        units
        for country, units in _annual_series(date.year).items()
        if _national_currency(country) == currency.code
    )
    if not units:
        raise InputError(
            f"no rate for {currency} on {date}: neither a daily quote nor an annual average of "
            f"{date.year} ships; choose another date or countries, or invoicing shares without it"
        )
    forecast = ", forecast" if date.year >= _FIRST_FORECAST_YEAR else ""
    source = f"IMF WEO October 2025, implied annual average of {date.year}{forecast}"
    year_end = datetime.date(date.year, 12, 31)
    return Rate(currency, units[(len(units) - 1) // 2], year_end, source)


@cache
def _annual_series(year: int) -> dict[str, Decimal]:
    """Units of today's national currency per US dollar by alpha-3 code."""
    series: dict[str, Decimal] = {}
    for row in shipped_rows(_ANNUAL):
        divisor = ANNUAL_SERIES_UNITS.get(row["ref_area"], Decimal(1))
        if int(row["year"]) == year and row["lcu_per_usd_avg"] and divisor is not None:
            with localcontext(prec=28):
                series[row["ref_area"]] = Decimal(row["lcu_per_usd_avg"]) / divisor
    return series


@cache
def _national_currency(alpha3: str) -> str | None:
    try:
        return find_country(alpha3).currency.code
    except InputError:
        return None
