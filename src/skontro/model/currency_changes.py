"""Currencies that were withdrawn or introduced since 2000: dates, minor units, conversion rates.

ISO 4217's list of current codes has neither dates nor withdrawn codes, and its list of withdrawn
codes has no minor units. This module has both, for every national currency since 2000.
`tests/model/test_national_currency.py` compares the dates with ISO 4217's own list of withdrawn
codes.

Sources: for withdrawals by month, ISO 4217 list three (historic denominations). For minor units,
the editions of ISO 4217 list one that still had each code (as in java.util.Currency). For
conversion into the euro, Council Regulation (EC) No 2866/98 and its amendments. For other
conversions, the laws of the redenominations.
"""

import datetime
from decimal import Decimal
from typing import Final

import attrs


@attrs.frozen
class Withdrawn:
    """A currency that is no longer current.

    Attributes:
        code: in ISO 4217.
        exponent: decimals of its minor unit.
        name: in ISO 4217.
        since: first day, or None where that was before 2000.
        until: last day on which an account could be held in it.
        successor: the code that replaced it.
        units: number of units that became one unit of the successor.
    """

    code: str
    exponent: int
    name: str
    since: datetime.date | None
    until: datetime.date
    successor: str
    units: Decimal


_ROWS: Final = """
ADP 0 Andorran Peseta               | -          2002-02-28 EUR 166.386
AFA 2 Afghani                       | -          2002-12-31 AFN 1000
ANG 2 Netherlands Antillean Guilder | -          2025-06-30 XCG 1
ATS 2 Schilling                     | -          2002-02-28 EUR 13.7603
AZM 2 Azerbaijanian Manat           | -          2005-12-31 AZN 5000
BEF 0 Belgian Franc                 | -          2002-02-28 EUR 40.3399
BGN 2 Bulgarian Lev                 | -          2025-12-31 EUR 1.95583
BYB 0 Belarusian Ruble              | -          2000-12-31 BYR 1000
BYR 0 Belarusian Ruble              | -          2016-12-31 BYN 10000
CSD 2 Serbian Dinar                 | 2003-07-01 2006-10-24 RSD 1
CUC 2 Peso Convertible              | -          2021-06-30 CUP 0.0416666667
CYP 2 Cyprus Pound                  | -          2007-12-31 EUR 0.585274
DEM 2 Deutsche Mark                 | -          2002-02-28 EUR 1.95583
ECS 2 Sucre                         | -          2000-10-01 USD 25000
EEK 2 Kroon                         | -          2010-12-31 EUR 15.6466
ESP 0 Spanish Peseta                | -          2002-02-28 EUR 166.386
FIM 2 Markka                        | -          2002-02-28 EUR 5.94573
FRF 2 French Franc                  | -          2002-02-28 EUR 6.55957
GHC 2 Cedi                          | -          2007-12-31 GHS 10000
GRD 0 Drachma                       | -          2002-02-28 EUR 340.750
HRK 2 Kuna                          | -          2022-12-31 EUR 7.53450
IEP 2 Irish Pound                   | -          2002-02-28 EUR 0.787564
ITL 0 Italian Lira                  | -          2002-02-28 EUR 1936.27
LTL 2 Lithuanian Litas              | -          2014-12-31 EUR 3.45280
LUF 0 Luxembourg Franc              | -          2002-02-28 EUR 40.3399
LVL 2 Latvian Lats                  | -          2013-12-31 EUR 0.702804
MGF 0 Malagasy Franc                | -          2004-12-31 MGA 5
MRO 2 Ouguiya                       | -          2017-12-31 MRU 10
MTL 2 Maltese Lira                  | -          2007-12-31 EUR 0.429300
MZM 2 Mozambique Metical            | -          2006-06-30 MZN 1000
NLG 2 Netherlands Guilder           | -          2002-02-28 EUR 2.20371
PTE 0 Portuguese Escudo             | -          2002-02-28 EUR 200.482
ROL 2 Old Leu                       | -          2005-06-30 RON 10000
SDD 2 Sudanese Dinar                | -          2007-06-30 SDG 100
SIT 2 Tolar                         | -          2006-12-31 EUR 239.640
SKK 2 Slovak Koruna                 | -          2008-12-31 EUR 30.1260
SLL 2 Leone                         | -          2023-12-31 SLE 1000
SRG 2 Surinam Guilder               | -          2003-12-31 SRD 1000
STD 2 Dobra                         | -          2017-12-31 STN 1000
TJR 2 Tajik Ruble                   | -          2000-10-25 TJS 1000
TMM 2 Turkmenistan Manat            | -          2008-12-31 TMT 5000
TRL 0 Old Turkish Lira              | -          2005-12-31 TRY 1000000
VEB 2 Bolivar                       | -          2007-12-31 VEF 1000
VEF 2 Bolivar Fuerte                | 2008-01-01 2018-08-19 VES 100000
YUM 2 New Dinar                     | -          2003-06-30 CSD 1
ZMK 2 Zambian Kwacha                | -          2012-12-31 ZMW 1000
ZWD 2 Zimbabwe Dollar               | -          2008-07-31 ZWR 10000000000
ZWR 2 Zimbabwe Dollar               | 2008-08-01 2009-02-01 ZWL 1000000000000
ZWL 2 Zimbabwe Dollar               | 2009-02-02 2024-08-31 ZWG 2498.7242
"""

#: First day of current currencies that replaced another since 2000. Both may have circulated
#: together for a while.
INTRODUCED: Final = {
    code: datetime.date.fromisoformat(date)
    for code, date in (
        row.split()
        for row in """
        AFN 2002-10-07
        AZN 2006-01-01
        BYN 2016-07-01
        GHS 2007-07-03
        MGA 2003-07-31
        MRU 2018-01-01
        MZN 2006-07-01
        RON 2005-07-01
        RSD 2006-10-25
        SDG 2007-01-10
        SLE 2022-07-01
        SRD 2004-01-01
        SSP 2011-07-18
        STN 2018-01-01
        TJS 2000-10-26
        TMT 2009-01-01
        TRY 2005-01-01
        VES 2018-08-20
        XCG 2025-03-31
        ZMW 2013-01-01
        ZWG 2024-06-25
        """.strip().splitlines()
    )
}


def _withdrawn(row: str) -> Withdrawn:
    names, figures = row.split("|")
    code, exponent, name = names.strip().split(" ", 2)
    since, until, successor, units = figures.split()
    return Withdrawn(
        code=code,
        exponent=int(exponent),
        name=name,
        since=None if since == "-" else datetime.date.fromisoformat(since),
        until=datetime.date.fromisoformat(until),
        successor=successor,
        units=Decimal(units),
    )


#: Withdrawn currencies by code.
WITHDRAWN: Final = {row[:3]: _withdrawn(row) for row in _ROWS.strip().splitlines()}


def first_day(code: str) -> datetime.date | None:
    """The day from which the currency existed; None where that was before 2000."""
    if code in WITHDRAWN:
        return WITHDRAWN[code].since
    return INTRODUCED.get(code)


def last_day(code: str) -> datetime.date | None:
    """The last day on which an account could be held in the currency; None for a current one."""
    return WITHDRAWN[code].until if code in WITHDRAWN else None


def predecessor(code: str, date: datetime.date) -> str | None:
    """The predecessor of this currency, direct or not, that was current on the date."""
    olds = [old for old in WITHDRAWN.values() if old.successor == code]
    for old in olds:
        if old.until >= date:
            earlier = predecessor(old.code, date) if old.since and old.since > date else old.code
            if earlier is not None:
                return earlier
    return None


def units_per(code: str, successor: str) -> Decimal | None:
    """Units of a currency that became one unit of a later one; None without such a relation.

    Example:
        >>> units_per("VEB", "VES")
        Decimal('100000000')
    """
    units = Decimal(1)
    while code != successor:
        if code not in WITHDRAWN:
            return None
        units *= WITHDRAWN[code].units
        code = WITHDRAWN[code].successor
    return units
