"""Figures and times in the reader's language, exact to the last digit."""

import pytest

from skontro.model import MAX_AMOUNT, find_currency
from skontro.web.formats import Formats
from tests.service.systems import NOON

TENGE, FRANC, DINAR = (find_currency(code) for code in ("KZT", "XOF", "KWD"))


def plain(text: str) -> str:
    """With plain spaces in the place of those that languages have."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["9,999,999,999,999,999.99", "-5", "1.234", "0.00"]),
        ("ru", ["9 999 999 999 999 999,99", "-5", "1,234", "0,00"]),
        ("fr", ["9 999 999 999 999 999,99", "-5", "1,234", "0,00"]),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(language: str, shown: list[str]) -> None:
    formats = Formats(language, "UTC")
    amounts = [(MAX_AMOUNT, TENGE), (-5, FRANC), (1_234, DINAR), (0, TENGE)]
    assert [plain(formats.amount(*one)) for one in amounts] == shown


def test_amounts_of_the_interface_are_shown_as_others() -> None:
    formats = Formats("en", "UTC")
    assert formats.amount_text("1250.50", "KZT") == formats.amount(125_050, TENGE) == "1,250.50"
    assert formats.amount_text(None, "KZT") == "–"


def test_shares_and_counts() -> None:
    formats = Formats("fr", "UTC")
    assert plain(formats.percent(1, 3)) == "33,3 %"
    assert plain(formats.percent(0, 3)) == "0,0 %"
    assert formats.percent(0, 0) == "–"
    assert plain(formats.count(1_234_567)) == "1 234 567"


def test_times_are_those_of_the_system() -> None:
    formats = Formats("en", "Asia/Almaty")
    assert formats.clock(NOON) == "17:00:00"
    assert formats.moment(NOON) == "24 Nov 2026, 17:00:00"
    assert formats.moment_text("2026-11-24T12:00:00Z") == formats.moment(NOON)
    assert formats.moment_text(None) == "–"
    assert formats.date("2026-11-24") == "Tuesday, 24 November 2026"
    assert formats.date(None) == "–"
    assert formats.machine_time(NOON) == "2026-11-24T12:00:00+00:00"


def test_names_are_those_of_the_language() -> None:
    formats = Formats("fr", "UTC")
    assert formats.country_name("KG") == "Kirghizstan"
    assert formats.currency_name("KZT") == "tenge kazakh"
    assert (formats.country_name("??"), formats.currency_name("???")) == ("??", "???")
