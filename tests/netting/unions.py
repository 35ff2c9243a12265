"""A small clearing union: four countries, their currencies, a clearing agent, drawn orders."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from skontro.files import PAYMENTS, Scenario
from skontro.model import (
    SECOND,
    BusinessDay,
    CycleLength,
    Failure,
    Guarantee,
    HoldingLimit,
    Netting,
    NettingRules,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    ResidualCurrency,
    SettlementAccount,
    SwapLine,
    find_country,
    find_currency,
    from_timestamp,
)

BANKS = {"STEPKZA0": "KAZ", "MOUNKGB0": "KGZ", "OASIUZT0": "UZB", "VOLGRUM0": "RUS"}
AGENT = "CLEAXXD0".replace("XX", "BY")
CURRENCIES = ("KZT", "KGS", "UZS", "RUB", "USD", "BYN")
UNITS = {"KZT": "500", "KGS": "87.5", "UZS": "12500", "RUB": "90", "BYN": "3.3"}
USD = find_currency("USD")
DATE = datetime.date(2026, 1, 5)
HOUR = 3600 * SECOND


def days(count: int) -> list[BusinessDay]:
    start = 1_767_571_200 * SECOND  # 5 January 2026
    return [
        BusinessDay(
            DATE + datetime.timedelta(number),
            start + (24 * number + 9) * HOUR,
            start + (24 * number + 17) * HOUR,
        )
        for number in range(count)
    ]


def rates() -> RateTable:
    return RateTable(
        USD, [Rate(find_currency(c), Decimal(u), DATE, "drawn up") for c, u in UNITS.items()]
    )


def union(
    payments: Sequence[tuple[str, str, str, int, int]],
    rules: NettingRules,
    business_days: Sequence[BusinessDay],
    opening: Mapping[tuple[str, str], int] | None = None,
    credit: Mapping[tuple[str, str], int] | None = None,
) -> Scenario:
    """Payments are payer, payee, currency, minor units and moment, in order of moments."""
    rows: list[dict[str, Any]] = [
        {
            "uetr": f"00000000-0000-4000-8000-{number:012}",
            "payer": payer,
            "payee": payee,
            "currency": currency,
            "amount_minor": amount,
            "payment_class": "normal",
            "submitted_at": from_timestamp(timestamp),
        }
        for number, (payer, payee, currency, amount, timestamp) in enumerate(payments)
    ]
    members = {**BANKS, AGENT: "BLR"}
    return Scenario(
        name="Small union",
        business_days=tuple(business_days),
        time_zone="UTC",
        directory=ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(code)) for bic, code in members.items()],
            [
                SettlementAccount(
                    bic,
                    find_currency(code),
                    (opening or {}).get((bic, code), 0),
                    (credit or {}).get((bic, code), 0),
                )
                for bic in members
                for code in CURRENCIES
            ],
        ),
        payments=pl.DataFrame(rows, schema=PAYMENTS),
        rates=rates(),
        netting=rules,
    )


@st.composite
def unions(draw: st.DrawFn) -> Scenario:
    business_days = days(draw(st.integers(1, 4)))
    timestamps = st.integers(0, len(business_days) - 1).flatmap(
        lambda number: st.integers(
            business_days[number].opens_at, business_days[number].closes_at - 1
        )
    )
    payments = []
    for timestamp in sorted(draw(st.lists(timestamps, max_size=30))):
        payer, payee = draw(st.permutations(sorted(BANKS)))[:2]
        amount = draw(st.integers(1, 10 ** draw(st.integers(1, 9))))
        payments.append((payer, payee, draw(st.sampled_from(CURRENCIES[:5])), amount, timestamp))
    length = draw(
        st.sampled_from(
            [
                CycleLength(90, "minutes"),
                CycleLength(1, "days"),
                CycleLength(2, "days"),
                CycleLength(1, "months"),
            ]
        )
    )
    lines = [
        SwapLine(find_country(country), find_currency(code), draw(st.integers(0, 10**8)))
        for country, code in (("KAZ", "RUB"), ("RUS", "KZT"), ("UZB", "RUB"))
        if draw(st.booleans())
    ]
    holding = [
        HoldingLimit(bic, find_currency(code), draw(st.integers(0, 10**8)))
        for bic, code in (("STEPKZA0", "RUB"), ("VOLGRUM0", "UZS"))
        if draw(st.booleans())
    ]
    rules = NettingRules(
        length=length,
        third_currency=USD,
        netting=draw(st.sampled_from(Netting)),
        residual=draw(st.sampled_from(ResidualCurrency)),
        clearing_agent=AGENT,
        swap_lines=tuple(lines),
        holding_limits=tuple(holding),
    )
    return union(payments, rules, business_days)


@st.composite
def failing_unions(draw: st.DrawFn) -> Scenario:
    """With everything that may pay: balances, credit, swap lines at interest, collateral, others.

    On each day somebody may fail; everybody has dealt with everybody else by then.
    """
    business_days = days(draw(st.integers(1, 3)))
    amounts = st.integers(1, 10**6) | st.sampled_from([1, 2, 3, 5, 10**8])
    payments, failures = [], []
    for day in business_days:
        timestamps = [day.opens_at, day.opens_at + 90 * 60 * SECOND, day.closes_at - 1]
        pairs = [(a, b) for a in sorted(BANKS) for b in sorted(BANKS) if a < b]
        for payer, payee in [*pairs, *draw(st.lists(st.sampled_from(pairs), max_size=10))]:
            one, other = (payer, payee) if draw(st.booleans()) else (payee, payer)
            code, amount = draw(st.sampled_from(CURRENCIES[:5])), draw(amounts)
            timestamp = (
                timestamps[0] if len(payments) % 16 < 6 else draw(st.sampled_from(timestamps))
            )
            payments.append((one, other, code, amount, timestamp))
        failures += [
            Failure(bic, day.date)
            for bic in draw(st.lists(st.sampled_from(sorted(BANKS)), max_size=2, unique=True))
        ]
    payments.sort(key=lambda payment: payment[4])
    accounts = st.tuples(st.sampled_from(sorted(BANKS)), st.sampled_from(CURRENCIES[:5]))
    held = st.dictionaries(accounts, st.integers(0, 10**6), max_size=8)
    lines = [
        SwapLine(find_country(country), find_currency(code), draw(st.integers(0, 10**6)),
                 draw(st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.36")])))
        for country, code in (("KAZ", "RUB"), ("RUS", "KZT"), ("UZB", "KGS"))
        if draw(st.booleans())
    ]  # fmt: skip
    limits = draw(st.dictionaries(accounts, st.integers(0, 10**5), max_size=3))
    rules = NettingRules(
        length=draw(st.sampled_from([CycleLength(1, "days"), CycleLength(2, "days")])),
        third_currency=USD,
        netting=draw(st.sampled_from(Netting)),
        residual=draw(st.sampled_from(ResidualCurrency)),
        clearing_agent=AGENT,
        swap_lines=tuple(lines),
        holding_limits=tuple(
            HoldingLimit(bic, find_currency(code), limit) for (bic, code), limit in limits.items()
        ),
        guarantee=draw(st.sampled_from(Guarantee)),
        collateral={bic: draw(st.integers(0, 10**4)) for bic in sorted(BANKS)},
        failures=tuple(failures),
    )
    return union(payments, rules, business_days, draw(held), draw(held))
