"""Who asked and who decided, from batches of the record."""

import json
from typing import Any

import pytest

from skontro.ledger import Entry, make_entry, request_rows
from skontro.ledger.decision_history import MOST_REMEMBERED, DecisionHistory
from skontro.ledger.entry import NO_HASH
from skontro.model import NO_DIGEST, ReasonCode
from skontro.model.text import canonical_text
from skontro.system import Batch, BatchKind, Person
from skontro.system.document_text import document_hash

ANNA, BORIS = Person("Anna", "operator"), Person("Boris", "operator")
UETR = "5f1a7f0e-8a1c-4c0e-9a55-0d6a3f1f2b3c"


def entry(number: int, kind: BatchKind, body: dict[str, Any]) -> Entry:
    requests = request_rows([(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
    return make_entry(number, Batch(kind, 10 * number, body=json.dumps(body)), requests, NO_HASH)


def document(number: int, uetr: str = "") -> dict[str, Any]:
    named = {"order": {"uetr": uetr}} if uetr else {}
    asked = {"name": ANNA.name, "side": ANNA.side}
    return named | {"proposal": number, "action": "suspend", "proposed_by": asked}


def decision(
    batch: int, kind: str, number: int, person: Person = ANNA, reason: int = 0, **more: Any
) -> Entry:
    made: dict[str, Any] = {"kind": kind, "person": {"name": person.name, "side": person.side}}
    body = {"decision": made, "proposal": number, "reason": reason}
    return entry(batch, BatchKind.DECISION, body | more)


def history(*entries: Entry, most: int = 100) -> DecisionHistory:
    found = DecisionHistory(most)
    for one in entries:
        found.add(one)
    return found


def test_a_proposal_is_open_until_somebody_decides() -> None:
    asked = decision(3, "propose", 7, shown=document(7, UETR))
    found = history(asked).get(7)
    assert found is not None
    assert (found.action, found.uetr, found.asked_by) == ("suspend", UETR, ANNA)
    assert (found.asked_at, found.shown_in, found.status) == (30, 3, "open")
    assert (found.decided_by, found.decided_at, found.batch) == (None, None, None)
    assert found.hash == document_hash(canonical_text(document(7, UETR)))


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [("approve", 0, "approved"), ("approve", 36, "failed"), ("reject", 0, "rejected")],
)
def test_a_decision_names_the_person_who_decided(kind: str, reason: int, status: str) -> None:
    shown = {"shown": document(7)} if kind == "approve" else {}
    asked = decision(3, "propose", 7, shown=document(7))
    found = history(asked, decision(5, kind, 7, BORIS, reason, **shown)).get(7)
    assert found is not None
    assert (found.status, found.reason) == (status, ReasonCode(reason))
    assert (found.asked_by, found.asked_at, found.shown_in) == (ANNA, 30, 3)
    assert (found.decided_by, found.decided_at, found.batch) == (BORIS, 50, 5)


def test_a_refused_decision_leaves_the_proposal_open() -> None:
    asked = decision(3, "propose", 7, shown=document(7))
    for kind in ("approve", "reject"):
        refused = decision(5, kind, 7, BORIS, int(ReasonCode.HASH_DIFFERS))
        assert history(asked, refused).get(7) == history(asked).get(7)
    refused = decision(3, "propose", -1, reason=int(ReasonCode.FIELD_MALFORMED))
    assert history(refused).newest() == []


def test_a_decision_is_known_without_the_request_before_it() -> None:
    found = history(decision(5, "approve", 7, BORIS, shown=document(7, UETR))).get(7)
    assert found is not None
    assert (found.asked_by, found.asked_at, found.shown_in) == (ANNA, None, 5)
    assert (found.status, found.decided_by) == ("approved", BORIS)
    unknown = history(decision(5, "reject", 7, BORIS)).get(7)
    assert unknown is not None
    assert (unknown.asked_by, unknown.hash, unknown.status) == (None, "", "rejected")


def test_one_person_alone_is_shown_as_such() -> None:
    found = history(decision(5, "revoke", 7, shown=document(7))).get(7)
    assert found is not None
    assert (found.status, found.asked_by, found.decided_by) == ("alone", ANNA, ANNA)


def test_an_agreed_action_that_fails_on_its_day_is_shown_so() -> None:
    agreed = [decision(3, "propose", 7, shown=document(7))]
    agreed.append(decision(5, "approve", 7, BORIS, shown=document(7)))
    for reason, status in ((0, "approved"), (36, "failed")):
        body = {"kind": "start", "agreed": [{"proposal": 7, "reason": reason}]}
        found = history(*agreed, entry(9, BatchKind.STEP, body)).get(7)
        assert found is not None
        assert (found.status, found.reason, found.batch) == (status, ReasonCode(reason), 5)
    for other in ({"kind": "open"}, {"kind": "start"}):
        kept = history(*agreed, entry(9, BatchKind.STEP, other))
        assert kept.newest() == history(*agreed).newest()
    unknown = {"kind": "start", "agreed": [{"proposal": 8, "reason": 36}]}
    assert history(*agreed, entry(9, BatchKind.STEP, unknown)).get(8) is None
    assert history(entry(9, BatchKind.GENESIS, {})).newest() == []


def test_proposals_about_an_order_are_found_and_the_oldest_forgotten() -> None:
    entries = [
        decision(1, "propose", 0, shown=document(0, UETR)),
        decision(2, "propose", 1, shown=document(1)),
        decision(3, "propose", 2, shown=document(2, UETR)),
        decision(4, "reject", 0, BORIS),
    ]
    found = history(*entries)
    assert [one.number for one in found.newest()] == [2, 1, 0]
    assert [one.number for one in found.about(UETR)] == [0, 2]
    assert [one.status for one in found.about(UETR)] == ["rejected", "open"]
    assert found.about("other") == []
    assert [one.number for one in history(*entries, most=3).newest()] == [2, 1, 0]
    fewer = history(*entries[:3], most=2)
    assert [one.number for one in fewer.newest()] == [2, 1]
    assert [one.number for one in fewer.about(UETR)] == [2]
    last = history(*entries[:2], most=1)
    assert (last.get(0), last.about(UETR), last._of_order) == (None, [], {})
    assert MOST_REMEMBERED == 10_000
