"""A small directory and two business days around a change of clocks."""

import datetime
from zoneinfo import ZoneInfo

from skontro.model import (
    BusinessDay,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    find_country,
    find_currency,
)

ZONE = ZoneInfo("Europe/Berlin")
#: Clocks go back at three on the first of these days.
DAYS = [
    BusinessDay.at(datetime.date(2026, 10, day), datetime.time(1), datetime.time(18), ZONE)
    for day in (25, 26)
]

#: Exponents 2, 2, 0 and 3.
CURRENCIES = ("EUR", "KZT", "VND", "BHD")
BANKS = {"BANKDEFF": "DEU", "BANKKZKX": "KAZ", "BANKVNVX": "VNM", "BANKBHBM123": "BHR"}
#: This one holds no account in tenge.
WITHOUT_TENGE = "BANKVNVX"

DIRECTORY = ParticipantDirectory(
    [
        Participant(bic, f"Bank of {country}", find_country(country))
        for bic, country in BANKS.items()
    ],
    [
        SettlementAccount(bic, find_currency(code), 1_000_000, 500)
        for bic in BANKS
        for code in CURRENCIES
        if (bic, code) != (WITHOUT_TENGE, "KZT")
    ],
)


def uetr(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"
