"""What each country issues on a date, against ISO 4217's own lists of codes and countries."""

import csv
import datetime
import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

import iso4217
import pycountry
import pytest

from skontro.model import Country, InputError, find_country, find_currency
from skontro.model.currency_changes import INTRODUCED, WITHDRAWN, predecessor, units_per
from skontro.model.national_currency import CORRECTIONS, TERRITORIES, UNIONS

EVERY_COUNTRY = [entry.alpha_3 for entry in pycountry.countries]

#: Units of account that ISO 4217 lists for countries beside their money, and money that a country
#: still lists but no longer issues (SVC since 2001).
NOT_MONEY = {
    "BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "VED", "SVC", "XAD",
}  # fmt: skip

#: Countries that use what they do not issue.
ISSUE_NONE = {
    "ATA", "BES", "COK", "ECU", "ESH", "FSM", "IOT", "KIR", "LIE", "MHL", "MNE", "NIU", "NRU",
    "PCN", "PLW", "PSE", "SLV", "TCA", "TLS", "TUV", "VGB",
}  # fmt: skip

#: ISO 4217's names of countries that ISO 3166 spells otherwise.
NAMES = {
    "CONGO DEMOCRATIC REPUBLIC OF": "COD",
    "HOLY SEE": "VAT",
    "HEARD ISLAND AND MCDONALD ISLANDS": "HMD",
    "KOREA DEMOCRATIC PEOPLES REPUBLIC OF": "PRK",
    "SAINT MARTIN FRENCH PART": "MAF",
    "FALKLAND ISLANDS MALVINAS": "FLK",
}


def plain(name: str) -> str:
    """Capital letters without accents, articles, brackets and commas."""
    letters = unicodedata.normalize("NFKD", name.upper()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Z ]", " ", letters.replace("'", "").replace("(THE)", "")).split()
    return " ".join(word for word in words if word != "THE")


@cache
def codes_in_iso_4217() -> dict[str, set[str]]:
    """Codes of today's list one by alpha-3 code of the country."""
    countries = {}
    for entry in pycountry.countries:
        for name in (
            entry.name,
            getattr(entry, "official_name", ""),
            getattr(entry, "common_name", ""),
        ):
            countries[frozenset(plain(name).split())] = entry.alpha_3
    countries |= {frozenset(name.split()): code for name, code in NAMES.items()}
    found: dict[str, set[str]] = {}
    for code, row in iso4217.raw_table.items():
        for name in row["CtryNm"]:
            country = countries.get(frozenset(plain(name).split()))
            if country is not None and code is not None:
                found.setdefault(country, set()).add(code)
    return found


def issued(country: str, date: str) -> list[str]:
    found = find_country(country).issued(datetime.date.fromisoformat(date))
    return [currency.code for currency in found]


def test_every_country_is_in_both_sources() -> None:
    # These have "no universal currency" in ISO 4217.
    assert {*EVERY_COUNTRY} - {*codes_in_iso_4217()} == {"ATA", "PSE", "SGS"}


@pytest.mark.parametrize("code", EVERY_COUNTRY)
def test_every_country_issues_what_iso_4217_says(code: str) -> None:
    entry = pycountry.countries.get(alpha_3=code)
    listed = codes_in_iso_4217().get(code, set()) - NOT_MONEY
    own = {one for one in listed if one.startswith(entry.alpha_2) or one in UNIONS}
    if code in TERRITORIES:
        own = {*issued(TERRITORIES[code], "2026-09-30")}
        assert own >= listed
    if code in ISSUE_NONE:
        own = set()
    if code == "ATA":
        with pytest.raises(InputError, match="no national currency is on record for Antarctica"):
            find_country(code)
        return
    assert {*issued(code, "2026-09-30")} == own
    assert own or code in ISSUE_NONE
    # What is used where nothing is issued is legal tender by ISO 4217 too.
    if code != "PSE":  # the shekel, by the Paris protocol of 1994
        assert find_country(code).currency_on(datetime.date(2026, 9, 30)).code in own | listed


def test_every_country_has_a_current_currency_at_any_time_since_2000() -> None:
    dates = [datetime.date(year, month, 1) for year in range(2000, 2027) for month in (1, 8)]
    for code in EVERY_COUNTRY:
        if code == "ATA":
            continue
        country = find_country(code)
        for date in dates:
            if code == "SSD" and date.year < 2008:
                continue  # no such country, nor a currency of its own, before
            used = country.currency_on(date)
            assert used.is_current(date)
            own = country.issued(date)
            assert used in own or not own
            assert all(currency.is_current(date) for currency in own)


@pytest.mark.parametrize(
    ("country", "date", "codes"),
    [
        ("NAM", "2026-01-05", ["NAD"]),  # the rand is tender
        ("LSO", "2026-01-05", ["LSL"]),
        ("SWZ", "2026-01-05", ["SZL"]),
        ("BTN", "2026-01-05", ["BTN"]),  # the Indian rupee is tender
        ("PAN", "2026-01-05", ["PAB"]),  # the US dollar is tender
        ("HTI", "2026-01-05", ["HTG"]),
        ("SLV", "2000-06-01", ["SVC"]),
        ("SLV", "2026-01-05", []),
        ("ECU", "2026-01-05", []),
        ("TLS", "2026-01-05", []),
        ("MNE", "2026-01-05", []),
        ("HRV", "2022-12-31", ["HRK"]),
        ("HRV", "2023-01-01", ["EUR"]),
        ("BGR", "2025-12-31", ["BGN"]),
        ("BGR", "2026-01-01", ["EUR"]),
        ("LTU", "2014-12-31", ["LTL"]),
        ("SVK", "2009-01-01", ["EUR"]),
        ("ZWE", "2008-01-05", ["ZWD"]),
        ("ZWE", "2012-01-05", []),  # foreign currencies alone
        ("ZWE", "2020-01-06", ["ZWL"]),
        ("ZWE", "2024-07-01", ["ZWG", "ZWL"]),
        ("ZWE", "2026-01-05", ["ZWG"]),
        ("SEN", "2026-01-05", ["XOF"]),
        ("CMR", "2026-01-05", ["XAF"]),
        ("GRD", "2026-01-05", ["XCD"]),
        ("SLE", "2022-06-30", ["SLL"]),
        ("SLE", "2022-07-01", ["SLE", "SLL"]),
        ("SLE", "2024-01-01", ["SLE"]),
        ("VEN", "2018-08-19", ["VEF"]),
        ("VEN", "2018-08-20", ["VES"]),
        ("MRT", "2017-12-31", ["MRO"]),
        ("MRT", "2018-01-01", ["MRU"]),
        ("STP", "2018-01-01", ["STN"]),
        ("SSD", "2011-08-01", ["SSP"]),
        ("CUW", "2025-03-30", ["ANG"]),
        ("CUW", "2025-03-31", ["XCG", "ANG"]),
        ("SXM", "2025-07-01", ["XCG"]),
        ("BLR", "2016-06-30", ["BYR"]),
        ("BLR", "2016-07-01", ["BYN", "BYR"]),
        ("DEU", "2001-12-31", ["EUR", "DEM"]),
        ("GRL", "2026-01-05", ["DKK"]),  # part of the Danish realm
        ("VGB", "2026-01-05", []),  # no part of the United States
    ],
)  # fmt: skip
def test_by_hand(country: str, date: str, codes: list[str]) -> None:
    assert issued(country, date) == codes


def withdrawn_in_iso_4217() -> list[dict[str, str]]:
    text = (Path(__file__).parent / "iso_4217_withdrawn.csv").read_text().splitlines()
    return list(csv.DictReader(line for line in text if not line.startswith("#")))


def test_withdrawn_currencies_are_those_of_iso_4217() -> None:
    rows = withdrawn_in_iso_4217()
    # The copy of list three is from 2025; today's list one lacks BGN.
    assert {row["currency"] for row in rows} | {"BGN"} == {*WITHDRAWN}
    assert not {*WITHDRAWN} & {*iso4217.raw_table}
    # List three names the last month in use or the first one without, and now and then the date of
    # its own amendment: Andorra had the euro from 2002, Tajikistan the somoni from October 2000;
    # Zimbabwe's third dollar ended with the fourth; ANG circulates beside XCG for three months.
    apart = {"ADP": -16, "TJR": -6, "ZWR": -4, "ANG": 4}
    for row in rows:
        year, month = map(int, row["withdrawn"].split("-"))
        after = WITHDRAWN[row["currency"]].until + datetime.timedelta(days=1)
        months = (after.year - year) * 12 + after.month - month
        assert months in (0, 1) or months == apart[row["currency"]], row


@pytest.mark.parametrize("row", withdrawn_in_iso_4217(), ids=lambda row: row["currency"])
def test_a_withdrawn_currency_was_its_countrys_own_before_and_not_after(
    row: dict[str, str],
) -> None:
    country, old = find_country(row["country"]), WITHDRAWN[row["currency"]]
    before = datetime.date(old.until.year - 1, 9, 30)
    if old.since is not None:
        before = max(before, old.since)
    if before.year >= 2000:
        assert country.issues(find_currency(old.code), before)
    after = old.until + datetime.timedelta(days=1)
    assert not country.issues(find_currency(old.code), after)
    new = find_currency(old.successor)
    assert new.is_current(after)
    # Ecuador's successor is the dollar, which it uses and does not issue.
    assert country.currency_on(after) == new


def test_minor_units_of_withdrawn_currencies() -> None:
    # As in java.util.Currency (data version 2010), which keeps old codes: none of these had a minor
    # unit, all others two decimals. CLDR has other figures for several (BEF 2, SLL 0).
    none = {"ADP", "BEF", "BYB", "BYR", "ESP", "GRD", "ITL", "LUF", "MGF", "PTE", "TRL"}
    assert {code for code in WITHDRAWN if find_currency(code).exponent == 0} == none
    assert all(find_currency(code).exponent == 2 for code in {*WITHDRAWN} - none)


def test_fixed_conversion_rates_lead_to_what_is_current() -> None:
    assert str(units_per("HRK", "EUR")) == "7.53450"
    assert units_per("VEB", "VES") == 100_000_000
    assert units_per("HRK", "USD") is None
    for code in WITHDRAWN:
        last = code
        while last in WITHDRAWN:
            last = WITHDRAWN[last].successor
        assert last in iso4217.raw_table
    for code, first in INTRODUCED.items():
        olds = [old for old in WITHDRAWN.values() if old.successor == code]
        assert olds or code in {"SSP", "XCG"}
        assert all(old.until >= first - datetime.timedelta(days=1) for old in olds)
    assert predecessor("VES", datetime.date(2007, 5, 2)) == "VEB"
    assert predecessor("VES", datetime.date(2010, 5, 3)) == "VEF"


def test_corrections_name_known_countries_and_currencies_without_gaps() -> None:
    for country in {row.country for row in CORRECTIONS}:
        rows = [row for row in CORRECTIONS if row.country == country]
        assert rows[0].since is None
        assert rows[-1].until is None
        for one, other in pairwise(rows):
            assert one.until is not None
            assert other.since is not None
            assert other.since <= one.until + datetime.timedelta(days=1)
        assert all(row.source for row in rows)
        assert isinstance(find_country(country), Country)
    assert {*TERRITORIES} | {*TERRITORIES.values()} <= {*EVERY_COUNTRY}


@pytest.mark.parametrize(
    ("code", "first", "last", "words"),
    [
        (
            "HRK", "2023-06-01", "2023-06-02",
            "HRK (Kuna) was withdrawn after 2022-12-31: on 2023-06-02 use EUR "
            "(7.53450 HRK became 1 EUR)",
        ),
        (
            "BGN", "2025-12-29", "2026-01-05",
            "within these business days: split them there, and use EUR afterwards",
        ),
        (
            "SLE", "2019-09-17", "2019-09-17",
            "SLE (Leone) was introduced on 2022-07-01: on 2019-09-17 use SLL",
        ),
        ("ZWG", "2020-03-02", "2020-03-02", "on 2020-03-02 use ZWL"),
    ],
)  # fmt: skip
def test_a_currency_that_is_not_current_says_what_to_use(
    code: str, first: str, last: str, words: str
) -> None:
    days = [datetime.date.fromisoformat(day) for day in (first, last)]
    with pytest.raises(InputError, match=re.escape(words)):
        find_currency(code).refuse_unless_current(*days)


def test_a_currency_is_refused_on_no_day_on_which_it_was_current() -> None:
    for code, *dates in (
        ("BGN", "2025-12-29", "2025-12-31"),
        ("SLL", "2000-01-03", "2023-12-29"),
    ):
        days = [datetime.date.fromisoformat(day) for day in dates]
        find_currency(code).refuse_unless_current(*days)


def test_before_2000_what_was_issued_then_counts() -> None:
    for code in ("KAZ", "DEU", "ECU"):
        assert find_country(code).issued(datetime.date(1970, 1, 1)) == find_country(code).issued(
            datetime.date(2000, 1, 1)
        )
