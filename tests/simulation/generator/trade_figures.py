"""The trade matrix read apart from the generator, and totals added up in plain Python."""

import csv
import datetime
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from skontro.files import Scenario

DATA = Path(__file__).parents[3] / "src" / "skontro" / "simulation" / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def weekdays_of(year: int) -> int:
    day = datetime.date(year, 1, 1)
    count = 0
    while day.year == year:
        count += day.isoweekday() not in (6, 7)
        day += datetime.timedelta(days=1)
    return count


def matrix(year: int) -> dict[tuple[str, str], Decimal]:
    return {
        (row["exporter"], row["importer"]): Decimal(row["flow_fob_usd_mn"])
        for row in rows(f"bilateral_flows_{year}.csv")
    }


def totals(scenario: Scenario) -> dict[tuple[str, str, str], int]:
    """Minor units by exporter, importer and currency, added up one by one in Python."""
    country = {p.bic: p.country.alpha3 for p in scenario.directory.participants}
    result: dict[tuple[str, str, str], int] = defaultdict(int)
    columns = scenario.payments.select("payee", "payer", "currency", "amount_minor")
    for payee, payer, currency, amount in columns.iter_rows():
        result[country[payee], country[payer], currency] += amount
    return dict(result)


def dollars(scenario: Scenario, currency: str, minor: int) -> Fraction:
    units = {rate.currency.code: Fraction(rate.units) for rate in scenario.rates.rates}
    exponents = {a.currency.code: a.currency.exponent for a in scenario.directory.accounts}
    return Fraction(minor, 10 ** exponents[currency]) / units.get(currency, 1)
