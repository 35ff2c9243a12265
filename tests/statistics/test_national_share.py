"""National-currency shares by both definitions, on dates of change, worked out by hand."""

import datetime
import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest

from skontro.files.period import Results
from skontro.model import SECOND
from skontro.simulation import settle as settle_scenario
from skontro.simulation.generator import GeneratorSettings, generate
from skontro.statistics import (
    CreditLines,
    Dimension,
    Layer,
    as_json,
    break_down,
    credit_effect,
    group_of,
    summarise,
)
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

DAY = business_day(datetime.date(2024, 12, 16))
RICH = (10**12, 0)


def bank(country: str, alpha2: str, *codes: str) -> Bank:
    return Bank(f"BANK{alpha2}20", f"Bank of {country}", country, dict.fromkeys(codes, RICH))


def shares(results: Results, layer: Layer = Layer.INTERBANK) -> tuple[object, object]:
    [whole] = break_down(results, layer, [])
    return whole.share.by_corridor.share, whole.share.by_member.share


def a_december_day() -> Results:
    """Five orders between members of the CIS, in USD as seen at 100 RUB, 500 KZT and 7 CNY.

    no.  payer -> payee   order          USD   by corridor   by member
    1    KAZ -> RUS       RUB 6,000       60   Russia's      Russia's
    2    KGZ -> KAZ       RUB 1,500       15   third         Russia's, a member
    3    KAZ -> UZB       KZT 5,000       10   Kazakhstan's  Kazakhstan's
    4    UZB -> KAZ       CNY    35        5   third         third: China is no member
    5    AZE -> RUS       USD    10       10   third         third
                                         100   70            85
    """
    codes = ("RUB", "KZT", "CNY", "USD")
    banks = [
        bank("KAZ", "KZ", *codes), bank("RUS", "RU", *codes), bank("KGZ", "KG", *codes),
        bank("UZB", "UZ", *codes), bank("AZE", "AZ", *codes),
    ]  # fmt: skip
    kaz, rus, kgz, uzb, aze = (one.bic for one in banks)
    orders = [
        (kaz, rus, "RUB", 6_000_00),
        (kgz, kaz, "RUB", 1_500_00),
        (kaz, uzb, "KZT", 5_000_00),
        (uzb, kaz, "CNY", 35_00),
        (aze, rus, "USD", 10_00),
    ]
    payments = [
        Payment(*order, submitted_at=DAY.opens_at + number * SECOND)
        for number, order in enumerate(orders)
    ]
    rates = rate_table({"RUB": "100", "KZT": "500", "CNY": "7"})
    return settle(banks, payments, [DAY], rates)


def test_by_corridor_70_and_by_member_85_of_the_same_day() -> None:
    results = a_december_day()
    assert shares(results) == (Fraction(70, 100), Fraction(85, 100))
    assert shares(results, Layer.INSTRUCTION) == (Fraction(70, 100), Fraction(85, 100))
    assert [one.alpha3 for one in group_of(results)] == ["AZE", "KAZ", "KGZ", "RUS", "UZB"]
    parts = break_down(results, Layer.INTERBANK, [Dimension.CURRENCY])
    by_currency = {
        part.keys[0]: (part.share.by_corridor.value, part.share.by_member.value) for part in parts
    }
    assert by_currency == {
        "CNY": (0, 0), "KZT": (10_00, 10_00), "RUB": (60_00, 75_00), "USD": (0, 0),
    }  # fmt: skip
    total = json.loads(as_json(summarise(results)))["national_currency_share"]["interbank"]["total"]
    assert total["by_corridor"] == {
        "orders": 2, "value": "7000", "share": "0.700000",
        "concentration": "0.755102",  # (60² + 10²) / 70²
    }  # fmt: skip
    assert total["by_member"]["orders"] == 3
    assert total["by_member"]["share"] == "0.850000"


#: What each member of the CIS issues, written down here and not looked up.
_OWN = {
    "ARM": "AMD", "AZE": "AZN", "BLR": "BYN", "KAZ": "KZT", "KGZ": "KGS", "MDA": "MDL",
    "RUS": "RUB", "TJK": "TJS", "TKM": "TMT", "UZB": "UZS",
}  # fmt: skip


def test_the_generated_cis_of_december_2024_has_80_by_corridor_and_88_by_member() -> None:
    # Published for December 2024: more than 85 % (mir24.tv), without saying by which definition.
    scenario = generate(
        GeneratorSettings(first_date=datetime.date(2024, 12, 16), payments_per_day=400)
    )
    units = {rate.currency.code: Fraction(rate.units) for rate in scenario.rates.rates}
    country = {one.bic: one.country.alpha3 for one in scenario.directory.participants}
    assert {*country.values()} == {*_OWN}
    value: Counter[str] = Counter()
    columns = scenario.payments.select("payer", "payee", "currency", "amount_minor")
    for payer, payee, code, minor in columns.iter_rows():
        # Every one of these currencies has two decimals.
        worth = Fraction(minor, 100) / units.get(code, 1)
        value["all"] += worth  # type: ignore[assignment]
        if code in (_OWN[country[payer]], _OWN[country[payee]]):
            value["corridor"] += worth  # type: ignore[assignment]
        if code in _OWN.values():
            value["member"] += worth  # type: ignore[assignment]
    by_hand = [Fraction(value[name], value["all"]) for name in ("corridor", "member")]
    assert [round(float(100 * share), 1) for share in by_hand] == [80.4, 88.1]
    summary = summarise(settle_scenario(scenario)).instruction.total
    measured = [summary.by_corridor.share, summary.by_member.share]
    for one, other in zip(measured, by_hand, strict=True):
        assert abs(one - other) < Fraction(1, 10**6)  # each currency's total is rounded to a cent


def test_the_rand_is_not_namibias_own() -> None:
    codes = ("NAD", "ZAR")
    banks = [bank("NAM", "NA", *codes), bank("BWA", "BW", *codes)]
    payments = [
        Payment(banks[0].bic, banks[1].bic, "NAD", 90_00, DAY.opens_at),
        Payment(banks[0].bic, banks[1].bic, "ZAR", 10_00, DAY.opens_at),
    ]
    results = settle(banks, payments, [DAY], rate_table({"NAD": "18", "ZAR": "18"}))
    # USD 5.00 in NAD and 0.56 in ZAR.
    assert shares(results) == (Fraction(500, 556), Fraction(500, 556))
    south_africa = [*banks, bank("ZAF", "ZA", "ZAR")]
    joined = settle(south_africa, payments, [DAY], rate_table({"NAD": "18", "ZAR": "18"}))
    assert shares(joined) == (Fraction(500, 556), Fraction(1))


def test_a_period_across_the_changeover_counts_each_day_by_itself() -> None:
    # Bulgaria issues the lev on 31 December 2025 and the euro from 1 January 2026.
    days = [business_day(datetime.date(2025, 12, 31)), business_day(datetime.date(2026, 1, 2))]
    banks = [bank("BGR", "BG", "BGN", "EUR"), bank("TUR", "TR", "BGN", "EUR")]
    payments = [
        Payment(banks[0].bic, banks[1].bic, code, amount, day.opens_at + SECOND)
        for day, amounts in zip(days, ((30_00, 40_00), (2_00, 7_00)), strict=True)
        for code, amount in zip(("BGN", "EUR"), amounts, strict=True)
    ]
    results = settle(banks, payments, days, rate_table({"BGN": "2", "EUR": "1"}))
    by_day = {
        part.keys[0]: part.share.by_corridor.value
        for part in break_down(results, Layer.INTERBANK, [Dimension.DAY])
    }
    assert by_day == {"2025-12-31": 15_00, "2026-01-02": 7_00}
    # Leva 30 + 2 are USD 16, euros 40 + 7 USD 47; national are 15 and 7.
    assert shares(results)[0] == Fraction(15 + 7, 16 + 47)


def test_what_a_country_uses_without_issuing_it_is_third() -> None:
    banks = [bank("ECU", "EC", "USD"), bank("PER", "PE", "USD")]
    payment = Payment(banks[0].bic, banks[1].bic, "USD", 90_00, DAY.opens_at)
    assert shares(settle(banks, [payment], [DAY], rate_table({}))) == (0, 0)
    with_usa = [*banks, bank("USA", "US", "USD")]
    assert shares(settle(with_usa, [payment], [DAY], rate_table({}))) == (0, 1)


@pytest.mark.parametrize(
    ("credit", "lines"),
    [
        ({}, CreditLines.HOME_ONLY),
        ({"credit_currencies": "paid"}, CreditLines.OTHERS_TOO),
        ({"credit_share": Decimal(0)}, CreditLines.NONE),
    ],
)
def test_returns_lift_the_interbank_share_and_the_credit_lines_are_named(
    credit: dict[str, object], lines: CreditLines
) -> None:
    scenario = generate(GeneratorSettings(payments_per_day=1000, **credit))  # type: ignore[arg-type]
    results = settle_scenario(scenario)
    [settled] = break_down(results, Layer.INTERBANK, [])
    [instructed] = break_down(results, Layer.INSTRUCTION, [])
    effect = credit_effect(results, settled.share)
    assert effect.credit_lines == lines
    # Generated customers instruct what settles: only returns set the layers apart.
    assert effect.before_returns == instructed.share
    gap = settled.share.by_corridor.share - instructed.share.by_corridor.share  # type: ignore[operator]
    assert effect.lifts_share == (gap > 0)
    document = json.loads(as_json(summarise(results)))["national_currency_share"]["credit"]
    assert document["lines"] == lines.value
    assert document["lifts_interbank_share"] is effect.lifts_share


def test_where_nothing_is_returned_nothing_lifts_the_share() -> None:
    results = a_december_day()
    [settled] = break_down(results, Layer.INTERBANK, [])
    effect = credit_effect(results, settled.share)
    assert effect.before_returns == settled.share
    assert not effect.lifts_share
