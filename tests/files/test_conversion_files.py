"""Conversion orders from files: two legs or one refusal each, exact, and the same every time."""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.files import (
    PAYMENTS,
    read_reference_rates,
    read_scenario,
    write_payments,
    write_reference_rates,
)
from skontro.files.conversions import ConversionsSchema
from skontro.files.documents import fit, place_text, read_document
from skontro.files.scenario import ScenarioReading
from skontro.model import (
    UETR_PATTERN,
    ConversionOrder,
    InputError,
    Quote,
    ReasonCode,
    ReferenceRate,
    find_currency,
    price_conversions,
)
from skontro.simulation import settle
from tests.draws import examples

EXAMPLE = Path(__file__).parents[2] / "examples" / "currencies-together"
ORDERS = "uetr,participant,buys,amount,sells,sells_amount,submitted_at,worst_rate,market_maker"
QUOTES = "market_maker,sells,buys,rate,most,valid_from,valid_until"
PARTICIPANTS = ("STEPKZA0", "OASIUZT0", "VOLGRUM0")
UETR = "20000000-0000-4000-8000-{:012d}"
JPY, KWD, RUB, USD = (find_currency(code) for code in ("JPY", "KWD", "RUB", "USD"))
DAY = "2026-10-26T"

# SHA-256 of the order's UETR, a slash and the number of the leg, patterned as version 4.
LEGS_OF_THE_EXAMPLE = [
    "6a153c7b-d73e-47c9-bd59-b7dfd3096c42",
    "7600bde9-00c6-491c-9ef9-ae3688c64135",
]


def scenario_in(folder: Path, orders: list[str], quotes: list[str]) -> ScenarioReading:
    for path in EXAMPLE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "conversions.csv").write_text("\n".join([ORDERS, *orders]) + "\n")
    (folder / "quotes.csv").write_text("\n".join([QUOTES, *quotes]) + "\n")
    return read_scenario(folder)


def legs_of(reading: ScenarioReading) -> pl.DataFrame:
    return reading.scenario.payments.filter(~pl.col("uetr").str.starts_with("10000000"))


def order_row(number: int, buys: bool, cents: int, who: str, hour: int) -> str:
    amount = f"{cents // 100}.{cents % 100:02d}"
    amounts = f"{amount},KZT," if buys else f",KZT,{amount}"
    return f"{UETR.format(number)},{who},RUB,{amounts},{DAY}{hour:02d}:00,5.65,"


orders_drawn = st.lists(
    st.tuples(
        st.booleans(), st.integers(1, 9_000), st.sampled_from(PARTICIPANTS), st.integers(8, 18)
    ),
    max_size=6,
)
quotes_drawn = st.lists(
    st.tuples(st.sampled_from(("DEALAMY0", "OASIUZT0")), st.integers(545, 575), st.integers(1, 90)),
    max_size=3,
)


@settings(max_examples=examples(12))  # each draws files and reads them twice
@given(orders_drawn, quotes_drawn)
def test_every_order_is_two_legs_or_one_refusal_and_no_quote_gives_more_than_its_limit(
    tmp_path_factory: pytest.TempPathFactory,
    orders: list[tuple[bool, int, str, int]],
    quotes: list[tuple[str, int, int]],
) -> None:
    order_rows = [order_row(number, *order) for number, order in enumerate(orders, 1)]
    quote_rows = [
        f"{maker},RUB,KZT,{rate // 100}.{rate % 100:02d},{most}.00,{DAY}10:00,{DAY}15:00"
        for maker, rate, most in quotes
    ]
    reading, again = (
        scenario_in(tmp_path_factory.mktemp("day"), order_rows, quote_rows) for _ in range(2)
    )
    legs, refused = legs_of(reading), [refusal.row for refusal in reading.refusals]
    assert legs.height + 2 * len(refused) == 2 * len(orders)
    assert refused == sorted(dict.fromkeys(refused))
    assert legs.equals(legs_of(again))
    assert reading.refusals.table.equals(again.refusals.table)
    assert all(re.fullmatch(UETR_PATTERN, uetr) for uetr in legs["uetr"])
    assert legs["uetr"].n_unique() == legs.height
    other = {row["uetr"]: row for row in legs.to_dicts()}
    for leg in other.values():
        back = other[leg["counterleg"]]
        assert back["counterleg"] == leg["uetr"]
        assert (back["payer"], back["payee"]) == (leg["payee"], leg["payer"])
        assert back["currency"] != leg["currency"]
    given_orders = [order for row, order in enumerate(orders, 2) if row not in refused]
    paid = legs.filter(pl.col("currency") == "KZT")["amount_minor"].to_list()
    got = legs.filter(pl.col("currency") == "RUB")["amount_minor"].to_list()
    sides = [(paid, got)[buys] for buys, *_ in sorted(given_orders, key=lambda order: order[3])]
    fixed = [cents for _, cents, *_ in sorted(given_orders, key=lambda order: order[3])]
    assert [side[place] for place, side in enumerate(sides)] == fixed
    for maker in ("DEALAMY0", "OASIUZT0"):
        sold = legs.filter(pl.col("payer") == maker, pl.col("currency") == "RUB")["amount_minor"]
        limits = sum(most * 100 for name, _, most in quotes if name == maker)
        # Who makes a market pays roubles only at quotes: every order here sells tenge.
        assert sum(sold.to_list()) <= limits


@given(
    st.integers(1, 10**12),
    st.decimals("0.0001", "999", places=4),
    st.booleans(),
    st.sampled_from([(JPY, KWD), (KWD, JPY), (USD, JPY)]),
)
def test_only_the_amount_that_the_order_does_not_give_is_rounded_and_for_the_market_maker(
    amount: int, rate: Decimal, is_sold: bool, pair: tuple[object, object]
) -> None:
    buys, sells = pair
    order = ConversionOrder(
        UETR.format(1),
        "STEPKZA0",
        buys,
        amount,
        sells,
        5,
        amount_is_sold=is_sold,  # type: ignore[arg-type]
    )
    quote = Quote("DEALAMY0", buys, sells, rate, 10**18 - 1, 0, 9)  # type: ignore[arg-type]
    [found] = price_conversions([order], [quote])
    of_buys, of_sells = (Decimal(10) ** currency.exponent for currency in (order.buys, order.sells))
    if is_sold:
        # Decimal arithmetic of 28 digits is exact enough here: the whole part has 18 at most.
        exact = (Decimal(amount) / of_sells / rate * of_buys).quantize(Decimal("0.00000001"))
        gets = int(exact.to_integral_value(ROUND_FLOOR))
        if gets > quote.most:
            assert found.reason == ReasonCode.QUOTE_LIMIT_REACHED
        elif gets == 0:
            assert found.reason == ReasonCode.AMOUNT_NOT_POSITIVE
        else:
            assert (found.pays, found.gets) == (amount, gets)
    else:
        exact = Decimal(amount) / of_buys * rate * of_sells
        pays = int(exact.to_integral_value(ROUND_CEILING))
        if pays > 10**18 - 1:
            assert found.reason == ReasonCode.AMOUNT_TOO_LARGE
        else:
            assert (found.pays, found.gets) == (pays, amount)


def test_selling_a_fixed_amount_by_hand(tmp_path: Path) -> None:
    quotes = [
        f"DEALAMY0,RUB,KZT,5.60,10.00,{DAY}09:00,{DAY}17:00",
        f"OASIUZT0,RUB,KZT,5.60,100.00,{DAY}09:00,{DAY}17:00",
    ]
    # 56.05 / 5.60 = 10.0089… RUB: more than the first quote by less than a kopeck, rounded down.
    # 56.06 / 5.60 = 10.0107… RUB: a kopeck more than the first quote has, were it untouched.
    orders = [
        f"{UETR.format(1)},STEPKZA0,RUB,,KZT,56.05,{DAY}13:00,,",
        f"{UETR.format(2)},STEPKZA0,RUB,,KZT,56.06,{DAY}13:01,,",
        f"{UETR.format(3)},STEPKZA0,RUB,,KZT,0.05,{DAY}13:02,,",
        f"{UETR.format(4)},STEPKZA0,RUB,,KZT,600.00,{DAY}13:03,,",
    ]
    reading = scenario_in(tmp_path, orders, quotes)
    rows = legs_of(reading).select("payer", "payee", "currency", "amount_minor").rows()
    assert rows == [
        ("STEPKZA0", "DEALAMY0", "KZT", 56_05),
        ("DEALAMY0", "STEPKZA0", "RUB", 10_00),
        ("STEPKZA0", "OASIUZT0", "KZT", 56_06),
        ("OASIUZT0", "STEPKZA0", "RUB", 10_01),
    ]
    assert [(r.row, r.reason.name) for r in reading.refusals] == [
        (4, "AMOUNT_NOT_POSITIVE"),
        (5, "QUOTE_LIMIT_REACHED"),
    ]
    # After the run at 11:30 OASIUZT0 has no roubles left: both of its legs wait and are returned.
    orders_then = settle(reading.scenario).orders
    assert orders_then["status"].to_list()[-4:] == ["settled", "settled", "returned", "returned"]


def test_a_limit_counts_what_is_bought_to_the_last_kopeck(tmp_path: Path) -> None:
    quote = f"DEALAMY0,RUB,KZT,5.60,20.00,{DAY}09:00,{DAY}17:00"
    orders = [
        f"{UETR.format(1)},STEPKZA0,RUB,,KZT,56.00,{DAY}13:00,,",
        f"{UETR.format(2)},STEPKZA0,RUB,9.99,KZT,,{DAY}13:01,,",
        f"{UETR.format(3)},STEPKZA0,RUB,0.02,KZT,,{DAY}13:02,,",
        f"{UETR.format(4)},STEPKZA0,RUB,,KZT,0.06,{DAY}13:03,,",
        f"{UETR.format(5)},STEPKZA0,RUB,0.01,KZT,,{DAY}13:04,,",
    ]
    reading = scenario_in(tmp_path, orders, [quote])
    got = legs_of(reading).filter(pl.col("currency") == "RUB")["amount_minor"].to_list()
    assert got == [10_00, 9_99, 1]
    assert [refusal.row for refusal in reading.refusals] == [4, 6]


def test_legs_have_the_columns_of_payments_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "other"):
        payments = read_scenario(EXAMPLE).scenario.payments
        assert payments.schema == PAYMENTS
        write_payments(tmp_path / f"{name}.parquet", payments)
        contents.append((tmp_path / f"{name}.parquet").read_bytes())
    assert contents[0] == contents[1]
    # The references are part of the record: the same order has the same legs for ever.
    assert payments["uetr"].to_list()[-2:] == LEGS_OF_THE_EXAMPLE


ORDER = f"{UETR.format(1)},STEPKZA0,RUB,10.00,KZT,,{DAY}13:00,,"
QUOTE = f"DEALAMY0,RUB,KZT,5.60,100.00,{DAY}09:00,{DAY}17:00"


@pytest.mark.parametrize(
    ("orders", "quotes", "message"),
    [
        ([ORDER, ORDER], [QUOTE], "conversions.csv: the file cannot be used\n  row 3, uetr: this"),
        ([ORDER.replace("10.00,KZT,", ",KZT,")], [QUOTE], "row 2, amount: is missing"),
        ([ORDER.replace("KZT,", "KZT,5.00")], [QUOTE], "row 2, amount: is filled, and so is"),
        ([ORDER.replace("10.00,KZT,", ",KZT,0.001")], [QUOTE], "row 2, sells_amount: '0.001' has"),
        ([ORDER.replace(DAY, f" {DAY}")], [QUOTE], "submitted_at: ' 2026-10-26T13:00' has spaces"),
        ([ORDER], [QUOTE, QUOTE.replace("100.00", "x")], "row 3, most: 'x' is not a decimal"),
        ([ORDER], [QUOTE.replace("DEALAMY0", "NOBOKZA0")], "row 2, market_maker: NOBOKZA0 is not"),
        ([ORDER], [QUOTE, QUOTE.replace("KZT", "USD")], "row 3, market_maker: DEALAMY0 has no set"),
        (
            [ORDER],
            [QUOTE.replace("KZT", "RUB")],
            "row 2, buys: is the currency that the quote sells",
        ),
    ],
)
def test_bad_rows_are_named_with_their_field(
    tmp_path: Path, orders: list[str], quotes: list[str], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        scenario_in(tmp_path, orders, quotes)
    assert message in str(refused.value)


def test_an_order_that_cannot_be_held_against_a_reference_rate_is_named(tmp_path: Path) -> None:
    scenario_in(tmp_path, [ORDER], [QUOTE])
    (tmp_path / "reference-rates.csv").write_text("base,quote,rate,fixed_at,source\n")
    with pytest.raises(InputError, match=rf"conversions.csv: conversion order {UETR.format(1)}"):
        read_scenario(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "rounding: half_even",
            "rounding: half_odd",
            "rounding 'half_odd' is not one of half_even, half_up, down, up",
        ),
        ("rounding: half_even", "rounding: half_odd", "did you mean half_up?"),
        ("max_age_hours: 24", "max_age_hours: 0", "max_age_hours 0 is not from 1 to 8784"),
        ("max_age_hours: 24", "max_age_hours: 8785", "8785 is not from 1 to 8784"),
        ("max_age_hours: 24", "max_age_hours: yes", "must be a whole number, from 1 to 8784"),
    ],
)
def test_rules_of_conversions_are_checked(tmp_path: Path, old: str, new: str, said: str) -> None:
    shape = "orders: o.csv\nquotes: q.csv\nrounding: half_even\nmax_age_hours: 24\n"
    path = tmp_path / "d.yaml"
    for text, problem in ((shape, None), (shape.replace(old, new), said)):
        path.write_text(text)
        found, problems = fit(read_document(path).content, ConversionsSchema)
        assert (found is None) == (problem is not None)
        assert (problem or "") in "".join(f"{place_text(p.place)} {p.message}" for p in problems)
    assert ConversionsSchema(orders="o", quotes="q").max_age_hours == 24


def test_a_fixing_may_be_as_old_as_its_hours_say_and_no_older(tmp_path: Path) -> None:
    for path in EXAMPLE.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(scenario.read_text().replace("max_age_hours: 24", "max_age_hours: 4"))
    read_scenario(tmp_path)
    rates = tmp_path / "reference-rates.csv"
    rates.write_text(rates.read_text().replace("T09:00", "T08:59:59.999999"))
    with pytest.raises(
        InputError, match=r"is stale .*: it is 4:00:00\.000001 old, and at most 4:00:00"
    ):
        read_scenario(tmp_path)


def test_a_payment_with_the_reference_of_a_leg_is_named(tmp_path: Path) -> None:
    for path in EXAMPLE.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    payments, taken = tmp_path / "payments.csv", LEGS_OF_THE_EXAMPLE[1]
    text = payments.read_text()
    payments.write_text(text.replace("10000000-0000-4000-8000-000000000001", taken))
    with pytest.raises(InputError, match=f"a payment has the UETR {taken}, which is that of a leg"):
        read_scenario(tmp_path)
    payments.write_text(text)
    document = tmp_path / "scenario.yaml"
    document.write_text(document.read_text().partition("conversions:")[0] + "conversions:\n")
    with pytest.raises(
        InputError, match="conversions must be a mapping with keys; leave out the key"
    ):
        read_scenario(tmp_path)


def test_orders_without_amount_cannot_be_made() -> None:
    for amount in (-5, 0, 10**18):
        with pytest.raises(InputError, match="is outside 1"):
            ConversionOrder(UETR.format(1), "STEPKZA0", RUB, amount, USD, 0)
    with pytest.raises(InputError, match="sells and buys the same currency"):
        ConversionOrder(UETR.format(1), "STEPKZA0", RUB, 1, RUB, 0)
    with pytest.raises(InputError, match="worst_rate NaN"):
        ConversionOrder(UETR.format(1), "STEPKZA0", RUB, 1, USD, 0, Decimal("NaN"))


fixings_drawn = st.lists(
    st.builds(
        ReferenceRate,
        st.just(USD),
        st.sampled_from([JPY, KWD, RUB]),
        st.decimals("0.0000001", "99999", places=7).filter(bool),
        st.integers(0, 10**16),
        st.text("aé,\" '\\", min_size=1).filter(str.strip),
    ),
    unique_by=lambda fixing: (fixing.quote.code, fixing.fixed_at),
)


@given(fixings_drawn)
def test_fixings_are_read_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, fixings: list[ReferenceRate]
) -> None:
    path = tmp_path_factory.mktemp("rates") / "rates.csv"
    write_reference_rates(path, fixings)
    written = path.read_bytes()
    assert read_reference_rates(path, "Asia/Almaty") == fixings
    write_reference_rates(path, read_reference_rates(path, "UTC"))
    assert path.read_bytes() == written


def test_two_fixings_of_one_moment_are_named_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    rows = ["USD,RUB,90,2026-10-26T09:00Z,a", "USD,KWD,0.3,2026-10-26T09:00Z,a"]
    back = "RUB,USD,0.0111,2026-10-26T14:00+05:00,b"
    path.write_text("\n".join(["base,quote,rate,fixed_at,source", *rows, back]) + "\n")
    with pytest.raises(InputError, match=r"row 4, fixed_at: a fixing .* is already in row 2"):
        read_reference_rates(path, "UTC")


def test_a_source_of_two_lines_is_not_written(tmp_path: Path) -> None:
    fixing = ReferenceRate(USD, RUB, Decimal(90), 0, "a\nb")
    with pytest.raises(InputError, match="USD in RUB cannot be written: source: must be one line"):
        write_reference_rates(tmp_path / "rates.csv", [fixing])
    assert not list(tmp_path.iterdir())
