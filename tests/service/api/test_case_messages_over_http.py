"""Messages about cases over HTTP: they open cases and answer, and acts give messages."""

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.reading import read_case_messages
from skontro.messages.cases.writing import write_case_message
from skontro.model import find_currency
from tests.service.systems import (
    BANKS,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("case-messages")
    write_folder(folder)
    with live_system(folder, new_database()) as system:
        yield system


def paid(live: LiveSystem) -> str:
    one = order(amount="10.00")
    assert live.bank(0).submit(one).json()["status"] == "settled"
    return str(one["uetr"])


def message(kind: str, uetr: str, sender: int = 0, **fields: Any) -> CaseMessage:
    given = {
        "message_id": uuid.uuid4().hex,
        "created_at": 1_700_000_000_000_000,
        "assigner": BANKS[sender],
        "assignee": BANKS[1 - sender],
        "uetr": uetr,
        "case": fields.pop("case", uuid.uuid4().hex[:20]),
        "creator": BANKS[0],
    }
    if kind.startswith("camt.11"):
        given |= {"created_at": None, "creator": ""}
    return CaseMessage(name=kind, **(given | fields))


def send(live: LiveSystem, one: CaseMessage, bank: int = 0, person: int = 1) -> httpx.Response:
    return live.bank(bank, person).submit_message(write_case_message(one))


def cases(live: LiveSystem) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = live.operator().get("/v1/cases").json()["cases"]
    return found


def test_a_claim_opens_a_case_once(live: LiveSystem) -> None:
    uetr = paid(live)
    claim = message("camt.027.001.10", uetr, text=("where is it",))
    answer = send(live, claim)
    number = cases(live)[0]["case"]
    assert answer.status_code == 200, answer.text
    assert f"case {number} is open" in answer.text
    again = send(live, claim)
    assert (again.status_code, f"case {number} is open" in again.text) == (200, True)
    assert cases(live)[0]["case"] == number
    shown = live.bank(1).get(f"/v1/cases/{number}").json()
    assert (shown["type"], shown["reference"], shown["order"]["uetr"]) == (
        "non-receipt",
        claim.case,
        uetr,
    )
    opening = shown["history"][0]
    assert opening["text"] == "where is it"
    assert opening["evidence"] == [hashlib.sha256(write_case_message(claim)).hexdigest()]


def test_an_investigation_is_answered_by_message(live: LiveSystem) -> None:
    uetr = paid(live)
    asked = message("camt.110.001.02", uetr, type="OTHR", reason="why so late")
    assert send(live, asked).status_code == 200
    number = cases(live)[0]["case"]
    given = live.bank(1).get(f"/v1/cases/{number}/messages/0")
    (received,) = read_case_messages(given.content)
    assert (received.kind, received.case, received.reason) == (
        "camt.110",
        asked.case,
        "why so late",
    )
    told = message(
        "camt.111.001.03",
        uetr,
        sender=1,
        case=received.case,
        type="OTHR",
        status="CLSD",
        answers=received.message_id,
        text=("it was the weekend",),
    )
    answer = send(live, told, bank=1)
    assert (answer.status_code, f"case {number}: answer" in answer.text) == (200, True)
    shown = live.bank(0).get(f"/v1/cases/{number}").json()
    assert [one["act"] for one in shown["history"]] == ["open", "answer"]
    (back,) = read_case_messages(live.bank(0).get(f"/v1/cases/{number}/messages/1").content)
    assert (back.kind, back.status, back.text) == ("camt.111", "CLSD", ("it was the weekend",))


def test_charges_that_were_taken_open_a_case_without_money(live: LiveSystem) -> None:
    uetr = paid(live)
    taken = message("camt.105.001.03", uetr, currency=find_currency("KZT"), compensation=250)
    answer = send(live, attrs.evolve(taken, creator=""))
    number = cases(live)[0]["case"]
    assert (answer.status_code, f"case {number} is open" in answer.text) == (200, True)
    shown = live.bank(1).get(f"/v1/cases/{number}").json()
    assert (shown["type"], shown["reference"], shown["terms"]) == ("charges", taken.case, None)
    assert shown["history"][0]["text"] == "charges of 2.50 KZT were taken"
    accepted = live.bank(1).send("POST", f"/v1/cases/{number}/acts", {"act": "accept"})
    assert not accepted.is_success
    told = live.bank(1).send("POST", f"/v1/cases/{number}/acts", {"act": "answer"})
    assert told.status_code == 201
    done = live.bank(0).send("POST", f"/v1/cases/{number}/acts", {"act": "accept"})
    assert done.status_code == 201
    assert cases(live)[0]["outcome"] == "answered"


def test_a_recall_by_camt_056_is_accepted_by_camt_029_of_two_people(live: LiveSystem) -> None:
    uetr = paid(live)
    asked = message("camt.056.001.08", uetr, reason="DUPL")
    asked = attrs.evolve(asked, case="", creator="")
    answer = send(live, asked)
    number = cases(live)[0]["case"]
    assert answer.status_code == 200
    assert "<TxCxlSts>PDCR</TxCxlSts>" in answer.text
    assert f"case {number} asks the payee for it" in answer.text
    (received,) = read_case_messages(live.bank(1).get(f"/v1/cases/{number}/messages/0").content)
    assert (received.kind, received.reason, received.uetr) == ("camt.056", "DUPL", uetr)
    told = message(
        "camt.029.001.09",
        uetr,
        sender=1,
        case=received.case,
        status="CNCL",
        principal=1_000,
        currency=received.currency,
    )
    answer = send(live, told, bank=1)
    assert f"case {number}: accept, when a second person approves" in answer.text
    (proposal,) = live.bank(1, 2).get("/v1/proposals").json()["proposals"][-1:]
    assert approve(live.bank(1, 2), proposal["number"]).status_code == 200
    assert cases(live)[0]["state"] == "payment due"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"uetr": "8a562c67-ca16-48ba-b074-65581be6f011"}, "NARR"),
        ({"assigner": BANKS[2]}, f"the message is of {BANKS[2]}, and {BANKS[0]} sent it"),
    ],
)
def test_messages_that_open_no_case(live: LiveSystem, changes: dict[str, Any], fault: str) -> None:
    one = attrs.evolve(message("camt.027.001.10", paid(live)), **changes)
    answer = send(live, one)
    assert answer.status_code == 422
    assert fault in answer.text


def test_answers_to_no_case_or_by_another_bank(live: LiveSystem) -> None:
    uetr = paid(live)
    told = message("camt.029.001.09", uetr, sender=1, case="unknown", status="INFO")
    answer = send(live, told, bank=1)
    assert (answer.status_code, "no case unknown of" in answer.text) == (422, True)
    claim = message("camt.027.001.10", uetr)
    send(live, claim)
    other = attrs.evolve(told, case=claim.case, assigner=BANKS[2], message_id="Z")
    answer = send(live, other, bank=2)
    assert (answer.status_code, f"no case {claim.case} of" in answer.text) == (422, True)


def test_acts_without_message_and_other_callers(live: LiveSystem) -> None:
    send(live, message("camt.027.001.10", paid(live)))
    number = cases(live)[0]["case"]
    for place in (1, 9):
        answer = live.bank(0).get(f"/v1/cases/{number}/messages/{place}")
        assert answer.status_code == 404
        assert f"act {place} of case {number} has no message" in answer.text
    assert live.bank(2).get(f"/v1/cases/{number}/messages/0").status_code == 404
    shown = live.operator().get(f"/v1/cases/{number}/messages/0")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/xml")
