"""Payments files as a whole: what is refused outright, and what no peculiarity may change."""

import datetime
import random
from pathlib import Path

import polars as pl
import pytest

from skontro.files import (
    REFUSALS,
    Refusal,
    read_payments,
    write_payments,
    write_refusals,
)
from skontro.model import BusinessDay, InputError, ReasonCode
from tests.files.banks import DAYS, DIRECTORY, uetr
from tests.files.payment_files import HEADER, REST, ROW, read, read_text, reasons


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}\n",
        f"{HEADER}\n{ROW}",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER}\r\n{ROW}\n\n\r\n",
        f"\ufeff{HEADER}\n{ROW}\n",
        '"uetr","payer","payee","currency","amount","submitted_at"\n' + ROW,
        HEADER + "\n" + ",".join(f'"{field}"' for field in ROW.split(",")),
        HEADER.replace("uetr,", "") + ",uetr\n" + f"{REST},{uetr(1)}",
        f"{HEADER},payment_class,latest_at\n{ROW},,\n",
        f"{HEADER},payment_class\n{ROW},normal\n",
    ],
)
def test_the_same_payment_however_the_file_is_laid_out(tmp_path: Path, text: str) -> None:
    reading = read_text(tmp_path, text)
    assert not list(reading.refusals)
    submitted = datetime.datetime(2026, 10, 26, 9, tzinfo=datetime.UTC)
    assert reading.payments.rows() == [
        (uetr(1), "BANKDEFF", "BANKKZKX", "EUR", 1250, "normal", submitted, *[None] * 5)
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "first line must name the columns"),
        (b"\xef\xbb\xbf", "first line must name the columns"),
        (f"{HEADER}\n{ROW}\nZ\xfcrich".encode("latin-1"), "line 3 is not UTF-8"),
        (f"{HEADER}\n{ROW}".encode("utf-16"), "not UTF-8"),
        (b"uetr;payer;payee;currency;amount;submitted_at\n", "separated by commas"),
        (HEADER.replace("payee,", ""), "column payee is missing"),
        (HEADER.replace("amount,", ""), "exactly one of the columns amount and amount_minor"),
        (HEADER + ",amount_minor", "exactly one of the columns amount and amount_minor"),
        (HEADER + ",latest_att", "unknown column 'latest_att' (did you mean latest_at?)"),
        (HEADER.replace("uetr", "UETR"), "did you mean uetr?"),
        (HEADER.replace("payer", " payer"), "unknown column ' payer' (did you mean payer?)"),
        (HEADER + ",", "unknown column ''"),
        (HEADER + ",payer", "column payer appears twice"),
        (HEADER + ",instructed_currency", "needs instructed_amount"),
        (HEADER + ",instructed_amount", "instructed_currency needs"),
        (
            HEADER + ",instructed_currency,instructed_amount,instructed_amount_minor",
            "only one of instructed_amount and instructed_amount_minor",
        ),
        (HEADER + "".join(f",c{i}" for i in range(5000)), "and 4990 more; known are"),
        (HEADER + ',"open', "first line must name the columns"),
        (HEADER.replace(",", "\r"), "first line must name the columns"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, content)
    assert said in str(caught.value)
    assert str(tmp_path / "payments.csv") in str(caught.value)


def test_a_file_that_is_not_there_or_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "payments.xlsx").write_bytes(b"x")
    (tmp_path / "payments.parquet").write_bytes(b"PAR1 no more PAR1")
    for name, said in {
        "absent.csv": "there is no such file",
        "folder.csv": "this is a folder",
        "payments.xlsx": "end in .csv or .parquet",
        "payments.parquet": "not a readable Parquet file",
    }.items():
        with pytest.raises(InputError, match=said):
            read(tmp_path / name)


def test_ragged_and_broken_rows_are_refused_alone(tmp_path: Path) -> None:
    lines = [
        f"{uetr(1)},{REST}",
        f"{uetr(2)},{REST},more",
        f"{uetr(3)},BANKDEFF",
        "",
        f'"{uetr(4)}",{REST}',
        f'"{uetr(5)},{REST}',
        f'"{uetr(6)}"x,{REST}',
        f"{uetr(7)},{REST}\r",
        f"{uetr(8)},BANKDEFF,BANKKZKX,EUR,12.50,,2026-10-26T10:00:00",
        f"{uetr(9)},{REST}",
    ]
    reading = read_text(tmp_path, "\n".join([HEADER, *lines, ""]))
    assert reading.payments["uetr"].to_list() == [uetr(n) for n in (1, 4, 7, 9)]
    whole = ReasonCode.FIELD_MALFORMED
    assert reasons(reading) == [(row, "(row)", whole) for row in (3, 4, 5, 7, 8, 10)]
    said = {refusal.row: (refusal.value, refusal.message) for refusal in reading.refusals}
    assert said[3] == (lines[1], "the row has 7 fields, expected 6")
    assert said[4] == (lines[2], "the row has 2 fields, expected 6")
    assert said[5] == ("", "the line is blank")
    assert reading.refusals.refused_rows == 6


def test_words_for_nothing_are_text(tmp_path: Path) -> None:
    rows = [f"{uetr(n)},{word},BANKKZKX,EUR,1,2026-10-26T10:00:00" for n, word in enumerate(WORDS)]
    reading = read_text(tmp_path, "\n".join([HEADER, *rows]))
    expected = [(n + 2, "payer", ReasonCode.UNKNOWN_PARTICIPANT) for n in range(len(WORDS))]
    assert reasons(reading) == expected
    assert [refusal.value for refusal in reading.refusals] == WORDS


WORDS = ["NULL", "null", "NA", "N/A", "NaN", "None", "-", "#N/A", "\\N"]


def test_the_first_of_several_with_one_uetr_stays(tmp_path: Path) -> None:
    later, earlier = REST, REST.replace("T10", "T09")
    text = "\n".join([HEADER, f"{uetr(2)},{later}", *[f"{uetr(1)},{x}" for x in (later, earlier)]])
    reading = read_text(tmp_path, text)
    assert reading.payments["uetr"].to_list() == [uetr(2), uetr(1)]
    (refusal,) = reading.refusals
    assert str(refusal) == f"payments.csv, row 4, uetr '{uetr(1)}': is already in row 3"
    assert refusal.reason == ReasonCode.DUPLICATE_ORDER


def test_payments_of_one_moment_keep_the_order_of_the_file(tmp_path: Path) -> None:
    numbers = random.Random(3).sample(range(400), 400)
    rows = [f"{uetr(n)},{REST.replace('T10', f'T1{n % 3}')}" for n in numbers]
    reading = read_text(tmp_path, "\n".join([HEADER, *rows]))
    expected = [uetr(n) for n in sorted(numbers, key=lambda n: n % 3)]
    assert reading.payments["uetr"].to_list() == expected


def test_times_without_offset_follow_the_zone(tmp_path: Path) -> None:
    times = ["2026-10-25T01:59:59", "2026-10-25T02:00", "2026-10-25T02:59:59", "2026-10-25T03:00"]
    rows = [f"{uetr(n)},BANKDEFF,BANKKZKX,EUR,1,{time}" for n, time in enumerate(times)]
    reading = read_text(tmp_path, "\n".join([HEADER, *rows]))
    assert [t.isoformat() for t in reading.payments["submitted_at"].to_list()] == [
        "2026-10-24T23:59:59+00:00",
        "2026-10-25T02:00:00+00:00",
    ]
    assert [(r.row, r.message) for r in reading.refusals] == [
        (row, "occurs twice or never in Europe/Berlin, where clocks change; add the offset")
        for row in (3, 4)
    ]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_no_rows_are_no_payments(tmp_path: Path, suffix: str) -> None:
    none = read_text(tmp_path, HEADER).payments
    assert none.height == 0
    path = tmp_path / f"none.{suffix}"
    write_payments(path, none)
    assert read(path).payments.equals(none)


@pytest.mark.parametrize(
    "days", [[], [DAYS[1], DAYS[0]], [DAYS[0], DAYS[0]]], ids=["none", "backwards", "twice"]
)
def test_business_days_that_make_no_sense(tmp_path: Path, days: list[BusinessDay]) -> None:
    (tmp_path / "payments.csv").write_text(f"{HEADER}\n{ROW}\n")
    with pytest.raises(InputError, match="business day"):
        read(tmp_path / "payments.csv", days)


@pytest.mark.parametrize("name", ["Mars/Olympus", "localtime", ""])
def test_a_time_zone_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "payments.csv").write_text(f"{HEADER}\n{ROW}\n")
    with pytest.raises(InputError, match=r"not an IANA time zone|is not a time zone"):
        read_payments(tmp_path / "payments.csv", DIRECTORY, DAYS, name)


def test_refusals_as_a_file(tmp_path: Path) -> None:
    bad = f'x,"BANK ""X"", Ltd",BANKKZKX,EUR,,2026-10-26T10:00:00\n{uetr(1)}'
    reading = read_text(tmp_path, f"{HEADER}\n{bad}")
    write_refusals(tmp_path / "refusals.csv", reading.refusals)
    back = pl.read_csv(tmp_path / "refusals.csv", schema=REFUSALS)
    assert back.equals(reading.refusals.table)
    assert [Refusal(f, r, x, ReasonCode(n), v, m) for f, r, x, n, _, v, m in back.rows()] == list(
        reading.refusals
    )
    assert [r.reason.name for r in reading.refusals] == [
        "FIELD_MISSING",
        "FIELD_MALFORMED",
        "UNKNOWN_PARTICIPANT",
        "FIELD_MALFORMED",
    ]
