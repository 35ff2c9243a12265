"""Cases from their opening to their end, step by step, in a system with a calendar."""

import json

import pytest

from skontro.system import OPERATOR, SettlementSystem
from skontro.system.cases import turn
from skontro.system.cases.case_table import DAYS, CaseState, Outcome
from tests.system.cases.running import DIGEST, RULES, A, B, C, Running, settled, terms


def opened(**fields: object) -> Running:
    running = Running()
    given = {"type": "recall", "order": settled(), "terms": terms(50_000)} | fields
    assert running.open(A, **given) == "NONE"
    return running


def test_a_recall_that_is_accepted_is_paid_back_by_an_order() -> None:
    running = opened()
    case = running.case()
    assert (case.claimant, case.respondent, case.owner_side) == (A, B, B)
    assert (case.state, case.due) == (CaseState.ANSWER_DUE, "2026-12-08")
    assert running.act(B, 0, "accept") == "NONE"
    case = running.case()
    assert (case.state, case.owner_side, case.due) == (CaseState.PAYMENT_DUE, B, "2026-12-22")
    before = running.balance(A), running.balance(B)
    (batch,) = running.pay_due()
    assert (running.balance(A), running.balance(B)) == (before[0] + 50_000, before[1] - 50_000)
    case = running.case()
    assert (case.state, case.outcome, case.due, case.owner) == (
        CaseState.CLOSED,
        Outcome.PAID,
        "",
        None,
    )
    (note,) = json.loads(batch.body)["cases"]
    assert (note["act"], note["outcome"], note["paid"]) == ("paid", "paid", 50_000)
    assert running.act(B, 0, "accept") == "CASE_ENDED"


def test_silence_leads_upward_and_ends_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "DAYS", dict.fromkeys(DAYS, 1))
    running = opened(type="return")  # five business days for the answer, and then one each
    states, dues = [], []
    for _ in range(20):
        running.days(1)
        if not states or states[-1] != running.case().state:
            states.append(running.case().state)
            dues.append(running.case().due)
    assert states == [
        CaseState.ANSWER_DUE,
        CaseState.BEFORE_OPERATOR,
        CaseState.IN_MEDIATION,
        CaseState.IN_ARBITRATION,
        CaseState.CLOSED,
    ]
    assert dues == ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", ""]
    assert running.case().outcome == Outcome.DISMISSED


def test_all_the_way_to_an_award() -> None:
    running = opened()
    assert running.act(B, 0, "refuse", reason="CUST") == "NONE"
    assert running.act(A, 0, "escalate") == "NONE"
    assert running.act(OPERATOR, 0, "award", terms=terms(30_000)) == "NONE"
    assert running.act(B, 0, "escalate") == "NONE"
    assert running.act(OPERATOR, 0, "propose", terms=terms(20_000)) == "FIELD_MISSING"
    evidence = {"evidence": (DIGEST,)}
    assert running.act(OPERATOR, 0, "propose", terms=terms(20_000), **evidence) == "NONE"
    assert running.act(A, 0, "accept") == "NONE"
    assert running.act(B, 0, "decline") == "NONE"
    assert running.act(OPERATOR, 0, "award", terms=terms(40_000), **evidence) == "NONE"
    running.pay_due()
    assert running.case().outcome == Outcome.PAID
    assert running.balance(A) == 1_040_000


def test_a_stranger_sees_no_case_and_a_party_only_its_acts() -> None:
    running = opened()
    assert running.act(C, 0, "accept") == "CASE_UNKNOWN"
    assert running.act(A, 1, "accept") == "CASE_UNKNOWN"
    assert running.act(A, 0, "accept") == "CASE_ACT_NOT_EXPECTED"
    assert running.act(OPERATOR, 0, "award", terms=terms(1)) == "CASE_ACT_NOT_EXPECTED"


def test_no_delay_is_compensated_twice() -> None:
    running = Running()
    claim = {"type": "value date", "order": settled(), "terms": terms(0, 100)}
    assert running.open(B, **claim) == "NONE"
    late = claim | {"type": "late leg"}
    assert running.open(B, **late) == "DELAY_COMPENSATED"
    other = {"due_on": "2026-11-23", "settled_on": "2026-11-24"}
    assert running.open(B, **(late | {"terms": terms(0, 7, **other)})) == "NONE"
    assert running.act(A, 0, "accept") == "NONE"
    running.pay_due()
    assert running.open(B, **(claim | {"type": "non-receipt"})) == "DELAY_COMPENSATED"
    assert running.act(B, 1, "withdraw") == "NONE"
    assert running.open(B, **(late | {"terms": terms(0, 7, **other)})) == "NONE"


def test_the_state_is_the_same_after_a_snapshot() -> None:
    running = opened()
    running.act(B, 0, "accept")
    again = SettlementSystem(RULES)
    again.restore(running.system.snapshot())
    assert again.snapshot() == running.system.snapshot()
    running.pay_due()
    replayed = SettlementSystem(RULES)
    for batch in running.batches:
        assert replayed.replay(batch).body == batch.body
    assert replayed.snapshot() == running.system.snapshot()
