"""Conversion orders priced at quotes, against a slow way; and as files that become legs."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.files import read_scenario
from skontro.model import (
    ConversionOrder,
    InputError,
    Quote,
    ReasonCode,
    ReferenceRate,
    ReferenceRates,
    find_currency,
    price_conversions,
)
from skontro.simulation import settle

EXAMPLES = Path(__file__).parents[2] / "examples"
KZT, RUB = find_currency("KZT"), find_currency("RUB")
MAKERS = ("AAAAKZK0", "BBBBRUM0")
HOUR = 3_600_000_000

quotes_drawn = st.lists(
    st.builds(
        Quote,
        st.sampled_from(MAKERS),
        st.just(RUB),
        st.just(KZT),
        st.decimals("4", "7", places=1),
        st.integers(1, 60),
        st.integers(0, 5),
        st.integers(5, 10),
    ),
    max_size=5,
)
orders_drawn = st.lists(
    st.builds(
        ConversionOrder,
        st.just("20000000-0000-4000-8000-000000000001"),
        st.sampled_from(("CCCCUZT0", *MAKERS)),
        st.just(RUB),
        st.integers(1, 40),
        st.just(KZT),
        st.integers(0, 11),
        st.none() | st.decimals("4", "7", places=1),
        st.none() | st.sampled_from(MAKERS),
        st.booleans(),
    ),
    max_size=8,
)


def bought(order: ConversionOrder, rate: Decimal) -> int:
    """What an order gets at a rate, of two currencies with the same decimals."""
    return order.amount if not order.amount_is_sold else int(order.amount // rate)


@given(orders_drawn, quotes_drawn)
def test_each_order_gets_the_best_quote_that_has_enough(
    orders: list[ConversionOrder], quotes: list[Quote]
) -> None:
    priced = price_conversions(orders, quotes)
    left = {place: quote.most for place, quote in enumerate(quotes)}
    for place in sorted(range(len(orders)), key=lambda place: orders[place].submitted_at):
        order, found = orders[place], priced[place]
        assert found.order is order
        open_now = []
        for number, quote in enumerate(quotes):
            in_time = quote.valid_from <= order.submitted_at <= quote.valid_until
            wanted = order.market_maker is None or order.market_maker == quote.market_maker
            if in_time and wanted and quote.market_maker != order.participant:
                open_now.append((quote.rate, quote.market_maker, number))
        enough = sorted(q for q in open_now if left[q[2]] >= bought(order, q[0]))
        if not open_now:
            assert found.reason == ReasonCode.NO_QUOTE
        elif not enough:
            assert found.reason == ReasonCode.QUOTE_LIMIT_REACHED
        elif bought(order, enough[0][0]) == 0:
            assert found.reason == ReasonCode.AMOUNT_NOT_POSITIVE
        elif order.worst_rate is not None and enough[0][0] > order.worst_rate:
            assert found.reason == ReasonCode.RATE_WORSE_THAN_ACCEPTED
        else:
            assert found.reason == ReasonCode.NONE
            assert found.quote == enough[0][2]
            assert found.gets == bought(order, enough[0][0])
            if order.amount_is_sold:
                assert found.pays == order.amount
            else:
                exact = order.amount * Fraction(enough[0][0])
                assert exact <= found.pays < exact + 1
            left[enough[0][2]] -= found.gets
        if found.reason != ReasonCode.NONE:
            assert (found.quote, found.pays, found.gets) == (None, 0, 0)
    assert min(left.values(), default=0) >= 0


def test_a_quote_off_the_reference_rate_is_refused() -> None:
    quote = Quote(MAKERS[0], RUB, KZT, Decimal("5.61"), 10**9, 0, 10)
    order = ConversionOrder("20000000-0000-4000-8000-000000000001", MAKERS[1], RUB, 100, KZT, 5)
    reference = ReferenceRates([ReferenceRate(RUB, KZT, Decimal("5.5"), 0, "bank")], None, HOUR)
    for tolerance, reason in (("0.02", ReasonCode.NONE), ("0.019", ReasonCode.QUOTE_OFF_REFERENCE)):
        [found] = price_conversions([order], [quote], reference, Decimal(tolerance))
        assert found.reason == reason
    with pytest.raises(InputError, match="needs reference rates"):
        price_conversions([order], [quote], None, Decimal("0.1"))


def copy_of_example(folder: Path) -> Path:
    source = EXAMPLES / "currencies-together"
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_example_settles_as_its_readme_says(tmp_path: Path) -> None:
    reading = read_scenario(EXAMPLES / "currencies-together")
    assert not len(reading.refusals)
    orders = settle(reading.scenario).orders
    at = orders["final_at"].dt.convert_time_zone("Asia/Almaty").dt.strftime("%H:%M").to_list()
    assert at == ["11:30"] * 6 + ["13:00"] * 2
    assert set(orders["status"]) == {"settled"}
    assert orders["amount_minor"].to_list()[-2:] == [224_000_00, 40_000_00]
    assert orders["counterleg"].to_list()[-2:] == orders["uetr"].to_list()[:-3:-1]


def test_the_union_of_the_example_settles_as_its_readme_says() -> None:
    results = settle(read_scenario(EXAMPLES / "clearing-union").scenario)
    rows = results.residuals.select(
        "cycle", "currency", "amount_minor", "source", "national_by_corridor"
    )
    assert rows.rows() == [
        (1, "KZT", 1_000_000_00, "central_bank", True),
        (1, "KZT", 200_000_00, "holding_limit", False),
        (2, "UZS", 25_000_000_00, "central_bank", True),
    ]
    held = results.accounts.filter(pl.col("closing_balance_minor") != 0)
    assert held.select("bic", "currency", "closing_balance_minor").rows() == [
        ("OASIUZT0", "KZT", 800_000_00),
        ("STEPKZA0", "UZS", 25_000_000_00),
    ]


def test_an_order_without_a_price_is_a_refused_row(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    path = folder / "conversions.csv"
    path.write_text(path.read_text().replace("5.70", "5.50"))
    reading = read_scenario(folder)
    [refusal] = list(reading.refusals)
    assert (refusal.file, refusal.row, refusal.field) == ("conversions.csv", 2, "buys")
    assert refusal.reason == ReasonCode.RATE_WORSE_THAN_ACCEPTED
    assert reading.scenario.payments.height == 6


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("conversions.csv", "40000.00", "40000.001", "row 2, amount: '40000.001' has 3 decimals"),
        ("conversions.csv", "40000.00", "0", "row 2, amount: 0 RUB is not greater than zero"),
        ("conversions.csv", "T13:00", "T25:00", "row 2, submitted_at: '2026-10-26T25:00'"),
        ("conversions.csv", "RUB,", "KZT,", "row 2, sells: is the currency that the order buys"),
        ("conversions.csv", "STEPKZA0", "steppe", "row 2, participant: 'steppe' is not a BIC"),
        ("quotes.csv", "5.60", "-5", "row 2, rate: '-5' is not a decimal number"),
        ("quotes.csv", "T17:00", "T08:00", "row 2, valid_until: comes before valid_from"),
        ("quotes.csv", "most", "limit", "the columns are"),
        ("reference-rates.csv", "USD,RUB", "USD,USD", "row 3, quote: USD is the base"),
        ("reference-rates.csv", "2026-10-26T09:00", "2026-10-24T09:00", "is stale"),
        ("reference-rates.csv", "RUB", "CNY", "no reference rate of RUB in KZT"),
        ("scenario.yaml", "'0.02'", "0.02", "conversions.tolerance is a float"),
        ("scenario.yaml", "quotes: quotes.csv", "", "conversions.quotes is missing"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    path = copy_of_example(tmp_path) / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError) as refused:
        read_scenario(tmp_path)
    assert message in str(refused.value)


def test_a_participant_without_account_and_a_closed_day_are_refused_rows(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    path = folder / "conversions.csv"
    head, row = path.read_text().splitlines()
    rows = [
        row.replace("STEPKZA0", "NOBOKZA0"),
        row.replace("-000000000001", "-000000000002").replace("T13:00", "T19:00"),
    ]
    path.write_text("\n".join([head, *rows]) + "\n")
    refusals = [(r.row, r.field, r.reason.name) for r in read_scenario(folder).refusals]
    assert refusals == [
        (2, "participant", "UNKNOWN_PARTICIPANT"),
        (3, "submitted_at", "OUTSIDE_BUSINESS_DAY"),
    ]
