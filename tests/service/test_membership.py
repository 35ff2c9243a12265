"""Acceptance, exit and a new rulebook over HTTP, and what a restart makes of them: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.systems import (
    BANKS,
    DAY,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)

NEW = "DDDDTJ22"
ADMISSION = {
    "kind": "admit",
    "participant": NEW,
    "name": "Бонки Помир «Pamir Bank»",
    "country": "TJK",
    "currencies": ["TJS", "KZT"],
}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock()) as running:
        yield running


def participants(system: LiveSystem) -> dict[str, str]:
    found = system.operator().get("/v1/participants").json()["participants"]
    return {one["bic"]: one["status"] for one in found}


def test_a_participant_is_admitted_and_paid_while_the_system_runs(system: LiveSystem) -> None:
    to_new = order(amount="7.00") | {"payee": NEW}
    assert system.bank(0).submit(to_new).status_code == 422
    assert system.agree(ADMISSION).is_success
    assert participants(system)[NEW] == "active"
    assert system.bank(0).submit(to_new).json()["status"] == "settled"
    account = system.operator().get(f"/v1/accounts/{NEW}/KZT").json()
    assert account["balance"] == "7.00"
    page = system.operator().get(f"/v1/accounts/{NEW}/KZT/statement").json()
    assert [one["credit"] for one in page["entries"]] == ["7.00"]
    assert system.operator().get(f"/v1/accounts/{NEW}/TJS").json()["balance"] == "0.00"
    assert system.verified().difference is None


def test_admissions_and_exits_survive_restarts_with_and_without_a_snapshot(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock) as system:
        assert system.agree(ADMISSION).is_success
        money = {"kind": "transfer_in", "participant": NEW, "currency": "TJS", "amount": "9.00"}
        assert system.agree(money).is_success
        leaves = {"kind": "exit", "participant": BANKS[2], "effective_on": "2026-11-25"}
        assert system.agree(leaves).is_success
        first = order(0, 1) | {"payee": NEW}
        system.bank(0).submit(first)
    with live_system(tmp_path, url, clock) as system:
        assert participants(system)[NEW] == "active"
        assert system.bank(0).submit(first).json()["status"] == "settled"
        assert participants(system)[BANKS[2]] == "active"
        system.move_to(clock.now + DAY)
        assert participants(system)[BANKS[2]] == "left"
    with live_system(tmp_path, url, clock) as system:
        assert participants(system)[BANKS[2]] == "left"
        refused = system.bank(0).submit(order(0, 2)).json()
        assert (refused["status"], refused["reason"]) == ("rejected", "PARTICIPANT_LEFT")
        assert system.operator().get(f"/v1/accounts/{BANKS[2]}/KZT").json()["balance"] == "0.00"
        page = (
            system.operator()
            .get(f"/v1/accounts/{BANKS[2]}/KZT/statement", date="2026-11-25")
            .json()
        )
        assert [one["debit"] for one in page["entries"]] == ["10000.00"]
        statement = (
            system.operator().get(f"/v1/accounts/{NEW}/KZT/statement", date="2026-11-24").json()
        )
        assert [one["credit"] for one in statement["entries"]] == ["10.00"]
        assert system.operator().get(f"/v1/accounts/{NEW}/TJS").json()["balance"] == "9.00"
        assert system.verified().difference is None


def test_what_is_admitted_can_be_written_out_again(system: LiveSystem) -> None:
    for name in ("two\nlines", "bell\x07", "\u2028", " ", "x" * 141):
        answer = system.operator().propose(ADMISSION | {"name": name})
        assert answer.status_code == 422, name
    for wrong in ({"country": "XXX"}, {"lei": "5493006MHB84DD0ZWV19"}, {"currencies": ["XAU"]}):
        assert system.operator().propose(ADMISSION | wrong).status_code == 422
    shown = system.operator().propose(ADMISSION).json()
    listed = system.operator(1).get(f"/v1/proposals/{shown['proposal']}").json()["shown"]
    assert listed["participant"]["name"] == ADMISSION["name"]
    assert listed["country"] == {"code": "TJK", "name": "Tajikistan"}


def test_the_rulebook_of_a_coming_day_is_shown_and_takes_effect(system: LiveSystem) -> None:
    wish = {"kind": "set_rulebook", "effective_on": "2026-11-25"}
    assert system.operator().propose(wish | {"rulebook": {"bypas": {}}}).status_code == 422
    rulebook = {"offset_on_entry": True, "bypass": {"depth": 4}}
    number = system.operator(0).propose(wish | {"rulebook": rulebook}).json()["proposal"]
    shown = system.operator(1).get(f"/v1/proposals/{number}").json()
    assert (shown["shown"]["from"], shown["shown"]["to"]) == ({}, rulebook)
    assert system.operator(1).approve(number, shown["hash"]).is_success
    system.move_to(system.clock.now + DAY)
    system.bank(0).submit(order(0, 1, "50000.00"))
    answer = system.bank(1).submit(order(1, 0, "50000.00")).json()
    assert (answer["status"], answer["reason"]) == ("settled", "OFFSET_ON_ENTRY")
    assert system.verified().difference is None
