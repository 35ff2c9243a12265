"""Amounts, dates and times as files write them: exact limits, and text that is none."""

import datetime

import polars as pl
import pytest

from skontro.imports.amounts import AmountForm, Mark, decimal_mark_of, plain_amount
from skontro.imports.bank_codes import bic_of
from skontro.imports.headings import find_heading
from skontro.imports.times import DateForm, date_form_of, moments, read_time


def plain(text: str, form: AmountForm) -> str:
    found: str = pl.DataFrame({"a": [text]}).select(plain_amount("a", form)).item()
    return found


@pytest.mark.parametrize(
    ("text", "mark", "wanted"),
    [
        ("1 387 219,89", ",", "1387219.89"),
        ("1\u202f387\u00a0219", ",", "1387219"),
        ("8965529,", ",", "8965529"),
        ("12.345.678,90", ",", "12345678.9"),
        ("12,34,56,789.10", ".", "123456789.1"),
        ("1'234.50", ".", "1234.5"),
        ("(500.00)", ".", "-500"),
        ("500.00-", ".", "-500"),
        ("−5", ".", "-5"),
        ("+5", ".", "5"),
        ("KZT 10.10", ".", "10.1"),
        ("10.10 KZT", ".", "10.1"),
        ("€7", ".", "7"),
        (".5", ".", "0.5"),
        ("0.00", ".", "0"),
        ("100", ".", "100"),
        # No amounts in this form: they stay, and are refused as they are.
        ("1,23.4", ".", "1,23.4"),
        ("1.2.3", ".", "1.2.3"),
        ("1,5", ".", "1,5"),
        ("1234,567", ".", "1234,567"),
        ("12a", ".", "12a"),
        ("", ".", ""),
        ("-", ".", "-"),
        ("1e5", ".", "1e5"),
    ],
)
def test_amounts(text: str, mark: Mark, wanted: str) -> None:
    assert plain(text, AmountForm(mark)) == wanted


@pytest.mark.parametrize(
    ("text", "shift", "wanted"),
    [("1.5", 3, "1500"), ("1.2345", 3, "1234.5"), ("123", -2, "1.23"), ("5", -2, "0.05")],
)
def test_shifted_amounts(text: str, shift: int, wanted: str) -> None:
    assert plain(text, AmountForm(".", shift)) == wanted


@pytest.mark.parametrize(
    ("amounts", "wanted"),
    [
        (["1,234.50"], (".", True)),
        (["1.234,50"], (",", True)),
        (["0,5", "1"], (",", True)),
        (["1,234", "1,234,567"], (".", True)),
        (["1.234.567"], (",", True)),
        (["1,234"], (".", False)),
        (["12.5"], (".", True)),
        (["1234.567"], (".", True)),
        (["5", "100"], (None, True)),
        (["65 000.830000000000000000"], (".", True)),
    ],
)
def test_decimal_marks(amounts: list[str], wanted: tuple[Mark | None, bool]) -> None:
    assert decimal_mark_of(amounts) == wanted


@pytest.mark.parametrize(
    ("text", "order", "wanted"),
    [
        ("05.11.2026", "dmy", "2026-11-05"),
        ("05/11/2026", "mdy", "2026-05-11"),
        ("2026-11-05", "dmy", "2026-11-05"),
        ("20261105", "ymd", "2026-11-05"),
        ("051126", "dmy", "2026-11-05"),
        ("261105", "ymd", "2026-11-05"),
        ("5.1.70", "dmy", "1970-01-05"),
        ("5.1.69", "dmy", "2069-01-05"),
        ("19-Oct-2026", "dmy", "2026-10-19"),
        ("Oct 19, 2026", "dmy", "2026-10-19"),
        ("5 ноября 2026", "dmy", "2026-11-05"),
        ("12 févr. 2026", "dmy", "2026-02-12"),
        ("46331", "ymd", "2026-11-05"),
        ("31.02.2026", "dmy", None),
        ("13/13/2026", "mdy", None),
        ("5 Nowember 2026", "dmy", None),
        ("Total", "dmy", None),
        ("", "dmy", None),
    ],
)
def test_dates(text: str, order: str, wanted: str | None) -> None:
    found = DateForm(order).read(text)  # type: ignore[arg-type]
    assert found == (wanted and datetime.date.fromisoformat(wanted))


def test_buddhist_years() -> None:
    assert DateForm("dmy", "buddhist").read("12/11/2569") == datetime.date(2026, 11, 12)
    assert date_form_of(["12/11/2569"])[0].calendar == "buddhist"


def test_forms_of_dates() -> None:
    assert date_form_of(["05.11.2026", "Total"]) == (DateForm("dmy"), True)
    assert date_form_of(["05/11/2026"]) == (DateForm("dmy"), False)
    assert date_form_of(["05/11/2026", "11/24/2026"]) == (DateForm("mdy"), True)
    assert date_form_of(["2026-11-05"])[1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("9:05", "09:05:00"),
        ("09.05", "09:05:00"),
        ("16h27", "16:27:00"),
        ("16:27:52.5", "16:27:52.5"),
        ("12:05 AM", "00:05:00"),
        ("12:05 PM", "12:05:00"),
        ("01:00 p.m.", "13:00:00"),
        ("13:00 PM", None),
        ("00:10 AM", None),
        ("83034", "08:30:34"),
        ("123", "00:01:23"),
        ("24.00", "24:00:00"),
        ("24:01", None),
        ("23:60", None),
        ("0.34375", "08:15:00"),
        ("noon", None),
        ("", None),
    ],
)
def test_times(text: str, wanted: str | None) -> None:
    assert read_time(text) == wanted


def test_times_without_seconds_have_four_digits() -> None:
    assert read_time("830", 4) == "08:30:00"
    assert read_time("1745", 4) == "17:45:00"


@pytest.mark.parametrize(
    ("date", "time", "wanted"),
    [
        ("2026-11-05", "09:00", "2026-11-05T09:00:00"),
        ("2026-11-05", None, "2026-11-05T00:00:00"),
        ("2026-11-05", "24:00", "2026-11-06T00:00:00"),
        ("2026-11-05 00:00:00", "09:00", "2026-11-05T09:00:00"),
        ("2026-11-05", "1899-12-31 09:00:00", "2026-11-05T09:00:00"),
        ("2026-11-05", "late", "2026-11-05 late"),
        ("soon", "09:00", "soon 09:00"),
    ],
)
def test_moments_of_two_columns(date: str, time: str | None, wanted: str) -> None:
    table = pl.DataFrame({"d": [date], "t": [time]}, schema={"d": pl.String, "t": pl.String})
    assert moments(table, "d", "t", DateForm("ymd"), 6).to_list() == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-05T09:00:30.25+0500", "2026-11-05T09:00:30.25+05:00"),
        ("05.11.2026 09:00", "2026-11-05T09:00:00"),
        ("2026-11-05 09:00 Z", "2026-11-05T09:00:00Z"),
        ("19-Oct-2026 12:07 AM", "2026-10-19T00:07:00"),
        ("05.11.2026", "2026-11-05T00:00:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_moments_of_one_column(text: str, wanted: str) -> None:
    table = pl.DataFrame({"d": [text]})
    assert moments(table, "d", None, DateForm("dmy"), 6).to_list() == [wanted]


def test_bics_of_head_offices_and_words_that_look_like_bics() -> None:
    assert bic_of(" akwacia0xxx") == "AKWACIA0"
    assert bic_of("AKWACIA0123") == "AKWACIA0123"
    assert bic_of("PRIORITY") is None
    assert bic_of("AKWACIA") is None


def test_headings_below_titles_and_over_two_lines() -> None:
    rows = [
        ["Register of payments", "", "", "", ""],
        ["№", "Payer", "", "Payee", ""],
        ["", "Code", "Account", "Code", "Account"],
        ["1", "A1", "123", "B2", "456"],
    ]
    found = find_heading(rows)
    assert (found.first, found.last) == (1, 2)
    assert found.names == ("№", "Payer Code", "Payer Account", "Payee Code", "Payee Account")
    assert find_heading([["1", "2"], ["3", "4"]]).names == ("column 1", "column 2")
    assert find_heading([["Sum", "Sum"], ["1", "2"]]).names == ("Sum", "Sum (2)")
