"""Periods at the edges of what a report must bear."""

import datetime
import functools
import random
from collections.abc import Callable
from typing import Final

import attrs
import pycountry

from skontro.files.period import Results
from skontro.model import SECOND, InputError, find_country
from skontro.report import render_report
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

DAY: Final = business_day(datetime.date(2026, 3, 2))
HOSTILE: Final = "<a href='https://outside.example/'>Bank</a> </script><script>alert(1)</script>"


def one_order() -> Results:
    banks = [
        Bank("KZBAKZ22", "Bank of Almaty", "KAZ", {"KZT": (100_00, 0)}),
        Bank("RUBARUMM", "Bank of Moscow", "RUS", {"KZT": (0, 0)}),
    ]
    payment = Payment("KZBAKZ22", "RUBARUMM", "KZT", 50_00, DAY.opens_at + SECOND)
    return settle(banks, [payment], [DAY], rate_table({"KZT": "500"}))


def no_order() -> Results:
    return settle([], [], [DAY], rate_table({}))


def nothing_settled() -> Results:
    banks = [
        Bank("KZBAKZ22", "Bank of Almaty", "KAZ", {"USD": (0, 0)}),
        Bank("RUBARUMM", HOSTILE, "RUS", {"USD": (0, 0)}),
    ]
    payments = [
        Payment("KZBAKZ22", "RUBARUMM", "USD", 50_00, DAY.opens_at),
        Payment("RUBARUMM", "KZBAKZ22", "USD", 10**17, DAY.opens_at + SECOND),
    ]
    return settle(banks, payments, [DAY], rate_table({}), name=HOSTILE)


def all_refused() -> Results:
    banks = [Bank("KZBAKZ22", "Bank of Almaty", "KAZ", {}), Bank("RUBARUMM", "B", "RUS", {})]
    payment = Payment("KZBAKZ22", "RUBARUMM", "KZT", 50_00, DAY.opens_at)
    return settle(banks, [payment], [DAY], rate_table({"KZT": "500"}))


def nothing_queued() -> Results:
    """One currency, two countries that share it, one of them with orders of its own."""
    banks = [
        Bank("SNBASNDA", "Banque de Dakar", "SEN", {"XOF": (10**9, 0)}),
        Bank("CIBACIAB", "Banque d'Abidjan", "CIV", {"XOF": (10**9, 0)}),
        Bank("CIBBCIAB", "Banque de Yamoussoukro", "CIV", {"XOF": (10**9, 0)}),
    ]
    pairs = [("SNBASNDA", "CIBACIAB"), ("CIBACIAB", "SNBASNDA"), ("CIBACIAB", "CIBBCIAB")]
    payments = [
        Payment(*pair, "XOF", 1_000_000, DAY.opens_at + i * 1800 * SECOND)
        for i, pair in enumerate(pairs * 5)
    ]
    return settle(banks, payments, [DAY], rate_table({"XOF": "605.33"}))


def forty_countries() -> Results:
    """Forty countries with as many currencies as they have, over eight business days."""
    draw = random.Random(40)
    countries = _countries_with_currency(40)
    units = {country.currency.code: "7.5" for country in countries}
    units.pop("USD", None)
    codes = sorted({country.currency.code for country in countries})
    banks = [
        Bank(f"BANK{c.alpha2}22", f"National Commercial Bank of {c.name}", c.alpha3,
             dict.fromkeys(codes, (10 ** 6, 10 ** 5)))
        for c in countries
    ]  # fmt: skip
    days = [business_day(datetime.date(2026, 3, n)) for n in (2, 3, 4, 5, 6, 9, 10, 11)]
    banks[0] = attrs.evolve(banks[0], name=HOSTILE)
    payments = []
    for number in range(2000):
        payer, payee = draw.sample(range(40), 2)
        own = countries[draw.choice([payer, payee, 0])].currency.code
        day = days[number % len(days)]
        timestamp = day.opens_at + draw.randrange(day.closes_at - day.opens_at)
        amount = draw.randint(1, 10**6)
        payments.append(Payment(banks[payer].bic, banks[payee].bic, own, amount, timestamp))
    return settle(
        banks, payments, days, rate_table(units), name=HOSTILE, time_zone="Africa/Nairobi"
    )


def _countries_with_currency(number: int) -> list:  # type: ignore[type-arg]
    found = []
    for entry in pycountry.countries:
        try:
            found.append(find_country(entry.alpha_3))
        except InputError:
            continue
    return sorted(found)[:number]


EDGES: Final[dict[str, Callable[[], Results]]] = {
    "one order": one_order,
    "no order": no_order,
    "nothing settled": nothing_settled,
    "all refused": all_refused,
    "nothing queued": nothing_queued,
    "forty countries": forty_countries,
}


@functools.cache
def edge_results(edge: str) -> Results:
    """An edge, settled once for all tests."""
    return EDGES[edge]()


@functools.cache
def rendered(edge: str) -> str:
    """The report of an edge, written once for all tests."""
    return render_report(edge_results(edge))
