"""Orders, requests and what is told of them, through the API of a real service."""

from pathlib import Path

import pytest

from skontro.ledger.keys import public_key
from skontro.model.signatures import is_signed
from tests.service.systems import (
    BANKS,
    Clock,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)


def test_an_order_settles_and_shows_in_balances_and_statements(system: LiveSystem) -> None:
    before = system.bank(1).get(f"/v1/accounts/{BANKS[1]}/RUB").json()
    sent = order(2, 1, "123.45", "RUB")
    answer = system.bank(2).submit(sent)
    assert (answer.status_code, answer.json()["status"]) == (201, "settled")
    after = system.bank(1).get(f"/v1/accounts/{BANKS[1]}/RUB").json()
    assert float(after["balance"]) - float(before["balance"]) == pytest.approx(123.45)
    statement = system.bank(1).get(f"/v1/accounts/{BANKS[1]}/RUB/statement").json()
    entry = statement["entries"][-1]
    assert (entry["uetr"], entry["counterparty"]) == (sent["uetr"], BANKS[2])
    assert (entry["credit"], entry["debit"], entry["balance"]) == ("123.45", None, after["balance"])
    shown = system.bank(1).get(f"/v1/orders/{sent['uetr']}").json()
    assert (shown["status"], shown["amount"], shown["payer"]) == ("settled", "123.45", BANKS[2])


def test_statements_page_through_to_the_same_entries(system: LiveSystem) -> None:
    for _ in range(7):
        system.bank(0).submit(order(0, 2, "0.01"))
    path = f"/v1/accounts/{BANKS[0]}/KZT/statement"
    whole = system.bank(0).get(path, limit=1000).json()
    paged, after = [], "0.0"
    while after is not None:
        page = system.bank(0).get(path, limit=2, after=after).json()
        paged += page["entries"]
        after = page["next"]
    assert paged == whole["entries"]


def test_the_same_order_gets_the_same_answer_and_another_one_a_conflict(system: LiveSystem) -> None:
    sent = order(amount="1.00")
    first = system.bank(0).submit(sent, key="a-1")
    again = system.bank(0).submit(sent, key="a-1")
    without_key = system.bank(0).submit(sent)
    assert first.json() == again.json() == without_key.json()
    other = system.bank(0).submit({**sent, "amount": "2.00"})
    assert (other.status_code, other.json()["reason"]) == (409, "DUPLICATE_ORDER")
    same_key = system.bank(0).submit(order(amount="1.00"), key="a-1")
    assert same_key.status_code == 409
    assert same_key.headers["content-type"] == "application/problem+json"


def test_the_answer_stays_the_same_after_the_order_has_moved_on(system: LiveSystem) -> None:
    blocked = order(1, 0, "50000.00")
    first = system.bank(1).submit(blocked).json()
    assert first["status"] == "queued"
    cancelled = system.bank(1).send("POST", f"/v1/orders/{blocked['uetr']}/cancellation")
    assert cancelled.status_code == 200
    assert system.bank(1).submit(blocked).json() == first
    shown = system.bank(1).get(f"/v1/orders/{blocked['uetr']}").json()
    assert (shown["status"], shown["reason"]) == ("cancelled", "CANCELLED_BY_PARTICIPANT")


def test_a_batch_is_recorded_whole_or_not_at_all(system: LiveSystem) -> None:
    good = [order(amount="0.10") for _ in range(5)]
    bad = {**order(), "amount": "0.001"}
    refused = system.bank(0).submit_batch([*good, bad])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/orders/5/amount"
    for one in good:
        assert system.bank(0).get(f"/v1/orders/{one['uetr']}").status_code == 404
    taken = system.bank(0).submit_batch(good)
    assert [one["uetr"] for one in taken.json()["orders"]] == [one["uetr"] for one in good]
    half_new = system.bank(0).submit_batch([good[0], order()])
    assert half_new.status_code == 409


def test_queue_moves_classes_and_reservations(system: LiveSystem) -> None:
    bank = system.bank(2)
    sent = [order(2, 0, "60000.00", "KZT") for _ in range(3)]
    for one in sent:
        assert bank.submit(one).json()["status"] == "queued"
    account = f"/v1/accounts/{BANKS[2]}/KZT"

    def queue() -> list[str]:
        return [one["uetr"] for one in bank.get(f"{account}/queue").json()["orders"]]

    assert queue() == [one["uetr"] for one in sent]
    third = sent[2]["uetr"]
    assert bank.send("PUT", f"/v1/orders/{third}/position", {"position": "front"}).is_success
    assert queue() == [third, sent[0]["uetr"], sent[1]["uetr"]]
    second = sent[1]["uetr"]
    change = {"payment_class": "urgent"}
    assert bank.send("PUT", f"/v1/orders/{second}/payment-class", change).is_success
    assert queue() == [second, third, sent[0]["uetr"]]
    assert bank.get(f"/v1/orders/{second}").json()["payment_class"] == "urgent"
    until = {"latest_at": "2026-11-24T13:00:00Z"}
    assert bank.send("PUT", f"/v1/orders/{second}/times", until).is_success
    shown = bank.get(f"/v1/orders/{second}").json()
    assert (shown["earliest_at"], shown["latest_at"]) == (None, until["latest_at"])
    nothing = bank.send("PUT", f"/v1/orders/{second}/times", {})
    assert (nothing.status_code, nothing.json()["reason"]) == (422, "NOTHING_TO_CHANGE")
    early = {"earliest_at": "2026-11-24T12:59:00Z"}
    entered = bank.send("PUT", f"/v1/orders/{second}/times", early)
    assert (entered.status_code, entered.json()["reason"]) == (422, "ORDER_HAS_ENTERED")
    assert bank.get(f"/v1/orders/{second}").json() == shown
    reserved = bank.send("PUT", f"{account}/reservations/urgent", {"amount": "1.00"})
    assert reserved.is_success
    for one in sent:
        bank.send("POST", f"/v1/orders/{one['uetr']}/cancellation")
    assert queue() == []
    final = bank.send("POST", f"/v1/orders/{third}/cancellation")
    assert (final.status_code, final.json()["reason"]) == (422, "ORDER_FINAL")


def test_linked_legs_settle_together(system: LiveSystem) -> None:
    tenge, rouble = order(0, 1, "5.00", "KZT"), order(1, 0, "7.00", "RUB")
    tenge["counterleg"], rouble["counterleg"] = rouble["uetr"], tenge["uetr"]
    first = system.bank(0).submit(tenge).json()
    assert (first["status"], first["reason"]) == ("held", "AWAITS_COUNTERLEG")
    assert system.bank(1).submit(rouble).json()["status"] == "settled"
    assert system.bank(0).get(f"/v1/orders/{tenge['uetr']}").json()["status"] == "settled"
    stranger = {**order(1, 0, "7.00", "RUB"), "counterleg": tenge["uetr"]}
    answer = system.bank(1).submit(stranger).json()
    assert (answer["status"], answer["reason"]) == ("rejected", "COUNTERLEG_MISMATCH")


def test_lists_page_and_show_each_only_its_own(system: LiveSystem) -> None:
    uetrs, after = [], 0
    while after is not None:
        page = system.bank(0).get("/v1/orders", after=after, limit=3).json()
        assert len(page["orders"]) <= 3
        for one in page["orders"]:
            assert BANKS[0] in (one["payer"], one["payee"])
            uetrs.append(one["uetr"])
        after = page["next"]
    everything = system.operator().get("/v1/orders", limit=1000).json()["orders"]
    mine = [one["uetr"] for one in everything if BANKS[0] in (one["payer"], one["payee"])]
    assert uetrs == mine


def test_two_persons_change_a_credit_line(system: LiveSystem) -> None:
    wish = {
        "kind": "set_credit_line",
        "participant": BANKS[0],
        "currency": "KZT",
        "amount": "500.00",
    }
    number = system.operator(0).propose(wish).json()["proposal"]
    path = f"/v1/accounts/{BANKS[0]}/KZT"
    alone = approve(system.operator(0), number)
    assert (alone.status_code, alone.json()["reason"]) == (422, "SECOND_PERSON_NEEDED")
    assert system.bank(0).get(path).json()["credit_line"] == "0.00"
    assert approve(system.operator(1), number).is_success
    assert system.bank(0).get(path).json()["credit_line"] == "500.00"
    late = approve(system.operator(1), number)
    assert (late.status_code, late.json()["reason"]) == (422, "PROPOSAL_DECIDED")


def test_two_persons_of_a_participant_set_its_limit(system: LiveSystem) -> None:
    wish = {"kind": "set_bilateral_limit", "participant": BANKS[1], "currency": "RUB"}
    wish |= {"counterparty": BANKS[0], "amount": "1.00"}
    number = system.bank(1, 1).propose(wish).json()["proposal"]
    assert approve(system.operator(0), number).json()["reason"] == "SECOND_PERSON_NEEDED"
    assert approve(system.bank(0, 1), number).json()["reason"] == "PROPOSAL_UNKNOWN"
    assert approve(system.bank(1, 2), number).is_success
    assert system.bank(1).submit(order(1, 0, "2.00", "RUB")).json()["status"] == "queued"


def test_a_suspended_participant_neither_pays_nor_is_paid(system: LiveSystem) -> None:
    for kind, expected in (("suspend", "rejected"), ("resume", "settled")):
        number = system.operator(0).propose({"kind": kind, "participant": BANKS[2]}).json()
        assert approve(system.operator(1), number["proposal"]).is_success
        for answer in (
            system.bank(2).submit(order(2, 0, "0.01", "RUB")).json(),
            system.bank(0).submit(order(0, 2, "0.01", "RUB")).json(),
        ):
            assert answer["status"] == expected


def test_the_record_of_all_this_verifies(system: LiveSystem) -> None:
    found = system.verified()
    assert found.difference is None
    assert found.head == system.operator().get("/v1/record/head").json()["hash"]


def test_the_head_is_signed_from_the_start(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    for _ in range(2):
        with live_system(tmp_path, url, clock) as system:
            head = system.operator().get("/v1/record/head").json()
            key = public_key(head["public_key"])
            signature = bytes.fromhex(head["signature"])
            assert is_signed(key, bytes.fromhex(head["hash"]), signature)
