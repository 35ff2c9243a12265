"""Every statistic a second time, slowly: rows as dicts, one loop each, fractions throughout."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from skontro.files.period import Results
from skontro.model import BusinessDay, find_country, find_currency, to_timestamp

Row = dict[str, Any]


def micros(timestamp: datetime) -> int:
    return to_timestamp(timestamp)


def value_of(results: Results, code: str, minor: int) -> int:
    """Worth of minor units by the definition of a rate, rounded half to even by `round`."""
    units = {rate.currency.code: Fraction(rate.units) for rate in results.rates.rates}
    home = results.rates.account_currency
    major = Fraction(minor, 10 ** find_currency(code).exponent)
    return round(major / units.get(code, Fraction(1)) * 10**home.exponent)


def value(results: Results, amounts: Iterable[tuple[str, int]]) -> int:
    totals: dict[str, int] = defaultdict(int)
    for code, minor in amounts:
        totals[code] += minor
    return sum(value_of(results, code, minor) for code, minor in totals.items())


def seen_at(row: Row, layer: str) -> tuple[str, int]:
    if layer == "instruction" and row["instructed_currency"] is not None:
        return row["instructed_currency"], row["instructed_amount_minor"]
    return row["currency"], row["amount_minor"]


def is_counted(row: Row, layer: str) -> bool:
    return row["status"] == "settled" if layer == "interbank" else row["status"] != "rejected"


def is_national(results: Results, row: Row, code: str, definition: str) -> bool:
    countries = [row["payer_country"], row["payee_country"]]
    if definition == "by_member":
        countries = results.accounts["country"].to_list()
    return code in [
        currency.code
        for country in countries
        for currency in find_country(country).issued(row["business_date"])
    ]


def share(results: Results, layer: str, keep: Callable[[Row], bool]) -> Row:
    """The national-currency share of the rows that `keep` keeps, with both indices."""
    used = defaultdict(int)
    own = {name: defaultdict(int) for name in ("by_corridor", "by_member")}
    for row in results.orders.rows(named=True):
        if not (is_counted(row, layer) and keep(row)):
            continue
        code, minor = seen_at(row, layer)
        used[code] += minor
        for name, totals in own.items():
            totals[code] += minor if is_national(results, row, code, name) else 0
    all_values = [value_of(results, code, used[code]) for code in sorted(used)]
    found = {"value": sum(all_values), "concentration": index(all_values)}
    for name, totals in own.items():
        own_values = [value_of(results, code, totals[code]) for code in sorted(used)]
        whole = sum(all_values)
        share = Fraction(sum(own_values), whole) if whole else None
        found |= {name: (sum(own_values), share, index(own_values))}
    return found


def index(values: list[int]) -> Fraction | None:
    if not sum(values):
        return None
    return sum((Fraction(v, sum(values)) ** 2 for v in values), Fraction(0))


def tally(results: Results, keep: Callable[[Row], bool]) -> tuple[int, int]:
    rows = [row for row in results.orders.rows(named=True) if keep(row)]
    return len(rows), value(results, ((row["currency"], row["amount_minor"]) for row in rows))


def bounds(results: Results, bic: str, code: str) -> tuple[int, int]:
    """Lower and upper bound by walking through the orders and the ends of the days."""
    position = lower = upper = 0
    for day in results.business_days:
        wanted = [
            row
            for row in results.orders.rows(named=True)
            if row["status"] in ("settled", "returned")
            and row["entered_at"] is not None
            and row["business_date"] == day.date
            and row["currency"] == code
        ]
        for row in sorted(wanted, key=lambda row: (row["entered_at"], row["order"])):
            position += row["amount_minor"] if row["payer"] == bic else 0
            position -= row["amount_minor"] if row["payee"] == bic else 0
            upper = max(upper, position)
        lower = max(lower, position)
    return lower, upper


def waits(results: Results) -> list[tuple[Row, int, int]]:
    """Each order that asked for liquidity, how long it waited and how long it could have."""
    closes = {day.date: day.closes_at for day in results.business_days}
    found = []
    for row in results.orders.rows(named=True):
        if row["status"] not in ("settled", "returned"):
            continue
        close = closes[row["business_date"]]
        entered = micros(row["entered_at"])
        end = micros(row["final_at"]) if row["status"] == "settled" else close
        found.append((row, end - entered, close - entered))
    return found


def weighted(results: Results, rows: Iterable[tuple[Row, int]]) -> int:
    return value(results, ((row["currency"], row["amount_minor"] * time) for row, time in rows))


def quantile(times: list[int], at_least: Fraction) -> int | None:
    """The smallest time such that this part of all times is no longer."""
    for time in sorted(times):
        if Fraction(sum(other <= time for other in times), len(times)) >= at_least:
            return time
    return None


def state(results: Results, day: BusinessDay, timestamp: int) -> tuple[int, int, int, int]:
    """Orders queued, their value, value submitted and value settled at one moment of a day."""
    rows = [
        row
        for row in results.orders.rows(named=True)
        if row["business_date"] == day.date and row["status"] != "rejected"
    ]
    queued = [
        row
        for row in rows
        if row["queued_at"] is not None
        and micros(row["queued_at"]) <= timestamp < micros(row["final_at"])
    ]
    submitted = [row for row in rows if micros(row["submitted_at"]) <= timestamp]
    settled = [
        row for row in rows if row["status"] == "settled" and micros(row["final_at"]) <= timestamp
    ]

    def worth(some: list[Row]) -> int:
        return value(results, ((row["currency"], row["amount_minor"]) for row in some))

    return len(queued), worth(queued), worth(submitted), worth(settled)
