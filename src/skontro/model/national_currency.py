"""The currency that a country issues on a date, or else the one it uses.

A country issues the currency whose ISO 4217 code begins with its ISO 3166 code of two letters
(that is how the codes are made), or that of the currency union it belongs to. Other legal tender,
such as the rand in Namibia or the dollar in Panama, is issued by another country. Dates and tender
come from CLDR (by Babel). `CORRECTIONS` lists its errors, each row with its source, and the tests
compare every country with ISO 4217.
"""

import datetime
from functools import cache
from typing import Any, Final

import attrs
import pycountry
from babel.numbers import get_territory_currencies

from skontro.model.currency import Currency, find_currency
from skontro.model.errors import InputError

#: First date on record: earlier dates count as this one.
RECORD_BEGINS: Final = datetime.date(2000, 1, 1)

#: Currencies of unions, which their members issue together. XPF and XCG are issued for several
#: territories by one institution.
UNIONS: Final = frozenset({"EUR", "XOF", "XAF", "XCD", "XPF", "XCG"})

#: Territories that use the currency of the state they belong to, with that state. Other territories
#: issue their own (Bermuda, Gibraltar), or use that of a third country (the British Virgin Islands,
#: Turks and Caicos Islands, Pitcairn, Bonaire): these issue none.
TERRITORIES: Final = {
    territory: state
    for state, territories in {
        "AUS": "CCK CXR HMD NFK",
        "DNK": "FRO GRL",
        "FIN": "ALA",
        "FRA": "ATF BLM GLP GUF MAF MTQ MYT REU SPM",
        "GBR": "GGY IMN JEY SGS",
        "NOR": "BVT SJM",
        "NZL": "TKL",
        "USA": "ASM GUM MNP PRI UMI VIR",
    }.items()
    for territory in territories.split()
}


@attrs.frozen
class Issue:
    """A currency that a country issued over a period, where CLDR has no correct entry.

    Attributes:
        country: ISO 3166 alpha-3 code.
        currency: the code, or None where it issued none.
        since, until: first and last day; None for no bound.
        source: source of these facts.
    """

    country: str
    currency: str | None
    since: datetime.date | None
    until: datetime.date | None
    source: str


def _issue(row: str) -> Issue:
    country, currency, since, until, source = (part.strip() for part in row.split("|"))
    return Issue(
        country,
        None if currency == "-" else currency,
        None if since == "-" else datetime.date.fromisoformat(since),
        None if until == "-" else datetime.date.fromisoformat(until),
        source,
    )


#: All issues of the countries named here; their entries in CLDR are not used.
CORRECTIONS: Final = tuple(
    _issue(row)
    for row in """
    BGR | BGN | -          | 2025-12-31 | ISO 4217 list one of 2026-01-01 has EUR for Bulgaria
    BGR | EUR | 2026-01-01 | -          | Council of the EU, 8 July 2025: euro from 1 January 2026
    BES | ANG | -          | 2010-12-31 | US dollar by Dutch law (Wet geldstelsel BES) from 2011
    BES | -   | 2011-01-01 | -          | the same
    CUW | ANG | -          | 2025-06-30 | CBCS: both circulate until 30 June 2025
    CUW | XCG | 2025-03-31 | -          | ISO 4217: XCG from 31 March 2025
    SXM | ANG | -          | 2025-06-30 | CBCS: both circulate until 30 June 2025
    SXM | XCG | 2025-03-31 | -          | ISO 4217: XCG from 31 March 2025
    MNE | -   | -          | -          | uses the euro without an agreement with the EU
    SRB | YUM | -          | 2003-06-30 | ISO 4217 list three: YUM until 2003-07
    SRB | CSD | 2003-07-01 | 2006-10-24 | ISO 4217 list three: CSD until 2006-10
    SRB | RSD | 2006-10-25 | -          | ISO 4217: RSD from 25 October 2006
    ZWE | ZWD | -          | 2008-07-31 | ISO 4217 list three: ZWD until 2008-08
    ZWE | ZWR | 2008-08-01 | 2009-02-01 | ISO 4217: ZWR from 1 August 2008
    ZWE | ZWL | 2009-02-02 | 2009-04-11 | ISO 4217: ZWL from 2 February 2009
    ZWE | -   | 2009-04-12 | 2019-02-21 | own dollar suspended, foreign currencies alone
    ZWE | ZWL | 2019-02-22 | 2024-08-31 | Statutory Instrument 33 of 2019; ISO 4217: to 2024-09
    ZWE | ZWG | 2024-06-25 | -          | ISO 4217: ZWG from 25 June 2024
    """.strip().splitlines()
)

_CORRECTED: Final = frozenset(row.country for row in CORRECTIONS)


@cache
def issued(alpha3: str, alpha2: str, date: datetime.date) -> tuple[Currency, ...]:
    """Currencies that the country itself, or its union, issues on the date; the main one first.

    Two where a new one circulates along with the old.
    """
    date = max(date, RECORD_BEGINS)
    if alpha3 in _CORRECTED:
        codes = [
            row.currency
            for row in CORRECTIONS
            if row.country == alpha3
            and row.currency is not None
            and (row.since is None or row.since <= date)
            and (row.until is None or date <= row.until)
        ]
        return tuple(map(find_currency, reversed(codes)))
    if alpha3 in TERRITORIES:
        state = pycountry.countries.lookup(TERRITORIES[alpha3])
        return issued(state.alpha_3, state.alpha_2, date)
    return tuple(
        currency
        for currency in _tender(alpha2, date)
        if currency.code.startswith(alpha2) or currency.code in UNIONS
    )


@cache
def used(alpha3: str, alpha2: str, date: datetime.date) -> Currency | None:
    """The currency that the country issues, else its legal tender; None if it has neither."""
    found = issued(alpha3, alpha2, date) or _tender(alpha2, max(date, RECORD_BEGINS))
    return found[0] if found else None


def _tender(alpha2: str, date: datetime.date) -> tuple[Currency, ...]:
    """Legal tender by CLDR that is current in ISO 4217, the longest in use first."""
    found: list[dict[str, Any]] = get_territory_currencies(
        alpha2, start_date=date, include_details=True
    )
    found.sort(key=lambda entry: entry["to"] or datetime.date.max, reverse=True)
    currencies = []
    for entry in found:
        try:
            currency = find_currency(entry["currency"])
        except InputError:
            continue  # a code that ISO 4217 lacks, or withdrew before 2000
        if currency.is_current(date):
            currencies.append(currency)
    return tuple(currencies)
