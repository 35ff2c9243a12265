"""Proposals over HTTP: what is shown is what is approved, and nobody crowds others out."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.system.four_eyes import MAX_OF_PARTICIPANTS_PERSON
from tests.service.systems import (
    BANKS,
    DAY,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)

LINE = {"kind": "set_credit_line", "participant": BANKS[0], "currency": "RUB"}
LIMIT = {"kind": "set_net_sender_limit", "participant": BANKS[0], "currency": "KZT"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock()) as running:
        yield running


def test_the_list_shows_decimal_amounts_with_their_currency_under_the_hash_of_it(
    system: LiveSystem,
) -> None:
    number = system.operator(0).propose(LINE | {"amount": "100000.00"}).json()["proposal"]
    listed = system.operator(1).get("/v1/proposals").json()["proposals"]
    assert [one["number"] for one in listed] == [number]
    shown = listed[0]["shown"]
    assert (shown["from"], shown["to"]) == ("0.00 RUB", "100000.00 RUB")
    assert shown["account"]["participant"] == {"bic": BANKS[0], "name": "Bank AAAA"}
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert listed[0]["hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert system.operator(1).get(f"/v1/proposals/{number}").json() == listed[0]
    wrong = system.operator(1).approve(number, "0" * 64)
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "HASH_DIFFERS")
    bare = system.operator(1).send("POST", f"/v1/proposals/{number}/approval")
    assert bare.status_code == 422
    assert system.operator(1).approve(number, listed[0]["hash"]).is_success
    account = system.operator().get(f"/v1/accounts/{BANKS[0]}/RUB").json()
    assert account["credit_line"] == "100000.00"
    assert system.verified().difference is None


def test_the_record_keeps_what_was_shown(system: LiveSystem) -> None:
    import psycopg

    assert system.agree(LINE | {"amount": "2.50"}).is_success
    with psycopg.connect(system.url) as connection:
        rows = connection.execute("SELECT body FROM journal WHERE kind = 4 ORDER BY batch")
        bodies = [json.loads(row[0]) for row in rows]
    assert [body["shown"]["to"] for body in bodies] == ["2.50 RUB"] * 2


def test_an_order_to_be_cancelled_is_shown_by_its_uetr_with_amount_and_parties(
    system: LiveSystem,
) -> None:
    waiting = order(0, 1, "99999.00")
    assert system.bank(0).submit(waiting).json()["status"] == "queued"
    wish = {"kind": "cancel", "uetr": waiting["uetr"]}
    number = system.operator(0).propose(wish).json()["proposal"]
    shown = system.operator(1).get(f"/v1/proposals/{number}").json()["shown"]
    assert shown["order"] == {
        "uetr": waiting["uetr"],
        "amount": "99999.00 KZT",
        "payer": {"bic": BANKS[0], "name": "Bank AAAA"},
        "payee": {"bic": BANKS[1], "name": "Bank BBBB"},
    }
    assert approve(system.operator(1), number).is_success
    assert system.bank(0).get(f"/v1/orders/{waiting['uetr']}").json()["status"] == "cancelled"
    late = system.operator(0).propose(wish)
    assert (late.status_code, late.json()["reason"]) == (422, "ORDER_FINAL")


def test_the_year_2206_is_refused_when_it_is_proposed(system: LiveSystem) -> None:
    wish = {"kind": "extend", "step": "end_of_day", "until": "2206-01-01T00:00:00Z"}
    answer = system.operator(0).propose(wish)
    assert (answer.status_code, answer.json()["reason"]) == (422, "EXTENSION_TOO_LATE")
    for until, status in (("2026-11-24T20:00:00Z", 200), ("2026-11-24T19:00:00Z", 200)):
        assert system.agree(wish | {"until": until}).status_code == status
    assert system.agree({"kind": "withdraw_extension", "step": "end_of_day"}).is_success
    steps = system.operator().get("/v1/day").json()["steps"]
    ends = [one["due"] for one in steps if one["kind"] == "end_of_day"]
    assert ends == ["2026-11-24T18:00:00Z"]
    assert system.verified().difference is None


def test_a_flood_of_proposals_locks_nobody_out_and_the_operator_clears_it(
    system: LiveSystem,
) -> None:
    flooder = system.bank(0)
    batches = system.operator().get("/v1/record/head").json()["batch"]
    attempts = MAX_OF_PARTICIPANTS_PERSON + 3
    answers = [flooder.propose(LIMIT | {"amount": "1.00"}) for _ in range(attempts)]
    taken = [one for one in answers if one.is_success]
    refused = answers[-1]
    assert len(taken) == MAX_OF_PARTICIPANTS_PERSON
    assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_PROPOSALS")
    assert refused.headers["content-type"] == "application/problem+json"
    # What is refused for lack of room leaves nothing in the record.
    head = system.operator().get("/v1/record/head").json()["batch"]
    assert head - batches == MAX_OF_PARTICIPANTS_PERSON
    assert system.agree(LINE | {"amount": "3.00"}).is_success
    assert system.bank(1).propose(LIMIT | {"participant": BANKS[1]}).is_success
    assert system.bank(1).get("/v1/proposals").json()["proposals"][0]["side"] == BANKS[1]
    listed = system.operator(1).get("/v1/proposals").json()["proposals"]
    for one in listed:
        if one["side"] == BANKS[0]:
            assert system.operator(1).reject(one["number"]).is_success
    assert flooder.propose(LIMIT | {"amount": "1.00"}).is_success


def test_proposals_lapse_and_are_not_shown_any_more(system: LiveSystem) -> None:
    number = system.operator(0).propose(LINE | {"amount": "1.00"}).json()["proposal"]
    shown = system.operator(1).get(f"/v1/proposals/{number}").json()["hash"]
    system.move_to(system.clock.now + DAY)
    assert system.operator(1).get("/v1/proposals").json()["proposals"] == []
    late = system.operator(1).approve(number, shown)
    assert (late.status_code, late.json()["reason"]) == (422, "PROPOSAL_LAPSED")
    assert system.verified().difference is None


@pytest.mark.parametrize(
    ("wish", "detail"),
    [
        (LINE, "amount"),
        (LINE | {"amount": "1.00", "uetr": "0" * 8}, "uetr"),
        (LINE | {"amount": "1.00", "step": "end_of_day"}, "step"),
        ({"kind": "extend", "step": "end_of_day"}, "until"),
        ({"kind": "suspend"}, "participant"),
        ({"kind": "withdraw_agreed"}, "proposal"),
    ],
)
def test_fields_that_are_missing_or_of_another_kind_are_named(
    system: LiveSystem, wish: dict[str, object], detail: str
) -> None:
    answer = system.operator(0).propose(wish)
    assert answer.status_code == 422
    assert f"/{detail}" in [one["pointer"] for one in answer.json()["errors"]]


def test_what_is_agreed_on_for_tomorrow_outlives_a_restart(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock, commands_per_snapshot=1) as system:
        wish = LINE | {"amount": "4.00", "effective_on": "2026-11-25"}
        assert system.agree(wish).is_success
        listed = system.operator().get("/v1/proposals").json()["proposals"]
        assert [one["status"] for one in listed] == ["agreed"]
    with live_system(tmp_path, url, clock) as system:
        path = f"/v1/accounts/{BANKS[0]}/RUB"
        assert system.operator().get(path).json()["credit_line"] == "0.00"
        system.move_to(clock.now + DAY)
        assert system.operator().get(path).json()["credit_line"] == "4.00"
        assert system.operator().get("/v1/proposals").json()["proposals"] == []
        assert system.verified().difference is None
