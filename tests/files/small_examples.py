"""One small scenario and its results, and what it means that two are the same."""

import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from skontro.files import (
    ACCOUNTS,
    ORDERS,
    PAYMENTS,
    RUNS,
    STATEMENTS,
    Results,
    Scenario,
)
from skontro.model import (
    SECOND,
    Algorithm,
    Bypass,
    Rate,
    RateTable,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
    find_currency,
    from_timestamp,
)
from tests.files.banks import DAYS, DIRECTORY, ZONE, uetr

RULEBOOK = Rulebook(
    offset_on_entry=True,
    bypass=Bypass(),
    when_queued=WhenQueued(1000, Algorithm.BILATERAL_PASS),
    schedule=(
        ScheduledRuns(Algorithm.GREATEST_FIFO_SET, every=900 * SECOND),
        ScheduledRuns(Algorithm.MAXIMUM_VALUE, (datetime.time(17, 30),), work=7),
    ),
)


def assert_same_frame(one: Scenario | Results, other: Scenario | Results) -> None:
    assert one.name == other.name
    assert one.business_days == other.business_days
    assert one.time_zone == other.time_zone
    assert one.provenance == other.provenance
    assert one.rulebook == other.rulebook
    assert one.rates.account_currency == other.rates.account_currency
    assert one.rates.rates == other.rates.rates


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def timestamp(second: int) -> datetime.datetime:
    return from_timestamp(DAYS[0].opens_at + second * SECOND)


def small_scenario() -> Scenario:
    row = (
        uetr(1),
        "BANKDEFF",
        "BANKKZKX",
        "EUR",
        1250,
        "high",
        timestamp(5),
        None,
        timestamp(9),
        None,
        None,
        None,
    )
    return Scenario(
        name="Two days around a change of clocks",
        business_days=tuple(DAYS),
        time_zone=ZONE.key,
        directory=DIRECTORY,
        payments=pl.DataFrame([row], schema=PAYMENTS, orient="row"),
        rates=RateTable(
            find_currency("EUR"),
            [Rate(find_currency("KZT"), Decimal("555.5"), datetime.date(2026, 10, 23), "NBK")],
        ),
        provenance={"payments": "made by hand", "hours": "none"},
    )


def small_results(copies: int = 1) -> Results:
    scenario = small_scenario()
    extra = (7, DAYS[0].date, "DEU", "KAZ", "settled", None, timestamp(5), None, timestamp(6))
    extra += ("greatest_fifo_set", 3, 1)
    order = (*scenario.payments.row(0), *extra)
    total = Decimal(10**30)
    account = (0, "BANKDEFF", "Bank", "DEU", "EUR", 5, 0, 5, -1, 6, total, total, total, total)
    run = (3, timestamp(6), "greatest_fifo_set", "EUR", 2, 1, 1250, 1250, None, None)
    entry = (0, "BANKDEFF", "EUR", 1, timestamp(6), uetr(1), "BANKKZKX", 1250, None, -1)
    return Results(
        name=scenario.name,
        business_days=scenario.business_days,
        time_zone=scenario.time_zone,
        rates=scenario.rates,
        provenance=scenario.provenance,
        rulebook=RULEBOOK,
        orders=pl.DataFrame([order] * copies, schema=ORDERS, orient="row"),
        accounts=pl.DataFrame([account] * copies, schema=ACCOUNTS, orient="row"),
        statements=pl.DataFrame([entry] * copies, schema=STATEMENTS, orient="row"),
        runs=pl.DataFrame([run] * copies, schema=RUNS, orient="row"),
    )
