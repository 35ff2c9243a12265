"""Currencies work on the days on which they were current, and are refused on others."""

import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from skontro.files import Scenario, read_payments, read_scenario, write_scenario
from skontro.files.tables import PAYMENTS
from skontro.model import (
    BusinessDay,
    InputError,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    ReasonCode,
    SettlementAccount,
    find_country,
    find_currency,
)
from tests.files.banks import uetr

UTC = ZoneInfo("UTC")


def day(date: str) -> BusinessDay:
    return BusinessDay.at(
        datetime.date.fromisoformat(date), datetime.time(9), datetime.time(18), UTC
    )


def directory(*codes: str) -> ParticipantDirectory:
    banks = [
        Participant("ZAGBHR20", "Example Bank of the Coast", find_country("HRV")),
        Participant("SOFBBGS0", "Example Bank of the Plain", find_country("BGR")),
    ]
    accounts = [SettlementAccount(one.bic, find_currency(c), 100) for one in banks for c in codes]
    return ParticipantDirectory(banks, accounts)


def scenario(days: list[str], *codes: str) -> Scenario:
    dollar = find_currency("USD")
    return Scenario(
        name="Two banks",
        business_days=tuple(map(day, days)),
        time_zone="UTC",
        directory=directory(*codes),
        payments=PAYMENTS.to_frame(),
        rates=RateTable(
            dollar, [Rate(find_currency(c), Decimal(2), day(days[0]).date, "hand") for c in codes]
        ),
    )


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        (["2022-06-01"], ["HRK", "BGN", "EUR"]),
        (["2023-06-01"], ["BGN", "EUR"]),
        (["2025-12-30", "2025-12-31"], ["BGN"]),
        (["2026-01-02"], ["EUR"]),
        (["2019-09-17"], ["SLL", "MRU"]),
    ],
)
def test_accounts_in_what_was_current_then(
    tmp_path: Path, days: list[str], codes: list[str]
) -> None:
    write_scenario(tmp_path / "scenario", scenario(days, *codes))
    found = read_scenario(tmp_path / "scenario").scenario
    assert [currency.code for currency in found.directory.currencies] == sorted(codes)


@pytest.mark.parametrize(
    ("days", "code", "advice"),
    [
        (["2023-06-01"], "HRK", "withdrawn after 2022-12-31: on 2023-06-01 use EUR"),
        (["2026-01-02"], "BGN", "withdrawn after 2025-12-31: on 2026-01-02 use EUR"),
        (["2025-12-31", "2026-01-02"], "BGN", "split them there, and use EUR afterwards"),
        (["2019-09-17"], "SLE", "introduced on 2022-07-01: on 2019-09-17 use SLL"),
    ],
)
def test_accounts_in_what_was_not_current_are_refused_with_advice(
    tmp_path: Path, days: list[str], code: str, advice: str
) -> None:
    write_scenario(tmp_path / "scenario", scenario(days, code))
    with pytest.raises(InputError) as refusal:
        read_scenario(tmp_path / "scenario")
    assert "participants.yaml: accounts cannot be held" in str(refusal.value)
    assert f"account of SOFBBGS0 in {code}" in str(refusal.value)
    assert advice in str(refusal.value)


def test_rows_in_what_was_not_current_on_their_day_are_refused(tmp_path: Path) -> None:
    """On 31 December the customers agreed on leva, on 2 January they cannot."""
    path = tmp_path / "payments.csv"
    header = "uetr,payer,payee,currency,amount,submitted_at,instructed_currency,instructed_amount"
    rows = [
        f"{uetr(1)},SOFBBGS0,ZAGBHR20,EUR,1.00,2025-12-31T10:00,BGN,1.95",
        f"{uetr(2)},SOFBBGS0,ZAGBHR20,EUR,1.00,2026-01-02T10:00,BGN,1.95",
        f"{uetr(3)},SOFBBGS0,ZAGBHR20,EUR,1.00,2026-01-02T10:00,HRK,7.53",
        f"{uetr(4)},SOFBBGS0,ZAGBHR20,EUR,1.00,2026-01-02T10:00,RON,5.00",
    ]
    path.write_text("\n".join([header, *rows]) + "\n")
    days = [day("2025-12-31"), day("2026-01-02")]
    reading = read_payments(path, directory("EUR"), days, "UTC")
    assert reading.payments["uetr"].to_list() == [uetr(1), uetr(4)]
    refused = [(one.row, one.field, one.reason, one.message) for one in reading.refusals]
    assert [one[:3] for one in refused] == [
        (row, "instructed_currency", ReasonCode.UNKNOWN_CURRENCY) for row in (3, 4)
    ]
    assert "on 2026-01-02 use EUR (1.95583 BGN became 1 EUR)" in refused[0][3]
    assert "HRK (Kuna) was withdrawn after 2022-12-31" in refused[1][3]
