"""Refusals of openings, acts, terms and rules: the reason, and the exact limits."""

from typing import Any

import pytest

from skontro.model import InputError, OrderStatus
from skontro.system import OPERATOR, Action, ActionKind, Decision, DecisionKind, NotPermitted
from skontro.system.cases import checks
from skontro.system.cases.case import CaseTerms, Delay
from skontro.system.cases.case_rules import MAX_HOLIDAYS, CaseRules, CountryCalendar
from skontro.system.cases.case_table import CaseAct
from skontro.system.cases.inputs import (
    MAX_EVIDENCE,
    ActInCase,
    Opening,
    date_of,
    input_document,
    read_act,
    read_opening,
)
from tests.system.cases.running import (
    DIGEST,
    A,
    B,
    C,
    Running,
    people,
    settled,
    terms,
    uetr,
)


@pytest.fixture(scope="module")
def running() -> Running:
    """A system with no case; the refused openings leave it so."""
    return Running()


@pytest.mark.parametrize(
    ("side", "fields", "reason"),
    [
        (A, {"type": "recall"}, "FIELD_MISSING"),
        (A, {"type": "recall", "order": settled(), "currency": "KZT"}, "FIELD_MALFORMED"),
        (A, {"type": "outage", "order": settled()}, "FIELD_MALFORMED"),
        (A, {"type": "outage"}, "NO_SETTLEMENT_ACCOUNT"),
        (A, {"type": "outage", "currency": "XOF"}, "NO_SETTLEMENT_ACCOUNT"),
        (A, {"type": "outage", "currency": "KZT", "claimant": B}, "CASE_NOT_FOR_ORDER"),
        (OPERATOR, {"type": "outage", "currency": "KZT"}, "UNKNOWN_PARTICIPANT"),
        (OPERATOR, {"type": "recall", "claimant": A, "order": settled()}, "CASE_NOT_FOR_ORDER"),
        (B, {"type": "recall", "order": settled()}, "CASE_NOT_FOR_ORDER"),
        (C, {"type": "charges", "order": settled()}, "CASE_NOT_FOR_ORDER"),
        (A, {"type": "value date", "order": settled()}, "CASE_NOT_FOR_ORDER"),
        (A, {"type": "recall", "order": settled(payee="ZZZZKZK0")}, "UNKNOWN_PARTICIPANT"),
        (A, {"type": "recall", "order": settled(payee=A)}, "SAME_ACCOUNT"),
        (A, {"type": "recall", "order": settled(currency="XOF")}, "NO_SETTLEMENT_ACCOUNT"),
        (
            A,
            {"type": "recall", "order": settled(status=OrderStatus.QUEUED)},
            "CASE_NOT_FOR_ORDER",
        ),
        (A, {"type": "cancellation", "order": settled()}, "CASE_NOT_FOR_ORDER"),
        # 396 calendar days before 24 November 2026 is 24 October 2025.
        (A, {"type": "recall", "order": settled(date="2025-10-23")}, "CASE_NOT_FOR_ORDER"),
    ],
)
def test_openings_that_are_refused(
    running: Running, side: str, fields: dict[str, Any], reason: str
) -> None:
    assert running.open(side, **fields) == reason
    assert running.system.cases.count == 0


@pytest.mark.parametrize(
    ("kind", "named", "reason"),
    [
        ("recall", CaseTerms(50_001), "CASE_AMOUNT_TOO_LARGE"),
        ("recall", CaseTerms(), "AMOUNT_NOT_POSITIVE"),
        ("recall", CaseTerms(10**18 - 1, 1), "AMOUNT_TOO_LARGE"),
        ("status", CaseTerms(1), "FIELD_MALFORMED"),
        ("non-receipt", CaseTerms(1), "CASE_AMOUNT_TOO_LARGE"),
        ("non-receipt", CaseTerms(0, 1), "FIELD_MISSING"),
        ("non-receipt", terms(0, 1, number=2), "FIELD_MALFORMED"),
        ("charges", terms(0, 1), "FIELD_MALFORMED"),
        ("charges", CaseTerms(0, 1, scheme="target"), "FIELD_MALFORMED"),
        ("recall", CaseTerms(1, 0, terms(0, 1).delays), "FIELD_MALFORMED"),
        (
            "non-receipt",
            CaseTerms(0, 1, (*terms(0, 1).delays, *terms(0, 1).delays)),
            "DELAY_COMPENSATED",
        ),
    ],
)
def test_terms_that_are_refused(running: Running, kind: str, named: CaseTerms, reason: str) -> None:
    assert running.open(A, type=kind, order=settled(), terms=named) == reason


def test_the_last_terms_and_dates_that_are_taken() -> None:
    running = Running()
    first = settled(date="2025-10-24")
    assert running.open(A, type="recall", order=first, terms=terms(50_000)) == "NONE"
    assert running.open(A, type="duplicate", order=first, terms=terms(1)) == (
        "CASE_AMOUNT_TOO_LARGE"
    )
    assert running.open(B, type="charges", order=first, terms=CaseTerms(0, 10**18 - 1)) == "NONE"
    assert running.open(A, type="amount", order=settled(2), terms=terms(49_999)) == "NONE"
    assert running.open(A, type="duplicate", order=settled(2), terms=terms(1)) == "NONE"
    # The respondent offers no more than what no other case names, itself left out.
    assert running.act(B, 2, "offer", terms=terms(50_000)) == "CASE_AMOUNT_TOO_LARGE"
    assert running.act(B, 2, "offer", terms=terms(49_999)) == "NONE"


def test_one_reference_of_a_side_and_one_open_case_of_a_type_about_an_order() -> None:
    running = Running()
    assert running.open(A, reference="R", type="recall", order=settled()) == "NONE"
    assert running.open(A, reference="R", type="status", order=settled()) == "CASE_KNOWN"
    assert running.open(A, reference="S", type="recall", order=settled()) == "CASE_KNOWN"
    assert running.open(B, reference="R", type="status", order=settled()) == "NONE"
    assert running.act(A, 0, "withdraw") == "NONE"
    assert running.open(A, reference="S", type="recall", order=settled()) == "NONE"
    assert running.open(A, reference="R", type="status", order=settled(2)) == "CASE_KNOWN"


def test_limits_of_open_cases_and_of_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running()
    monkeypatch.setattr(checks, "MAX_OPEN", 2)
    monkeypatch.setattr(checks, "MAX_OPEN_OF_OPERATOR", 3)
    monkeypatch.setattr(checks, "MAX_ACTS", 3)
    for number, answer in ((1, "NONE"), (2, "NONE"), (3, "TOO_MANY_CASES")):
        assert running.open(A, type="recall", order=settled(number)) == answer
    outage = {"type": "outage", "currency": "KZT", "claimant": C}
    assert [running.open(OPERATOR, **outage) for _ in range(4)] == [
        "NONE",
        "NONE",
        "NONE",
        "TOO_MANY_CASES",
    ]
    more = {"evidence": (DIGEST,)}
    assert [running.act(B, 0, "add evidence", **more) for _ in range(3)] == [
        "NONE",
        "NONE",
        "TOO_MANY_CASES",
    ]
    assert running.act(B, 0, "refuse") == "TOO_MANY_CASES"
    assert running.act(A, 0, "withdraw") == "NONE"  # it ends the case


def test_acts_that_are_refused() -> None:
    running = Running()
    assert running.open(A, type="recall", order=settled()) == "NONE"
    assert running.act(B, 0, "accept") == "FIELD_MISSING"  # nothing was claimed
    assert running.act(B, 0, "offer") == "FIELD_MISSING"
    assert running.act(B, 0, "refuse", terms=terms(1)) == "FIELD_MALFORMED"
    assert running.act(B, 0, "refuse", seen=2) == "CASE_ACT_NOT_EXPECTED"
    assert running.act(B, 0, "add evidence") == "FIELD_MISSING"
    assert running.act(B, 0, "add evidence", evidence=(DIGEST,), seen=7) == "NONE"
    for _ in range(2):
        assert running.act(B, 0, "ask") == "NONE"
        assert running.act(A, 0, "inform") == "NONE"
    assert running.act(B, 0, "ask") == "CASE_ACT_NOT_EXPECTED"
    assert running.open(A, type="status", order=settled()) == "NONE"
    assert running.act(B, 1, "offer", terms=terms(1)) == "CASE_ACT_NOT_EXPECTED"


def test_the_operator_pays_from_the_account_that_is_agreed() -> None:
    running = Running()
    outage = {"type": "outage", "currency": "KZT"}
    assert running.open(C, **outage) == "NONE"
    offer = {"terms": terms(0, 700)}
    assert running.act(OPERATOR, 0, "offer", **offer) == "NO_SETTLEMENT_ACCOUNT"
    rules = CaseRules(operator_account=C).to_document()
    assert running.agree("set_case_rules", case_rules=rules) == "NONE"
    assert running.act(OPERATOR, 0, "offer", **offer) == "SAME_ACCOUNT"
    rules = CaseRules("target", A).to_document()
    assert running.agree("set_case_rules", case_rules=rules) == "NONE"
    assert running.agree("set_case_rules", case_rules=rules) == "NOTHING_TO_CHANGE"
    assert running.act(OPERATOR, 0, "offer", **offer) == "SCHEME_NOT_AGREED"
    offer = {"terms": terms(0, 700, scheme="target")}
    assert running.act(OPERATOR, 0, "offer", **offer) == "NONE"
    assert running.act(C, 0, "accept") == "NONE"
    running.pay_due()
    assert (running.balance(A), running.balance(C)) == (1_000_000 - 700, 1_000_000 + 700)


def test_one_person_does_not_commit_and_the_operator_does_not_act_for_a_bank() -> None:
    running = Running()
    assert running.open(A, type="recall", order=settled(), terms=terms(5)) == "NONE"
    accept = input_document(ActInCase(0, "accept", 1))  # type: ignore[arg-type]
    assert running.alone(B, ActionKind.ACT_IN_CASE, accept) == "SECOND_PERSON_NEEDED"
    with pytest.raises(NotPermitted, match="decide_case needs two people"):
        running.alone(B, ActionKind.DECIDE_CASE, accept)
    anna, _ = people(OPERATOR)
    action = Action("decide_case", participant=B, case=accept)  # type: ignore[arg-type]
    assert running._decided(Decision(DecisionKind.PROPOSE, anna, action))[0] == (
        "SECOND_PERSON_NEEDED"
    )
    clara, _ = people(A)
    assert running._decided(Decision(DecisionKind.PROPOSE, clara, action))[0] == (
        "SECOND_PERSON_NEEDED"
    )
    limit = Action("set_credit_line", participant=A, currency="KZT", amount=1)  # type: ignore[arg-type]
    with pytest.raises(NotPermitted, match="needs two people"):
        running.system.decide(running.now, Decision(DecisionKind.ACT, anna, limit))


def test_an_act_approved_after_the_case_has_changed_has_no_effect() -> None:
    running = Running()
    assert running.open(A, type="recall", order=settled(), terms=terms(5)) == "NONE"
    clara, dana = people(B)
    accept = input_document(ActInCase(0, "accept", 1))  # type: ignore[arg-type]
    action = Action("decide_case", participant=B, case=accept)  # type: ignore[arg-type]
    reason, number = running._decided(Decision(DecisionKind.PROPOSE, clara, action))
    assert reason == "NONE"
    proposal = running.system.four_eyes.open[-1]
    assert running.act(B, 0, "refuse") == "NONE"
    late = Decision(DecisionKind.APPROVE, dana, proposal=number, hash=proposal.hash)
    assert running._decided(late)[0] == "CASE_ACT_NOT_EXPECTED"
    assert running.case().state == "answered"


def test_a_party_of_an_open_case_does_not_leave() -> None:
    running = Running()
    assert running.open(A, type="recall", order=settled()) == "NONE"
    date = {"effective_on": "2026-11-25"}
    assert running.agree("exit", participant=B, **date) == "CASES_OPEN"
    assert running.act(A, 0, "withdraw") == "NONE"
    assert running.agree("exit", participant=B, **date) == "NONE"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reference": ""}, "reference: one line of 1 to 35"),
        ({"reference": "x" * 36}, "reference: one line of 1 to 35"),
        ({"reason": "x" * 36}, "reason: one line of up to 35"),
        ({"text": "x" * 1_001}, "text: one line of up to 1000"),
        ({"text": "a\nb"}, "text: one line"),
        ({"evidence": ("ab",)}, "evidence: up to 20 SHA-256"),
        ({"evidence": (DIGEST,) * (MAX_EVIDENCE + 1)}, "evidence: up to 20 SHA-256"),
        ({"terms": CaseTerms(-1, 2)}, "principal: 0 to "),
        ({"terms": CaseTerms(0, 10**18)}, "compensation: 0 to "),
        (
            {"terms": CaseTerms(0, 1, (Delay(uetr(1), "2026-11-21", "2026-11-20"),))},
            "before due_on",
        ),
        ({"terms": CaseTerms(0, 1, (Delay(uetr(1), "20261121", "2026-11-21"),))}, "is not a date"),
        ({"order": settled(amount=0)}, "order: amount: 1 to "),
    ],
)
def test_fields_that_cannot_be_read(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Opening(**({"reference": "R", "type": "recall"} | fields))


def test_the_longest_fields_are_read_and_documents_keep_all() -> None:
    opening = Opening(
        reference="x" * 35,
        type="recall",  # type: ignore[arg-type]
        order=settled(),
        terms=terms(1, 2),
        reason="y" * 35,
        text="z" * 1_000,
        evidence=(DIGEST,) * MAX_EVIDENCE,
    )
    read = read_opening(input_document(opening))
    assert (read.reference, read.order, read.terms) == ("x" * 35, settled(), terms(1, 2))
    assert (read.reason, read.text, read.evidence) == (
        "y" * 35,
        "z" * 1_000,
        (DIGEST,) * MAX_EVIDENCE,
    )
    act = ActInCase(7, "offer", 3, terms(1))  # type: ignore[arg-type]
    assert read_act(input_document(act)).terms == terms(1)
    assert read_act(input_document(act)).act is CaseAct.OFFER
    with pytest.raises(InputError, match="unheard"):
        read_opening({"reference": "R", "type": "unheard of"})
    for wrong in ("silence", "paid", "not paid", "open", "unheard of"):
        with pytest.raises(InputError):
            read_act({"case": 7, "act": wrong, "seen": 1})
    with pytest.raises(InputError, match="more"):
        read_act({"case": 7, "act": "offer", "seen": 1, "more": 1})
    with pytest.raises(InputError):
        date_of("1969-12-31")


def test_rules_that_cannot_be_read() -> None:
    for wrong in (
        {"weekend": (7,)},
        {"weekend": (-1,)},
        {"weekend": tuple(range(7))},
        {"holidays": ("2026-11-25", "2026-11-24")},
        {"holidays": ("2026-11-24", "2026-11-24")},
        {"holidays": ("24.11.2026",)},
        {"holidays": tuple(f"{1970 + n // 12:04}-{n % 12 + 1:02}-05" for n in range(1_001))},
    ):
        with pytest.raises((InputError, ValueError)):
            CountryCalendar(**wrong)  # type: ignore[arg-type]
    many = tuple(f"{1970 + n // 12:04}-{n % 12 + 1:02}-05" for n in range(MAX_HOLIDAYS))
    assert len(CountryCalendar(holidays=many).holidays) == MAX_HOLIDAYS
    for document in (
        {"scheme": 1},
        {"calendars": {"kz": {}}},
        {"calendars": {"KAZ": {}}},
        {"x": 1},
    ):
        with pytest.raises(InputError, match="case rules"):
            CaseRules.from_document(document)
    running = Running()
    wrong = CaseRules(operator_account="ZZZZKZK0").to_document()
    assert running.agree("set_case_rules", case_rules=wrong) == "UNKNOWN_PARTICIPANT"
    assert running.agree("set_case_rules", case_rules={"x": 1}) == "FIELD_MALFORMED"
