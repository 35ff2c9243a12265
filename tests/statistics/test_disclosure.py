"""Disclosures of small days, by hand."""

from fractions import Fraction
from pathlib import Path

import pytest

import skontro as sk
from skontro.statistics.disclosure import UNSUPPORTED, disclosures
from skontro.testing import small_day
from tests.cli.in_process import run_main

#: Seven payers of 10, 20 … 70 tenge, and one order without cover.
PAYERS = [f"BA{letter}KKZKA" for letter in "ABCDEFG"]
DAY = "\n".join(
    [
        "PAYEKG22 KZT 0.00",
        *(f"{bic} KZT {number}0.00" for number, bic in enumerate(PAYERS, 1)),
        *(f"09:00 {bic} > PAYEKG22 KZT {number}0.00" for number, bic in enumerate(PAYERS, 1)),
        f"10:00 {PAYERS[0]} > PAYEKG22 KZT 500.00",
    ]
)


def test_figures_count_settled_orders() -> None:
    found = [(one.number, one.unit, one.value) for one in disclosures(sk.settle(small_day(DAY)))]
    assert found == [
        ("18.1", "number", 8),
        ("18.1", "number", 2),
        ("18.2", "share", Fraction(70 + 60 + 50 + 40 + 30, 280)),
        ("18.2", "share", 1),
        ("23.1", "number", 7),
        ("23.1", "number", 7),
        ("23.1", "USD", 28_000),
        ("23.1", "USD", 28_000),
    ]


def test_a_day_without_payments_has_no_concentration() -> None:
    found = disclosures(sk.settle(small_day("ALFAKZKA KZT 1")))
    assert [one.value for one in found] == [1, 1, None, None, 0, 0, 0, 0]
    assert not set(UNSUPPORTED) & {one.number.split(".")[0] for one in found}


@pytest.mark.long
def test_means_are_over_all_days() -> None:
    days = sk.generate(countries=["KAZ", "KGZ"], payments_per_day=20, business_days=3)
    settled = sk.settle(days)
    by_name = {one.name: one.value for one in disclosures(settled)}
    turnover = sk.summarise(settled).turnover.total.settled
    assert by_name["Payments a day, mean"] == Fraction(turnover.orders, 3)
    most, mean = by_name["Value a day, most"], by_name["Value a day, mean"]
    assert most is not None
    assert mean is not None
    assert most > mean
    assert abs(mean * 3 - turnover.total) <= 10


def test_the_command_shows_what_is_not_supported_too(tmp_path: Path) -> None:
    folder = f"{tmp_path}/settled"
    sk.write_results(sk.settle(small_day(DAY)), folder)
    text = run_main("disclosure", folder).stdout
    assert "Value paid by the five largest payers" in text
    assert "89.3%" in text
    assert "USD 280.00" in text
    assert text.count("not supported") == len(UNSUPPORTED)
    assert '"value": "0.892857"' in run_main("disclosure", folder, "--json").stdout
