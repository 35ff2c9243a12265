"""One day that an accountant can follow, with every figure worked out by hand.

Three banks, in Kazakhstan (KZT), Russia (RUB) and Kyrgyzstan (KGS). Values are in USD at round
rates: 1 USD = 500 KZT = 100 RUB = 80 KGS. The day lasts from 09:00 to 18:00.

    no. time   payer -> payee  order        USD    customers' order    what happens
    0   09:00  KAZ -> RUS      RUB 1000      10    RUB                 settles, balance 1000 -> 0
    1   10:00  KAZ -> RUS      RUB 2000      20    USD 21.00           no cover, waits
    2   12:00  RUS -> KAZ      RUB 1500      15    RUB                 settles from credit
    3   13:00  RUS -> KAZ      RUB 3000      30    RUB                 settles, releases no. 1
    4   14:00  KGZ -> KAZ      RUB  500       5    KGS 400.00          RUB is third; settles
    5   15:00  KGZ -> RUS      KGS 4000      50    KGS                 no cover, returned at 18:00
    6   16:00  KGZ -> RUS      KGS  800      10    KGS                 waits behind no. 5; cancelled
    7   17:00  KAZ -> KGZ      USD   40      40    USD                 KGZ has no account: refused
    8   17:00  KAZ -> KAZ2     KZT 5000      10    KZT                 inside one country; settles
"""

import datetime
import json
from fractions import Fraction

import attrs
import polars as pl
import pytest

from skontro.files.period import Results
from skontro.files.tables import TOTAL
from skontro.model import SECOND, InvariantBroken, PaymentClass
from skontro.statistics import (
    Layer,
    Liquidity,
    Quantiles,
    Tally,
    as_json,
    measure_delay,
    measure_liquidity,
    measure_turnover,
    national_currency_share,
    summarise,
    timeline,
    total_timeline,
)
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

HOUR = 3600 * SECOND
DAY = business_day(datetime.date(2026, 3, 2))
KAZ, KAZ2, RUS, KGZ = "KZBAKZ22", "KZBBKZ22", "RUBARUMM", "KGBAKG22"


def at(hour: int) -> int:
    return DAY.opens_at + (hour - 9) * HOUR


@pytest.fixture(scope="module")
def results() -> Results:
    banks = [
        Bank(
            KAZ, "Bank of Almaty", "KAZ", {"RUB": (1000_00, 0), "KZT": (8000_00, 0), "USD": (0, 0)}
        ),
        Bank(KAZ2, "Bank of Astana", "KAZ", {"KZT": (0, 0)}),
        Bank(RUS, "Bank of Moscow", "RUS", {"RUB": (200_00, 4000_00), "KGS": (0, 0)}),
        Bank(KGZ, "Bank of Bishkek", "KGZ", {"RUB": (700_00, 0), "KGS": (100_00, 0)}),
    ]
    payments = [
        Payment(KAZ, RUS, "RUB", 1000_00, at(9), "urgent"),
        Payment(KAZ, RUS, "RUB", 2000_00, at(10), "normal", ("USD", 21_00)),
        Payment(RUS, KAZ, "RUB", 1500_00, at(12), "normal"),
        Payment(RUS, KAZ, "RUB", 3000_00, at(13), "normal"),
        Payment(KGZ, KAZ, "RUB", 500_00, at(14), "high", ("KGS", 400_00)),
        Payment(KGZ, RUS, "KGS", 4000_00, at(15), "normal"),
        Payment(KGZ, RUS, "KGS", 800_00, at(16), "normal", None, at(17)),
        Payment(KAZ, KGZ, "USD", 40_00, at(17), "normal"),
        Payment(KAZ, KAZ2, "KZT", 5000_00, at(17), "normal"),
    ]
    rates = rate_table({"KZT": "500", "RUB": "100", "KGS": "80"})
    return settle(banks, payments, [DAY], rates)


def test_outcomes_are_as_told_above(results: Results) -> None:
    assert results.orders["status"].to_list() == [
        *["settled"] * 5, "returned", "cancelled", "rejected", "settled",
    ]  # fmt: skip
    assert results.orders["final_at"].dt.hour().to_list() == [9, 13, 12, 13, 14, 18, 17, 17, 17]


def test_interbank_share(results: Results) -> None:
    # Settled: RUB 10 + 20 + 15 + 30 between Kazakhstan and Russia and KZT 10 within Kazakhstan
    # are national; RUB 5 between Kyrgyzstan and Kazakhstan is not. 85 of 90.
    shares = national_currency_share(results, Layer.INTERBANK)
    by_corridor = shares.total.by_corridor
    assert (shares.total.value, by_corridor.value, by_corridor.third) == (90_00, 85_00, 5_00)
    assert by_corridor.share == Fraction(85, 90)
    assert shares.cross_border.by_corridor.share == Fraction(75, 80)
    assert shares.total.concentration == Fraction(80**2 + 10**2, 90**2)
    assert by_corridor.concentration == Fraction(75**2 + 10**2, 85**2)
    # By member the rouble between Kyrgyzstan and Kazakhstan counts too: Russia is of the group.
    assert shares.total.by_member.share == shares.cross_border.by_member.share == 1
    assert shares.total.by_member.concentration == Fraction(80**2 + 10**2, 90**2)
    corridors = {
        (c.payer_country.alpha3, c.payee_country.alpha3): c.share for c in shares.corridors
    }
    assert list(corridors) == [
        ("KAZ", "KAZ"), ("KAZ", "RUS"), ("KGZ", "KAZ"), ("RUS", "KAZ"),
    ]  # fmt: skip
    assert corridors["KGZ", "KAZ"].by_corridor.share == 0
    assert corridors["KGZ", "KAZ"].by_member.share == 1
    assert corridors["RUS", "KAZ"].value == 45_00
    assert [use.value - use.by_corridor.value for use in shares.total.uses] == [0, 5_00]
    assert [day.share.value for day in shares.days] == [90_00]


def test_instruction_share(results: Results) -> None:
    # All but the refused: RUB 10 + 15 + 30, KGS 5 + 50 + 10 and KZT 10 are national; the customers
    # of no. 1 asked for USD 21. 130 of 151.
    total = national_currency_share(results, Layer.INSTRUCTION).total
    assert total.by_corridor.share == Fraction(130, 151)
    assert total.by_member.share == Fraction(130, 151)  # the dollar is nobody's here
    assert [(u.currency.code, u.value, u.by_corridor.value) for u in total.uses] == [
        ("KGS", 65_00, 65_00), ("KZT", 10_00, 10_00), ("RUB", 55_00, 55_00), ("USD", 21_00, 0),
    ]  # fmt: skip


def test_turnover(results: Results) -> None:
    total = measure_turnover(results).total
    assert total.submitted == Tally(9, 190_00)
    assert total.settled == Tally(6, 90_00)
    assert total.returned == Tally(1, 50_00)
    assert total.cancelled == Tally(1, 10_00)
    assert total.rejected == Tally(1, 40_00)
    assert total.settlement_ratio == Fraction(90, 190)


def test_liquidity(results: Results) -> None:
    liquidity = measure_liquidity(results)
    roubles = {a.bic: a.liquidity for a in liquidity.accounts if a.currency.code == "RUB"}
    # Settling at once: KAZ 1000 out, 3000 out, then 1500, 3000 and 500 come in. It used its 1000.
    assert roubles[KAZ] == Liquidity(1000_00, 0, 1000_00, 0, 3000_00, 0, 3000_00)
    # RUS receives 1000 at 09:00; at 12:00 it would have 3000 in at once. Its lowest balance is
    # 200 + 1000 - 1500 - 3000 = -3300 before no. 1 comes in; its net debit at the end is 1500.
    assert roubles[RUS] == Liquidity(200_00, 4000_00, 3500_00, 3300_00, 4500_00, 1500_00, 1500_00)
    assert roubles[KGZ] == Liquidity(700_00, 0, 500_00, 0, 500_00, 500_00, 500_00)
    som = next(a.liquidity for a in liquidity.accounts if (a.bic, a.currency.code) == (KGZ, "KGS"))
    # The returned order counts for the bounds, the cancelled one does not.
    assert som == Liquidity(100_00, 0, 0, 0, 0, 4000_00, 4000_00)
    assert som.turnover_ratio is None
    # RUB 1000 + 3500 + 500 = USD 50, KZT 5000 = USD 10.
    assert (liquidity.total.used, liquidity.total.settled) == (60_00, 90_00)
    assert liquidity.total.turnover_ratio == Fraction(3, 2)
    assert liquidity.total.credit_used == 33_00


def test_liquidity_used_is_told_by_the_balances_unless_liquidity_was_transferred(
    results: Results,
) -> None:
    more_used = results.accounts.with_columns(pl.col("liquidity_used_minor") + 5_00)
    with pytest.raises(InvariantBroken, match="where none was transferred"):
        measure_liquidity(attrs.evolve(results, accounts=more_used))
    for column in ("transferred_in_minor", "transferred_out_minor"):
        moved = more_used.with_columns(pl.lit(5_00).cast(TOTAL).alias(column))
        accounts = measure_liquidity(attrs.evolve(results, accounts=moved)).accounts
        roubles = {a.bic: a.liquidity.used for a in accounts if a.currency.code == "RUB"}
        assert roubles == {KAZ: 1005_00, RUS: 3505_00, KGZ: 505_00}


def test_delay(results: Results) -> None:
    delay = measure_delay(results).total
    assert delay.at_once == Tally(5, 70_00)
    assert delay.after_queuing == Tally(1, 20_00)
    # No. 1 waits three hours: 20 x 3 h over 90.
    assert delay.weighted_mean == Fraction(60 * HOUR, 90)
    # It and the returned no. 5, which waits three hours to the end of the day: 60 + 150. If
    # everything waited: 10 x 9 + 20 x 8 + 15 x 6 + 30 x 5 + 5 x 4 + 50 x 3 + 10 x 1.
    assert delay.indicator == Fraction(60 + 150, 90 + 160 + 90 + 150 + 20 + 150 + 10)
    assert delay.of_settled == Quantiles(0, 3 * HOUR, 3 * HOUR)
    assert delay.of_queued == Quantiles(3 * HOUR, 3 * HOUR, 3 * HOUR)
    urgent, high, normal = measure_delay(results).classes
    assert urgent.payment_class is PaymentClass.URGENT
    assert urgent.delay.at_once == Tally(1, 10_00)
    assert high.delay.indicator == 0
    assert normal.delay.weighted_mean == Fraction(60 * HOUR, 75)


def test_timeline_by_the_hour(results: Results) -> None:
    table = timeline(results, HOUR)
    total = total_timeline(table)
    assert total["observed_at"].dt.hour().to_list() == list(range(9, 19))
    assert total["queued_orders"].to_list() == [0, 1, 1, 1, 0, 0, 1, 2, 1, 0]
    assert [int(v) // 100 for v in total["queued_value"]] == [0, 20, 20, 20, 0, 0, 50, 60, 50, 0]
    assert [int(v) // 100 for v in total["submitted_value"]] == [
        10, 30, 30, 45, 75, 80, 130, 140, 150, 150,
    ]  # fmt: skip
    assert [int(v) // 100 for v in total["settled_value"]] == [
        10, 10, 10, 25, 75, 80, 80, 80, 90, 90,
    ]  # fmt: skip


def test_json_carries_amounts_as_text_and_is_stable(results: Results) -> None:
    text = as_json(summarise(results))
    assert text == as_json(summarise(results))
    document = json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))
    assert document["turnover"]["total"]["settled"] == {"orders": 6, "value": "9000"}
    shares = document["national_currency_share"]
    assert shares["interbank"]["total"]["by_corridor"]["share"] == "0.944444"
    assert shares["interbank"]["total"]["by_member"]["share"] == "1.000000"
    assert "share" not in shares["interbank"]["total"]  # no share of orders without its definition
    assert shares["group"] == ["KAZ", "KGZ", "RUS"]
    assert set(shares["definitions"]) == {"by_corridor", "by_member"}
    assert shares["residual"] is None
    assert document["delay"]["total"]["weighted_mean_microseconds"] == 2_400_000_000
    assert document["liquidity"]["participants"][2]["turnover_ratio"] is None
