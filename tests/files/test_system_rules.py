"""system.yaml: what is taken, with its defaults, and what is refused with file, line and place."""

import datetime
import re
import zoneinfo
from pathlib import Path

import pytest

from skontro.files.access import ACCESS_FILE
from skontro.files.system_rules import (
    ZONE_TABLE,
    read_system,
    read_zone_table,
    rules_from_documents,
    system_documents,
    write_system,
)
from skontro.model import InputError
from skontro.system import Credentials, ScreeningLists, ScreeningPolicy
from skontro.system.screening_lists import AgreedList
from tests.service.systems import write_folder

PARTICIPANTS = """participants:
  - bic: AAAAKZK0
    name: Bank
    country: KAZ
    accounts:
      - {currency: KZT, opening_balance: '-5.00', credit_line: '9.00'}
      - {currency: RUB, opening_balance: '90.00'}
"""
SYSTEM = """format: skontro system
version: 1
name: Test
participants: participants.yaml
time_zone: Asia/Almaty
calendar:
  starts: '00:00'
  opens: '09:00'
  closes: '18:00'
  currencies:
    - {currency: KZT, customer_cut_off: '16:00', interbank_cut_off: '17:00'}
"""
LIMITS = """rulebook:
  in_runs_only: true
  offsetting: [{algorithm: within_position_limits, every: '00:15'}]
  position_limits:
    currency: KZT
    aggregate_short_position: '4.00'
    prices: [{currency: KZT, price: '1'}, {currency: RUB, price: '1'}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "participants.yaml").write_text(PARTICIPANTS)
    (tmp_path / "system.yaml").write_text(SYSTEM)
    return tmp_path


def test_what_is_left_out_is_as_documented(folder: Path) -> None:
    rules = read_system(folder)
    assert rules.calendar.weekend == (5, 6)
    assert rules.calendar.holidays == ()
    assert rules.calendar.currencies["KZT"].holidays == ()
    assert rules.most_days_ahead == 10
    assert rules.screening == ScreeningPolicy("required", "hold")
    assert rules.credentials == Credentials()
    assert system_documents(rules) == system_documents(read_system(folder / "system.yaml"))
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    text = SYSTEM + f"  weekend: [{', '.join(days)}]\n  holidays: [2026-03-08, 2026-01-01]\n"
    (folder / "system.yaml").write_text(text)
    calendar = read_system(folder).calendar
    assert calendar.weekend == (0, 1, 2, 3, 4, 5)
    assert calendar.holidays == (datetime.date(2026, 1, 1), datetime.date(2026, 3, 8))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("skontro system", "skontro rules", "line 1: format 'skontro system', version 1, is exp"),
        ("version: 1", "version: 2", "line 1: format 'skontro system', version 1, is expected"),
        (
            "  currencies:\n",
            "  weekend: [sonday]\n  currencies:\n",
            "is not one of monday, tue",
        ),
        ("  currencies:\n", "  weekend: [sonday]\n  currencies:\n", "did you mean sunday?"),
        ("KZT", "USD", "line 10: calendar.currencies USD: no participant has an account in it"),
        ("'09:00'", "9", "line 8: calendar.opens must be text; put it in quotes"),
        (
            "calendar:",
            "most_days_ahead: 367\ncalendar:",
            "most_days_ahead 367 is not from 0 to 366",
        ),
        ("calendar:", "most_days_ahead: -1\ncalendar:", "most_days_ahead -1 is not from 0 to 366"),
        ("calendar:", "most_days_ahead: x\ncalendar:", "must be a whole number, from 0 to 366"),
        ("  opens", "  holidays: [7]\n  opens", "holidays[0] must be a date like 2026-01-05"),
        ("  opens", "  holidays: ['2026-02-30']\n  opens", "holidays[0] '2026-02-30'"),
        ("  opens", "  holidays: [2026-02-03T10:00:00]\n  opens", "must be a date like 2026-01-05"),
        (
            "calendar:",
            "screening: on\ncalendar:",
            "line 6: screening 'on' is not one of required, off",
        ),
        (
            "calendar:",
            "travel_rule: held\ncalendar:",
            "travel_rule 'held' is not one of hold, reject, off; did you mean hold?",
        ),
        ("Asia/Almaty", "Asia/Nowhere", "system.yaml: "),
    ],
)
def test_what_is_wrong_is_named(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "system.yaml").write_text(SYSTEM.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_system(folder)
    assert str(caught.value).startswith(f"{folder / 'system.yaml'}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("travel_rule", ["hold", "reject", "off", "'off'"])
@pytest.mark.parametrize("screening", ["required", "off", "'off'"])
def test_rules_on_screening_are_read_and_written(
    folder: Path, screening: str, travel_rule: str
) -> None:
    said = f"screening: {screening}\ntravel_rule: {travel_rule}\ncalendar:"
    (folder / "system.yaml").write_text(SYSTEM.replace("calendar:", said, 1))
    rules = read_system(folder)
    assert rules.screening == ScreeningPolicy(screening.strip("'"), travel_rule.strip("'"))
    assert rules_from_documents(system_documents(rules)).screening == rules.screening


def test_a_currency_has_its_hours_once(folder: Path) -> None:
    (folder / "system.yaml").write_text(SYSTEM + SYSTEM.splitlines()[-1] + "\n")
    with pytest.raises(InputError, match=r"line 10: calendar\.currencies name a currency twice"):
        read_system(folder)


def test_opening_balances_keep_the_position_limits(folder: Path) -> None:
    document = folder / "system.yaml"
    document.write_text(SYSTEM + LIMITS.replace("4.00", "5.00"))
    assert read_system(folder).rulebook.position_limits is not None
    document.write_text(SYSTEM + LIMITS)
    with pytest.raises(InputError, match=r"participants\.yaml: opening balances: "):
        read_system(folder)
    (folder / "participants.yaml").write_text(PARTICIPANTS.replace("-5.00", "0.00"))
    read_system(folder)


def test_limits_of_positions_have_bounds(folder: Path) -> None:
    document = folder / "system.yaml"
    shares = "    pay_ins: [{{at: '10:00', share: '{}'}}]\n"
    for share, is_taken in (("1", True), ("0.1", True), ("0", False), ("1.01", False)):
        document.write_text(SYSTEM + LIMITS.replace("4.00", "9.00") + shares.format(share))
        if is_taken:
            with pytest.raises(InputError, match="pay_ins run in simulations only"):
                read_system(folder)
        else:
            with pytest.raises(InputError, match=r"a decimal above 0 and up to 1, like 0\.5"):
                read_system(folder)
    document.write_text(SYSTEM + LIMITS.replace("currency: RUB", "currency: KZT"))
    with pytest.raises(InputError, match="must not have two prices of one currency"):
        read_system(folder)
    document.write_text(SYSTEM + LIMITS.partition("prices:")[0] + "prices: []\n")
    with pytest.raises(InputError, match=r"rulebook\.position_limits\.prices"):
        read_system(folder)


def test_zones_are_those_of_the_machine_or_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = read_zone_table("Asia/Almaty")
    assert shipped[:4] == b"TZif"
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "Almaty").write_bytes(b"of the machine")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), str(tmp_path)))
    assert read_zone_table("Asia/Almaty") == b"of the machine"
    assert read_zone_table("Asia/Tashkent")[:4] == b"TZif"
    with pytest.raises(InputError, match="Mars"):
        read_zone_table("Mars")


def test_rules_come_back_from_their_documents(folder: Path, tmp_path: Path) -> None:
    rules = write_folder(tmp_path / "whole")
    documents = system_documents(rules)
    assert [*documents] == ["participants.yaml", "system.yaml", ACCESS_FILE, ZONE_TABLE]
    again = rules_from_documents(documents)
    assert again.calendar.zone_table == read_zone_table(rules.calendar.time_zone)
    assert system_documents(again) == documents
    for broken in (
        {name: text for name, text in documents.items() if name != ZONE_TABLE},
        documents | {ZONE_TABLE: "no Base64"},
    ):
        with pytest.raises(InputError, match=f"{ZONE_TABLE} is missing or cannot be read"):
            rules_from_documents(broken)
    write_system(folder / "again", rules)
    assert {one.name for one in (folder / "again").iterdir()} == {
        "participants.yaml",
        "system.yaml",
        ACCESS_FILE,
    }
    assert system_documents(read_system(folder / "again")) == documents


LISTS = """screening_lists:
  lists:
    - {name: UN, published: 2026-11-23, sha256: HASH, entries: 1002}
  threshold: 85
  max_age_days: 7
  rejects_confirmed: true
""".replace("HASH", "ab" * 32)


def test_agreed_lists_go_both_ways(folder: Path) -> None:
    assert read_system(folder).screening_lists is None
    (folder / "system.yaml").write_text(SYSTEM + LISTS)
    rules = read_system(folder)
    one = AgreedList("UN", "2026-11-23", "ab" * 32, 1002)
    assert rules.screening_lists == ScreeningLists((one,), 85, 7, rejects_confirmed=True)
    assert rules_from_documents(system_documents(rules)).screening_lists == rules.screening_lists


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("entries: 1002", "entries: 0", "screening_lists.lists[0].entries"),
        ("ab" * 32, "AB" * 32, "screening_lists.lists[0].sha256"),
        ("threshold: 85", "threshold: 101", "screening_lists.threshold"),
        ("threshold: 85", "threshold: 0", "screening_lists.threshold"),
        ("max_age_days: 7", "max_age_days: -1", "screening_lists.max_age_days"),
        ("published: 2026-11-23", "published: today", "screening_lists.lists[0].published"),
    ],
)
def test_agreed_lists_that_are_refused(folder: Path, old: str, new: str, place: str) -> None:
    (folder / "system.yaml").write_text(SYSTEM + LISTS.replace(old, new))
    with pytest.raises(InputError, match=re.escape(place)):
        read_system(folder)
