"""Rates by date: a recent quote, else the year's average, else a clear error."""

import datetime
from decimal import Decimal
from itertools import pairwise
from statistics import median_low

import pytest

from skontro.model import InputError, Rate, find_country, find_currency
from skontro.simulation.generator.rates import find_rates
from tests.simulation.generator.trade_figures import rows


def rate(code: str, date: str) -> Rate:
    (found,) = find_rates([find_currency(code)], datetime.date.fromisoformat(date)).rates
    return found


def test_a_daily_quote_comes_as_written() -> None:
    quotes = rows("usd_daily_203d_2024-03_2026-09.csv")
    for row in quotes[::40]:
        found = rate("KZT", row["date"])
        assert found.units == Decimal(row["KZT"])
        assert str(found.as_of) == row["date"]
        assert "currency-api" in found.source


def test_the_latest_quote_up_to_the_date_counts_for_seven_days() -> None:
    dates = [
        datetime.date.fromisoformat(row["date"])
        for row in rows("usd_daily_203d_2024-03_2026-09.csv")
    ]
    gap = next(a for a, b in pairwise(dates) if (b - a).days > 9)
    assert rate("RUB", str(gap + datetime.timedelta(days=7))).as_of == gap
    after = rate("RUB", str(gap + datetime.timedelta(days=8)))
    assert after.source.startswith("IMF WEO October 2025, implied annual average")


def test_a_shared_currency_takes_the_lower_median_of_its_countries() -> None:
    members = [row["iso3"] for row in rows("country_groups.csv") if row["group"] == "WAEMU"]
    series = [
        Decimal(row["lcu_per_usd_avg"])
        for row in rows("weo_implied_annual_fx_2000_2026.csv")
        if row["ref_area"] in members and row["year"] == "2019"
    ]
    assert len(series) == 8
    assert find_country("SEN").currency.code == "XOF"
    assert rate("XOF", "2019-09-17").units == median_low(series)
    assert str(rate("XOF", "2019-09-17").as_of) == "2019-12-31"


def test_the_leone_is_restated_in_the_new_unit() -> None:
    annual, daily = rate("SLE", "2023-06-05"), rate("SLE", "2024-09-06")
    assert Decimal(15) < annual.units < Decimal(30)
    assert Decimal(15) < daily.units < Decimal(30)


@pytest.mark.parametrize(
    ("code", "date"), [("LRD", "2019-09-17"), ("SOS", "2019-09-17"), ("KZT", "1999-06-01")]
)
def test_a_missing_rate_names_currency_and_date(code: str, date: str) -> None:
    with pytest.raises(InputError, match=f"no rate for {code} on {date}"):
        rate(code, date)


def test_the_dollar_needs_no_rate_and_forecasts_say_so() -> None:
    table = find_rates([find_currency("USD")], datetime.date(1990, 1, 1))
    assert table.rates == ()
    assert table.value(125, find_currency("USD")) == 125
    assert rate("ALL", "2025-06-02").source.endswith("2025, forecast")
    assert rate("ALL", "2024-06-03").source.endswith("of 2024")


@pytest.mark.parametrize(
    ("code", "date", "low", "high"),
    [
        ("HRK", "2019-09-17", "6.5", "6.9"),  # 0.893 EUR of a dollar, at 7.53450 HRK a euro
        ("BGN", "2019-09-17", "1.7", "1.8"),
        ("SLL", "2019-09-17", "9000", "9100"),
        ("MRO", "2015-03-02", "300", "340"),  # ten for one of today's
        ("BYR", "2015-03-02", "15000", "17000"),
        ("ZWL", "2019-09-17", "7", "9"),
        ("VES", "2019-09-17", "13000", "14500"),  # of which a million became one in 2021
        ("VES", "2022-09-19", "6", "8"),
    ],
)
def test_currencies_of_the_past_have_the_rates_of_their_time(
    code: str, date: str, low: str, high: str
) -> None:
    assert Decimal(low) < rate(code, date).units < Decimal(high)


def test_a_country_has_no_rate_in_what_it_does_not_use() -> None:
    with pytest.raises(InputError, match="no rate for HRK on 2024-02-05"):
        rate("HRK", "2024-02-05")  # Croatia has the euro
