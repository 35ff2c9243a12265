"""Exchange rates against the US dollar on a date, from the published figures in the package."""

import datetime
from collections.abc import Iterable
from decimal import Decimal, localcontext
from functools import cache
from typing import Final

from skontro.model import Currency, InputError, Rate, RateTable, find_country, find_currency
from skontro.model.currency_changes import units_per
from skontro.simulation.generator.sources import shipped_rows

_DAILY: Final = "usd_daily_203d_2024-03_2026-09.csv"
_ANNUAL: Final = "weo_implied_annual_fx_2000_2026.csv"

#: A quote older than this is not a quote for the date.
LONGEST_QUOTE_AGE: Final = datetime.timedelta(days=7)

#: The annual series are restated in the currency that each country issued at publication.
_SERIES_DATE: Final = datetime.date(2025, 10, 1)

#: Countries whose annual series is in another currency than that; None: in US dollars, so that it
#: says nothing about the national currency.
SERIES_CURRENCIES: Final[dict[str, str | None]] = {
    "SLE": "SLL",  # in old leones
    "LBR": None,
    "SOM": None,
}

#: Redenominations that kept the code: before the date, this many units for one of today's.
SAME_CODE: Final = {
    # One million bolívares became one on 1 October 2021 (decree 4.553); ISO 4217 kept VES for it.
    "VES": (datetime.date(2021, 10, 1), Decimal(1_000_000)),
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
                if code != "date" and text and _is_current(code, date)
            }
    return quotes


@cache
def _is_current(code: str, date: datetime.date) -> bool:
    try:
        return find_currency(code).is_current(date)
    except InputError:
        return False


def _annual_average(currency: Currency, date: datetime.date) -> Rate:
    series = _annual_series(date.year)
    units = sorted(
        units * in_series
        for country, units in series.items()
        if (in_series := _units_in_series(currency, country, date)) is not None
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
    """Units of the series' currency per US dollar by alpha-3 code."""
    return {
        row["ref_area"]: Decimal(row["lcu_per_usd_avg"])
        for row in shipped_rows(_ANNUAL)
        if int(row["year"]) == year and row["lcu_per_usd_avg"]
    }


@cache
def _units_in_series(currency: Currency, alpha3: str, date: datetime.date) -> Decimal | None:
    """Units of a currency of the country on the date for one of its series' currency.

    None where it is not its currency, or the two were never converted at a fixed rate.
    """
    try:
        country = find_country(alpha3)
        own = country.issued(date) or (country.currency_on(date),)
        series = country.currency_on(_SERIES_DATE).code
    except InputError:
        return None
    kept = SERIES_CURRENCIES.get(alpha3, series)
    if currency not in own or kept is None:
        return None
    with localcontext(prec=28):
        units = units_per(currency.code, kept)
        if units is None and (back := units_per(kept, currency.code)) is not None:
            units = 1 / back
        changed = SAME_CODE.get(currency.code)
        if units is not None and changed is not None and date < changed[0]:
            units *= changed[1]
        return units
