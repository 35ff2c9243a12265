"""Every statistic agrees with a slow recomputation in plain Python on random periods."""

import datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.files.period import Results
from skontro.model import SECOND
from skontro.statistics import (
    CurrencyShares,
    Definition,
    Delay,
    Layer,
    Tally,
    measure_delay,
    measure_liquidity,
    measure_turnover,
    national_currency_share,
    timeline,
    total_timeline,
)
from tests.draws import examples
from tests.statistics import slow_statistics as slow
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

DAYS = [business_day(datetime.date(2026, 3, day)) for day in (2, 3)]
COUNTRIES = ["KAZ", "RUS", "ARM", "VNM"]  # KZT, RUB and AMD have two decimals, VND has none
CURRENCIES = ["KZT", "RUB", "AMD", "VND", "USD"]
BANKS = [f"BANK{country}2{n}" for n in "23" for country in ("KZ", "RU", "AM", "VN")]
RATES = rate_table({"KZT": "487.31", "RUB": "91.7", "AMD": "385.123", "VND": "24645.904"})

amounts = st.one_of(st.integers(1, 300), st.integers(1, 10**18 - 1))


@st.composite
def periods(draw: st.DrawFn) -> Results:
    banks = [
        Bank(
            bic,
            f"Bank {bic}",
            COUNTRIES[i % 4],
            {
                code: (draw(st.integers(0, 400)), draw(st.sampled_from([0, 100, 10**18 - 1])))
                for code in CURRENCIES
                if draw(st.integers(0, 9)) > 0
            },
        )
        for i, bic in enumerate(BANKS)
    ]
    return settle(banks, draw(st.lists(payments(), max_size=25)), DAYS, RATES)


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    day = draw(st.sampled_from(DAYS))
    payer, payee = draw(st.permutations(BANKS))[:2]
    minutes = draw(st.integers(0, 539))
    submitted_at = day.opens_at + minutes * 60 * SECOND + draw(st.integers(0, 1))
    cancelled = draw(st.one_of(st.none(), st.integers(minutes + 1, 541)))
    return Payment(
        payer,
        payee,
        draw(st.sampled_from(CURRENCIES)),
        draw(amounts),
        submitted_at,
        draw(st.sampled_from(["urgent", "high", "normal"])),
        draw(st.one_of(st.none(), st.tuples(st.sampled_from(CURRENCIES), amounts))),
        None if cancelled is None else day.opens_at + cancelled * 60 * SECOND,
    )


def as_slow(share: CurrencyShares) -> slow.Row:
    parts = {definition.value: share.national(definition) for definition in Definition}
    return {
        "value": share.value,
        "concentration": share.concentration,
        **{name: (part.value, part.share, part.concentration) for name, part in parts.items()},
    }


@pytest.mark.parametrize("layer", [Layer.INSTRUCTION, Layer.INTERBANK])
@settings(max_examples=examples(40))
@given(periods())
def test_national_currency_share(layer: Layer, results: Results) -> None:
    shares = national_currency_share(results, layer)
    assert as_slow(shares.total) == slow.share(results, layer, lambda _: True)
    assert as_slow(shares.cross_border) == slow.share(
        results, layer, lambda row: row["payer_country"] != row["payee_country"]
    )
    for day in shares.days:
        expected = slow.share(results, layer, lambda row, d=day: row["business_date"] == d.date)
        assert as_slow(day.share) == expected
    for corridor in shares.corridors:
        pair = (corridor.payer_country.alpha3, corridor.payee_country.alpha3)
        expected = slow.share(
            results, layer, lambda row, p=pair: (row["payer_country"], row["payee_country"]) == p
        )
        assert as_slow(corridor.share) == expected
    assert sum(c.share.orders for c in shares.corridors) == shares.total.orders
    assert sum(day.share.orders for day in shares.days) == shares.total.orders


@settings(max_examples=examples(40))
@given(periods())
def test_turnover(results: Results) -> None:
    statistics = measure_turnover(results)
    ends = ("settled", "returned", "cancelled", "rejected")
    for status in ends:
        number, value = slow.tally(results, lambda row, s=status: row["status"] == s)
        assert getattr(statistics.total, status) == Tally(number, value)
    number, value = slow.tally(results, lambda _: True)
    assert statistics.total.submitted == Tally(number, value)
    for part in statistics.currencies:
        rows = [r for r in results.orders.rows(named=True) if r["currency"] == part.currency.code]
        assert part.turnover.submitted == Tally(len(rows), sum(r["amount_minor"] for r in rows))
        pieces = [getattr(part.turnover, status) for status in ends]
        assert sum(pieces, Tally()) == part.turnover.submitted


@settings(max_examples=examples(40))
@given(periods())
def test_liquidity(results: Results) -> None:
    statistics = measure_liquidity(results)
    rows = results.accounts.rows(named=True)
    for account, row in zip(statistics.accounts, rows, strict=True):
        figures = account.liquidity
        entries = [e for e in results.statements.rows(named=True) if e["account"] == row["account"]]
        lowest = min([e["balance_minor"] for e in entries], default=row["opening_balance_minor"])
        lowest = min(lowest, row["opening_balance_minor"])
        assert figures.used == row["opening_balance_minor"] - lowest
        assert figures.credit_used == max(0, -lowest)
        assert figures.settled == sum(e["debit_minor"] or 0 for e in entries)
        expected = slow.bounds(results, row["bic"], row["currency"])
        assert (figures.lower_bound, figures.upper_bound) == expected
    used = slow.value(results, ((r["currency"], r["liquidity_used_minor"]) for r in rows))
    assert statistics.total.used == used
    assert statistics.total.settled == measure_turnover(results).total.settled.total
    for participant in statistics.participants:
        assert participant.liquidity.used == sum(
            slow.value_of(results, r["currency"], r["liquidity_used_minor"])
            for r in rows
            if r["bic"] == participant.bic
        )


def assert_delay(results: Results, delay: Delay, waits: list[tuple[slow.Row, int, int]]) -> None:
    settled = [(row, time) for row, time, _ in waits if row["status"] == "settled"]
    queued = [(row, time) for row, time in settled if row["queued_at"] is not None]
    value = slow.weighted(results, ((row, 1) for row, _ in settled))
    mean = Fraction(slow.weighted(results, settled), value) if value else None
    assert delay.weighted_mean == mean
    worst = slow.weighted(results, ((row, longest) for row, _, longest in waits))
    waited = slow.weighted(results, ((row, time) for row, time, _ in waits))
    assert delay.indicator == (Fraction(waited, worst) if worst else None)
    assert delay.after_queuing == Tally(
        len(queued), slow.weighted(results, ((row, 1) for row, _ in queued))
    )
    assert delay.at_once.orders + delay.after_queuing.orders == len(settled)
    for quantiles, rows in ((delay.of_settled, settled), (delay.of_queued, queued)):
        times = [time for _, time in rows]
        assert quantiles.median == slow.quantile(times, Fraction(1, 2))
        assert quantiles.percentile_95 == slow.quantile(times, Fraction(19, 20))
        assert quantiles.longest == max(times, default=None)


@settings(max_examples=examples(40))
@given(periods())
def test_delay(results: Results) -> None:
    statistics = measure_delay(results)
    waits = slow.waits(results)
    assert_delay(results, statistics.total, waits)
    for part in statistics.classes:
        name = part.payment_class.name.lower()
        assert_delay(results, part.delay, [w for w in waits if w[0]["payment_class"] == name])


@settings(max_examples=examples(15))
@given(periods(), st.sampled_from([7, 30, 125, 540, 1000]))
def test_timeline(results: Results, minutes: int) -> None:
    table = total_timeline(timeline(results, minutes * 60 * SECOND))
    days = {day.date: day for day in results.business_days}
    for row in table.rows(named=True):
        expected = slow.state(results, days[row["business_date"]], slow.micros(row["observed_at"]))
        columns = ("queued_orders", "queued_value", "submitted_value", "settled_value")
        assert tuple(int(row[column]) for column in columns) == expected
