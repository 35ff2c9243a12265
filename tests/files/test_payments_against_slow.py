"""The vectorised reader and a slow one agree on which rows are refused, why, and on all others."""

import csv
import io
import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skontro.files import PAYMENTS, PaymentsReading, read_payments
from skontro.model import ReasonCode
from tests.draws import examples
from tests.files.banks import BANKS, CURRENCIES, DAYS, DIRECTORY, WITHOUT_TENGE, ZONE, uetr
from tests.files.slow_payments import SlowPayments

IN_MAJOR = (
    *("uetr", "payer", "payee", "currency", "amount", "payment_class", "submitted_at"),
    *("earliest_at", "latest_at", "counterleg", "instructed_currency", "instructed_amount"),
)
IN_MINOR = tuple(n + "_minor" if n.endswith("amount") else n for n in IN_MAJOR)

#: Texts that may stand in a field where they should not, and some that may.
AMOUNTS = [
    *(
        "",
        "0",
        "0.00",
        "-5",
        "-0",
        "+5",
        "1e3",
        "1,5",
        ".5",
        "5.",
        "1.2.3",
        "--1",
        "- 1",
        "٣",
        "NaN",
    ),
    *("1.5", "1.25", "1.125", "1.1251", "007", "000.1", "9" * 18, "9" * 16 + ".99", "1" + "0" * 16),
    *(
        "1" + "0" * 18,
        "9" * 40,
        "-" + "9" * 40,
        "0" * 30 + "7",
        "0." + "0" * 40,
        "null",
        " 5",
        "5 ",
    ),
]
TIMES = [
    *("2026-10-25T12:00-00:60", "2026-10-25T12:00+23:59", "2026-10-25T12:00\x1f"),
    *("", "2026-10-25", "2026-10-25T12:00", "2026-10-25 12:00:00", "2026-10-25T12:00:00.5Z"),
    *("2026-10-25T12:00:00.123456+01:00", "2026-10-25T12:00:00.1234567Z", "2026-10-25T24:00:00Z"),
    *("2026-10-25T02:30:00", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00"),
    *(
        "2026-03-29T02:30:00",
        "2026-02-30T12:00:00Z",
        "2026-10-25t12:00:00z",
        "2026-10-25T12:00:60Z",
    ),
    *(
        "2026-10-25T01:00:00",
        "2026-10-25T18:00:00",
        "2026-10-25T17:59:59.999999",
        "1969-01-01T00:00Z",
    ),
    *(
        "2026-10-26T00:59:59",
        "2026-10-26T18:00",
        "2026-10-25T23:00:00+24:00",
        "2026-10-25T12:00+0100",
    ),
    *(
        "20261025T120000Z",
        "2026-10-25T09:00:00-03:30",
        "2026-13-01T00:00Z",
        " 2026-10-25T12:00",
        "now",
    ),
    *(
        "2026-10-25T12:00:00,5",
        "2026-10-25T12:00:00.Z",
        "2026-10-25T9:00",
        "9999-12-31T23:59:59+23:59",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00+05:00",
    ),
]
CODES = ["", "EUR", "KZT", "VND", "BHD", "USD", "eur", "XAU", "EURO", " EUR", "EUR\t", "None", "€"]
POOLS = {
    "uetr": [
        "",
        uetr(1),
        uetr(2),
        uetr(3).upper(),
        uetr(3) + "x",
        " " + uetr(3),
        "{" + uetr(4) + "}",
    ],
    "payer": [
        "",
        *BANKS,
        "BANKXXXX",
        "bankdeff",
        "BANKDEFF ",
        "BANKDEFFXXX",
        'BANK"DEFF',
        "BANK,DEFF",
    ],
    "payee": ["", *BANKS, "BANKXXXX", "\u00a0BANKDEFF", "null"],
    "currency": CODES,
    "amount": AMOUNTS,
    "amount_minor": AMOUNTS,
    "payment_class": ["", "urgent", "high", "normal", "Normal", "low", "0", "normal "],
    "submitted_at": TIMES,
    "earliest_at": TIMES,
    "latest_at": TIMES,
    "counterleg": ["", uetr(1), uetr(2), uetr(2), uetr(5), uetr(3).upper(), " " + uetr(3), "none"],
    "instructed_currency": CODES,
    "instructed_amount": AMOUNTS,
    "instructed_amount_minor": AMOUNTS,
}


def good_row(number: int, pick: random.Random, names: tuple[str, ...]) -> dict[str, str]:
    code = pick.choice(CURRENCIES)
    holders = [bic for bic in BANKS if (bic, code) != (WITHOUT_TENGE, "KZT")]
    payer, payee = pick.sample(holders, 2)
    minute = pick.randrange(60)
    instructed = pick.random() < 0.3
    values = (
        *(uetr(number), payer, payee, code, str(pick.randrange(1, 10**6))),
        pick.choice(["", "urgent", "high", "normal"]),
    )
    row = dict(zip(names, values, strict=False))
    day = pick.choice(["2026-10-25", "2026-10-26"])
    row["submitted_at"] = f"{day}T{pick.randrange(4, 12):02d}:{minute:02d}:07"
    row["earliest_at"] = pick.choice(["", f"{day}T12:00:00+01:00"])
    row["latest_at"] = pick.choice(["", f"{day}T17:00Z", f"{day} 18:00"])
    row["instructed_currency"] = "EUR" if instructed else ""
    row[names[-1]] = "12" if instructed else ""
    # Half of them are pairs of neighbours.
    row["counterleg"] = uetr(number ^ 1) if number % 8 > 3 else ""
    return row


def random_row(number: int, pick: random.Random, names: tuple[str, ...]) -> dict[str, str]:
    row = good_row(number, pick, names)
    for _ in range(pick.choice([0, 1, 1, 2, 3])):
        field = pick.choice(names)
        row[field] = pick.choice(POOLS[field])
    return row


def csv_text(rows: list[dict[str, str]], names: tuple[str, ...], quoting: int) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=quoting)
    writer.writerows([names, *([row[name] for name in names] for row in rows)])
    return stream.getvalue().rstrip("\n")


def assert_agreement(reading: PaymentsReading, slow: SlowPayments) -> None:
    found = [(r.row, r.field, r.reason) for r in reading.refusals]
    assert len(found) == len(set(found))
    assert set(found) == slow.refused
    assert [(row, reason) for row, _, reason in found] == sorted(
        (row, reason) for row, _, reason in slow.refused
    )
    warned = [(w.row, w.field, w.reason) for w in reading.warnings]
    assert len(warned) == len(set(warned))
    assert set(warned) == slow.warned
    assert reading.payments.schema == PAYMENTS
    times = pl.col("submitted_at", "earliest_at", "latest_at").to_physical()
    assert reading.payments.with_columns(times).rows() == slow.good


def read_both_ways(folder: Path, text: str) -> tuple[PaymentsReading, SlowPayments]:
    path = folder / "payments.csv"
    path.write_bytes(text.encode())
    slow = SlowPayments(text, DIRECTORY, DAYS, ZONE)
    return read_payments(path, DIRECTORY, DAYS, ZONE.key), slow


#: Every reason that each field can give; all of them must occur, so that agreement means something.
REASONS = {
    "uetr": "FIELD_MISSING FIELD_MALFORMED DUPLICATE_ORDER",
    "payer": "FIELD_MISSING FIELD_MALFORMED UNKNOWN_PARTICIPANT NO_SETTLEMENT_ACCOUNT",
    "payee": "FIELD_MISSING FIELD_MALFORMED UNKNOWN_PARTICIPANT NO_SETTLEMENT_ACCOUNT SAME_ACCOUNT",
    "currency": "FIELD_MISSING FIELD_MALFORMED UNKNOWN_CURRENCY",
    "amount": "FIELD_MISSING FIELD_MALFORMED WRONG_EXPONENT AMOUNT_NOT_POSITIVE AMOUNT_TOO_LARGE",
    "amount_minor": "FIELD_MISSING FIELD_MALFORMED AMOUNT_NOT_POSITIVE AMOUNT_TOO_LARGE",
    "payment_class": "FIELD_MALFORMED UNKNOWN_CLASS",
    "submitted_at": "FIELD_MISSING FIELD_MALFORMED OUTSIDE_BUSINESS_DAY",
    "earliest_at": "FIELD_MALFORMED",
    "latest_at": "FIELD_MALFORMED TIMES_OUT_OF_ORDER",
    "counterleg": "FIELD_MALFORMED COUNTERLEG_UNKNOWN LEGS_IN_ONE_CURRENCY",
    "instructed_currency": "FIELD_MISSING FIELD_MALFORMED UNKNOWN_CURRENCY",
    "instructed_amount": "FIELD_MISSING FIELD_MALFORMED WRONG_EXPONENT AMOUNT_NOT_POSITIVE "
    "AMOUNT_TOO_LARGE",
    "instructed_amount_minor": "FIELD_MISSING FIELD_MALFORMED AMOUNT_NOT_POSITIVE AMOUNT_TOO_LARGE",
}


@pytest.mark.long
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("names", [IN_MAJOR, IN_MINOR])
def test_thousands_of_rows(tmp_path: Path, names: tuple[str, ...], quoting: int) -> None:
    pick = random.Random(f"{names[-1]} {quoting}")
    rows = [random_row(number, pick, names) for number in range(1, 3001)]
    reading, slow = read_both_ways(tmp_path, csv_text(rows, names, quoting))
    assert_agreement(reading, slow)
    assert reading.payments.height > 400
    assert reading.payments["counterleg"].count() >= 20
    counts = Counter((field, reason) for _, field, reason in slow.refused)
    expected = {(f, ReasonCode[reason]) for f in names for reason in REASONS[f].split()}
    assert set(counts) == expected
    assert min(counts.values()) >= 3


@pytest.mark.parametrize("names", [IN_MAJOR, IN_MINOR])
def test_parquet_of_texts_gives_the_same(tmp_path: Path, names: tuple[str, ...]) -> None:
    pick = random.Random(names[-1])
    rows = [random_row(number, pick, names) for number in range(1, 2001)]
    slow = SlowPayments(csv_text(rows, names, csv.QUOTE_ALL), DIRECTORY, DAYS, ZONE)
    pl.DataFrame(rows).write_parquet(tmp_path / "payments.parquet")
    reading = read_payments(tmp_path / "payments.parquet", DIRECTORY, DAYS, ZONE.key)
    assert_agreement(reading, slow)
    assert reading.payments.height > 250


# Any text without line ends; year 0 is beyond what Python's calendar can say.
any_text = st.text(
    st.characters(exclude_characters="\n\r", exclude_categories=("Cs",)), max_size=12
)
near_time = st.from_regex(
    r"2026-1[0-3]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?"
    r"(Z|[+-][0-3][0-9]:[0-7][0-9])?",
    fullmatch=True,
)
near_amount = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,5})?", fullmatch=True)


@st.composite
def files(draw: st.DrawFn) -> str:
    names = draw(st.sampled_from([IN_MAJOR, IN_MINOR]))
    pick = random.Random(draw(st.integers(0, 1000)))
    rows = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        row = random_row(number, pick, names)
        field = draw(st.sampled_from(names))
        near = (
            near_time if field.endswith("_at") else near_amount if "amount" in field else any_text
        )
        row[field] = draw(st.one_of(near, any_text))
        rows.append(row)
    return csv_text(rows, names, draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])))


@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files())
def test_any_text_in_any_field(tmp_path: Path, text: str) -> None:
    assert_agreement(*read_both_ways(tmp_path, text))


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from("ab\",; \t'é"), max_size=30), min_size=1, max_size=8))
def test_any_line_is_a_row_or_a_refusal(tmp_path: Path, lines: list[str]) -> None:
    good = csv_text([good_row(1, random.Random(0), IN_MAJOR)], IN_MAJOR, csv.QUOTE_MINIMAL)
    *_, row = good.split("\n")
    reading, slow = read_both_ways(
        tmp_path, "\n".join([good, *lines, row.replace(uetr(1), uetr(2))])
    )
    assert_agreement(reading, slow)
    assert reading.payments["uetr"].to_list() == [uetr(1), uetr(2)]
    assert {refusal.row for refusal in reading.refusals} == set(range(3, len(lines) + 3))
