"""A year of payments in ten currencies, netted in daily cycles, beside gross settlement."""

import datetime
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from benchmarks.measuring import Findings, timed
from skontro.files import PAYMENTS, TIMESTAMP, Scenario
from skontro.model import (
    SECOND,
    BusinessDay,
    CycleLength,
    NettingRules,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    ResidualCurrency,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.simulation import settle

DAYS: Final = 250
BANKS_PER_COUNTRY: Final = 5
_HOUR: Final = 3600 * SECOND
_UNITS: Final = {
    "ARM": "390", "AZE": "1.7", "BLR": "3.3", "KAZ": "500", "KGZ": "87.5", "MDA": "17.8",
    "RUS": "90", "TJK": "10.9", "UZB": "12500",
}  # fmt: skip
_AGENT: Final = "CLEABYM0"


def _scenario(number: int, rules: NettingRules | None) -> Scenario:
    """Random payments between banks of nine countries, in theirs and in a third currency."""
    random = np.random.default_rng(1)
    countries = [find_country(code) for code in _UNITS]
    codes = [*(country.currency.code for country in countries), "USD"]
    bics = [
        f"BNK{chr(65 + place)}{country.alpha2}M0"
        for country in countries
        for place in range(BANKS_PER_COUNTRY)
    ]
    start = 1_767_571_200 * SECOND
    opens = [start + (24 * day + 9) * _HOUR for day in range(DAYS)]
    day = np.sort(random.integers(0, DAYS, number))
    submitted = np.sort(np.array(opens)[day] + random.integers(0, 8 * _HOUR, number))
    payer = random.integers(0, len(bics), number)
    payee = (payer + random.integers(1, len(bics), number)) % len(bics)
    # Floats draw; what they draw are whole numbers before they are amounts.
    kind = random.random(number)
    own, other = payer // BANKS_PER_COUNTRY, payee // BANKS_PER_COUNTRY
    currency = np.where(kind < 0.45, own, np.where(kind < 0.9, other, len(codes) - 1))
    amount = np.exp(random.normal(12, 1.5, number)).astype(np.int64) + 1
    counted = pl.Series(np.arange(number)).cast(pl.String).str.zfill(12)
    table = pl.DataFrame(
        {
            "uetr": "00000000-0000-4000-8000-" + counted,
            "payer": pl.Series(bics)[payer],
            "payee": pl.Series(bics)[payee],
            "currency": pl.Series(codes)[currency],
            "amount_minor": amount,
            "payment_class": pl.repeat("normal", number, eager=True),
            "submitted_at": pl.Series(submitted).cast(TIMESTAMP),
        }
    )
    absent = [n for n in PAYMENTS if n not in table.columns]
    table = table.with_columns(pl.lit(None, PAYMENTS[n]).alias(n) for n in absent)
    participants = [
        Participant(bic, f"Bank {bic}", countries[place // BANKS_PER_COUNTRY])
        for place, bic in enumerate(bics)
    ]
    participants.append(Participant(_AGENT, "Clearing agent", find_country("BLR")))
    ample = 0 if rules else 10**14
    date = datetime.date(2026, 1, 5)
    return Scenario(
        name="A year",
        business_days=tuple(
            BusinessDay(date + datetime.timedelta(n), at, at + 8 * _HOUR)
            for n, at in enumerate(opens)
        ),
        time_zone="UTC",
        directory=ParticipantDirectory(
            participants,
            [
                SettlementAccount(participant.bic, find_currency(code), ample)
                for participant in participants
                for code in codes
            ],
        ),
        payments=table.select(list(PAYMENTS)),
        rates=RateTable(
            find_currency("USD"),
            [
                Rate(country.currency, Decimal(units), date, "drawn up for the benchmark")
                for country, units in zip(countries, _UNITS.values(), strict=True)
            ],
        ),
        netting=rules,
    )


def year_in_cycles(number: int) -> Findings:
    """Seconds from payments in memory to all tables of results, each design once."""
    designs: dict[str, NettingRules | None] = {"gross, ample liquidity": None}
    for residual in (ResidualCurrency.AS_ORDERED, ResidualCurrency.DEBTOR):
        rules = NettingRules(
            CycleLength(1, "days"), find_currency("USD"), residual=residual, clearing_agent=_AGENT
        )
        designs[f"daily cycles, {residual.value}"] = rules
    seconds = {}
    for name, rules in designs.items():
        scenario = _scenario(number, rules)
        seconds[name] = timed(lambda scenario=scenario: settle(scenario))  # type: ignore[misc]
    gross = seconds["gross, ample liquidity"]
    return Findings(
        name="cycles",
        title=f"A year: {number:,} payments, {DAYS} days, 10 currencies, 45 banks",
        columns=("design", "seconds", "million payments a second", "time / gross"),
        rows=[(name, s, number / s / 1e6, s / gross) for name, s in seconds.items()],
        notes=(
            "Whole settlement: netting, conversions, funding, engine, and tables of outcomes, "
            "statements, accounts and residuals. One run each.",
        ),
    )
