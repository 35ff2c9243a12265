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
            "submitted_at": from_timestamp(moment),
        }
        for number, (payer, payee, currency, amount, moment) in enumerate(payments)
    ]
    members = {**BANKS, AGENT: "BLR"}
    return Scenario(
        name="Small union",
        business_days=tuple(business_days),
        time_zone="UTC",
        directory=ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(code)) for bic, code in members.items()],
            [
                SettlementAccount(bic, find_currency(code), (opening or {}).get((bic, code), 0))
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
    moments = st.integers(0, len(business_days) - 1).flatmap(
        lambda number: st.integers(
            business_days[number].opens_at, business_days[number].closes_at - 1
        )
    )
    payments = []
    for moment in sorted(draw(st.lists(moments, max_size=30))):
        payer, payee = draw(st.permutations(sorted(BANKS)))[:2]
        amount = draw(st.integers(1, 10 ** draw(st.integers(1, 9))))
        payments.append((payer, payee, draw(st.sampled_from(CURRENCIES[:5])), amount, moment))
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
