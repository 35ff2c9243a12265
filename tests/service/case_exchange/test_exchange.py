"""Messages as openings and acts of cases, acts as messages, and both beside each other."""

import datetime
from typing import Any

import attrs
import pytest

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.reading import read_case_messages
from skontro.messages.cases.writing import write_case_message
from skontro.messages.requests import CancellationRequest, OriginalReference
from skontro.model import InputError, OrderStatus, find_currency
from skontro.service.case_exchange.incoming import act_of, opening_of, recall_of, type_of
from skontro.service.case_exchange.outgoing import message_of
from skontro.system.cases.case import Case, CaseEvent, CaseOrder, CaseTerms, Delay
from skontro.system.cases.case_table import CaseAct, CaseState
from skontro.system.cases.case_types import CaseType, Party
from skontro.system.cases.inputs import MAX_TEXT

UETR = "8a562c67-ca16-48ba-b074-65581be6f011"
TENGE = find_currency("KZT")
DIGEST = "ab" * 32
ORDER = CaseOrder(UETR, "AAAAKZK0", "BBBBKGK0", "KZT", 1_000, OrderStatus.SETTLED, "2026-11-24")
DELAY = Delay(UETR, "2026-11-20", "2026-11-24")
MESSAGE = CaseMessage(
    name="camt.056.001.08",
    message_id="M-1",
    assigner="AAAAKZK0",
    assignee="BBBBKGK0",
    case="R-1",
    creator="AAAAKZK0",
    uetr=UETR,
    reason="CUST",
    text=("one", "two"),
)


def case_of(kind: CaseType, terms: CaseTerms | None = None, *acts: CaseEvent, **other: Any) -> Case:
    opening = CaseEvent(5, CaseAct.OPEN, Party.CLAIMANT, CaseState.ANSWER_DUE, "", terms)
    opening = attrs.evolve(opening, reason=other.pop("reason", ""), text=other.pop("text", ""))
    fields: dict[str, Any] = {
        "number": 12,
        "reference": "R-1",
        "type": kind,
        "claimant": "AAAAKZK0",
        "respondent": "BBBBKGK0",
        "opened_by": "AAAAKZK0",
        "currency": "KZT",
        "order": ORDER,
        "state": CaseState.ANSWER_DUE,
        "due": "2026-12-01",
        "terms": terms,
        "history": (opening, *acts),
    }
    return Case(**(fields | other))


def event(act: CaseAct, by: Party = Party.RESPONDENT, **fields: Any) -> CaseEvent:
    return CaseEvent(7, act, by, CaseState.ANSWERED, "", **fields)


# ----------------------------------------------------------------------------- openings


@pytest.mark.parametrize(
    ("name", "reason", "expected"),
    [
        ("camt.056.001.08", "CUST", CaseType.RECALL),
        ("camt.056.001.08", "DUPL", CaseType.DUPLICATE),
        ("camt.056.001.08", "AM09", CaseType.AMOUNT),
        ("camt.027.001.10", "DUPL", CaseType.NON_RECEIPT),
        ("camt.087.001.09", "", CaseType.VALUE_DATE),
        ("camt.026.001.10", "", CaseType.UNABLE_TO_APPLY),
        ("camt.105.001.03", "", CaseType.CHARGES),
        ("camt.106.001.03", "", CaseType.CHARGES),
        ("camt.110.001.02", "", CaseType.INVESTIGATION),
    ],
)
def test_the_type_follows_from_the_message(name: str, reason: str, expected: CaseType) -> None:
    message = attrs.evolve(MESSAGE, name=name, reason=reason)
    assert type_of(message) == expected
    assert opening_of(message, ORDER, DIGEST).type == expected


def test_messages_that_open_no_case() -> None:
    for name in ("camt.029.001.09", "camt.111.001.03", "pacs.004.001.10"):
        with pytest.raises(InputError, match=f"^{name[:8]} opens no case in this system$"):
            type_of(attrs.evolve(MESSAGE, name=name))


def test_an_opening_has_the_fields_of_its_message() -> None:
    found = opening_of(MESSAGE, ORDER, DIGEST)
    assert (found.reference, found.reason, found.text) == ("R-1", "CUST", "one two")
    assert (found.order, found.evidence) == (ORDER, (DIGEST,))
    assert found.terms == CaseTerms(principal=1_000)
    without = opening_of(attrs.evolve(MESSAGE, case="", creator=""), ORDER, DIGEST)
    assert without.reference == "M-1"
    less = attrs.evolve(MESSAGE, currency=TENGE, amount=400)
    assert opening_of(less, ORDER, DIGEST).terms == CaseTerms(principal=400)
    long = attrs.evolve(MESSAGE, text=("x" * MAX_TEXT, "y"))
    assert opening_of(long, ORDER, DIGEST).text == "x" * MAX_TEXT


def test_charges_are_asked_for_as_compensation_and_claims_name_no_money() -> None:
    charges = attrs.evolve(MESSAGE, name="camt.106.001.03", currency=TENGE, compensation=25)
    assert opening_of(charges, ORDER, DIGEST).terms == CaseTerms(compensation=25)
    for name in ("camt.027.001.10", "camt.087.001.09", "camt.110.001.02"):
        message = attrs.evolve(MESSAGE, name=name, currency=TENGE, amount=400)
        assert opening_of(message, ORDER, DIGEST).terms is None
    euro = attrs.evolve(charges, currency=find_currency("EUR"))
    with pytest.raises(InputError, match=r"^currency: the order is in KZT$"):
        opening_of(euro, ORDER, DIGEST)


def test_charges_that_were_taken_are_told_and_not_claimed() -> None:
    taken = attrs.evolve(MESSAGE, name="camt.105.001.03", currency=TENGE, compensation=2_505)
    found = opening_of(taken, ORDER, DIGEST)
    assert (found.terms, found.text) == (None, "charges of 25.05 KZT were taken one two")
    alone = opening_of(attrs.evolve(taken, text=()), ORDER, DIGEST)
    assert alone.text == "charges of 25.05 KZT were taken"
    long = opening_of(attrs.evolve(taken, text=("x" * MAX_TEXT,)), ORDER, DIGEST)
    assert (len(long.text), long.text[:15]) == (MAX_TEXT, "charges of 25.0")
    with pytest.raises(InputError, match=r"^currency: the order is in KZT$"):
        opening_of(attrs.evolve(taken, currency=find_currency("EUR")), ORDER, DIGEST)


def test_a_cancellation_of_a_final_order_is_a_recall() -> None:
    request = CancellationRequest("A-1", "C-1", OriginalReference(uetr=UETR), "DUPL", ("a", "b"))
    found = recall_of(request, ORDER, DIGEST)
    assert (found.reference, found.type, found.text) == ("C-1", CaseType.DUPLICATE, "a b")
    assert (found.terms, found.evidence) == (CaseTerms(principal=1_000), (DIGEST,))
    plain = attrs.evolve(request, request_id="", reason="")
    found = recall_of(plain, ORDER, DIGEST)
    assert (found.reference, found.type) == ("A-1", CaseType.RECALL)


# ------------------------------------------------------------------------------- answers

ANSWER = attrs.evolve(MESSAGE, name="camt.029.001.09", assigner="BBBBKGK0", status="INFO")
PAYS = attrs.evolve(ANSWER, currency=TENGE, principal=1_000)


@pytest.mark.parametrize(
    ("message", "terms", "act", "named"),
    [
        (ANSWER, CaseTerms(1_000), CaseAct.ANSWER, None),
        (attrs.evolve(ANSWER, status="RJCR"), CaseTerms(1_000), CaseAct.REFUSE, None),
        (attrs.evolve(PAYS, status="RJCR"), CaseTerms(1_000), CaseAct.REFUSE, None),
        (PAYS, CaseTerms(1_000), CaseAct.ACCEPT, None),
        (PAYS, CaseTerms(999), CaseAct.OFFER, CaseTerms(1_000)),
        (PAYS, None, CaseAct.OFFER, CaseTerms(1_000)),
        (
            attrs.evolve(PAYS, compensation=5),
            CaseTerms(1_000, 6, (DELAY,), "s"),
            CaseAct.OFFER,
            CaseTerms(1_000, 5, (DELAY,), "csdr-cash"),
        ),
        (
            attrs.evolve(PAYS, principal=None, compensation=5),
            None,
            CaseAct.OFFER,
            CaseTerms(0, 5, (Delay(UETR, "2026-11-24", "2026-11-24"),), "csdr-cash"),
        ),
        (
            attrs.evolve(
                PAYS,
                compensation=5,
                value_date=datetime.date(2026, 11, 21),
                date=datetime.date(2026, 11, 26),
            ),
            None,
            CaseAct.OFFER,
            CaseTerms(1_000, 5, (Delay(UETR, "2026-11-21", "2026-11-26"),), "csdr-cash"),
        ),
        (
            attrs.evolve(PAYS, compensation=5, date=datetime.date(2026, 11, 1)),
            None,
            CaseAct.OFFER,
            CaseTerms(1_000, 5, (Delay(UETR, "2026-11-24", "2026-11-24"),), "csdr-cash"),
        ),
    ],
)
def test_an_answer_is_an_act(
    message: CaseMessage, terms: CaseTerms | None, act: CaseAct, named: CaseTerms | None
) -> None:
    case = case_of(CaseType.RECALL, terms)
    found = act_of(message, case, DIGEST, "csdr-cash")
    assert (found.act, found.terms) == (act, named)
    assert (found.case, found.seen, found.evidence) == (12, case.seen, (DIGEST,))
    assert (found.reason, found.text) == ("CUST", "one two")


def test_an_offer_of_charges_names_no_delay() -> None:
    message = attrs.evolve(ANSWER, currency=TENGE, compensation=5)
    found = act_of(message, case_of(CaseType.CHARGES, CaseTerms(0, 7)), DIGEST, "csdr-cash")
    assert (found.act, found.terms) == (CaseAct.OFFER, CaseTerms(0, 5))


def test_answers_that_are_none() -> None:
    case = case_of(CaseType.RECALL)
    with pytest.raises(InputError, match=r"^camt\.056 is no answer$"):
        act_of(MESSAGE, case, DIGEST, "")
    euro = attrs.evolve(PAYS, currency=find_currency("EUR"))
    with pytest.raises(InputError, match=r"^currency: the case is in KZT$"):
        act_of(euro, case, DIGEST, "")


# --------------------------------------------------------------------------- acts as messages

_TYPES = {
    CaseType.RECALL: "camt.056",
    CaseType.DUPLICATE: "camt.056",
    CaseType.AMOUNT: "camt.056",
    CaseType.NON_RECEIPT: "camt.027",
    CaseType.VALUE_DATE: "camt.087",
    CaseType.LATE_LEG: "camt.087",
    CaseType.UNABLE_TO_APPLY: "camt.026",
    CaseType.CHARGES: "camt.106",
    CaseType.INVESTIGATION: "camt.110",
    CaseType.STATUS: "pacs.028",
}


@pytest.mark.parametrize("kind", CaseType)
def test_an_opening_gives_the_message_of_its_type(kind: CaseType) -> None:
    terms = CaseTerms(0, 30) if kind == CaseType.CHARGES else CaseTerms(1_000)
    case = case_of(kind, terms, text="why")
    found = message_of(case, 0)
    if kind not in _TYPES:
        assert found is None
        return
    assert found is not None
    assert found.kind == _TYPES[kind]
    assert (found.message_id, found.assigner, found.assignee) == (
        "CASE-12-0",
        "AAAAKZK0",
        "BBBBKGK0",
    )
    assert (found.case, found.uetr) == ("R-1", UETR)
    assert found.text == (() if kind == CaseType.STATUS else ("why",))
    assert read_case_messages(write_case_message(found)) == [found]
    if kind not in (CaseType.STATUS, CaseType.LATE_LEG):
        again = opening_of(found, ORDER, DIGEST)
        assert (again.type, again.reference, again.text) == (kind, "R-1", "why")


def test_the_fields_of_openings() -> None:
    delayed = message_of(case_of(CaseType.VALUE_DATE, CaseTerms(0, 4, (DELAY,))), 0)
    assert delayed is not None
    assert delayed.date == datetime.date(2026, 11, 20)
    plain = message_of(case_of(CaseType.VALUE_DATE), 0)
    assert plain is not None
    assert plain.date == plain.value_date == datetime.date(2026, 11, 24)
    assert (plain.amount, plain.currency, plain.created_at) == (1_000, TENGE, 5)
    given = message_of(case_of(CaseType.RECALL, reason="FRAD"), 0)
    assert given is not None
    assert given.reason == "FRAD"
    assert message_of(case_of(CaseType.CHARGES), 0) is None
    assert message_of(case_of(CaseType.RECALL, respondent="operator"), 0) is None
    assert message_of(case_of(CaseType.OUTAGE, order=None), 0) is None


@pytest.mark.parametrize(
    ("kind", "last", "expected"),
    [
        (CaseType.RECALL, event(CaseAct.REFUSE, reason="NOAS"), ("camt.029", "RJCR", None, None)),
        (CaseType.RECALL, event(CaseAct.ANSWER), ("camt.029", "INFO", None, None)),
        (CaseType.RECALL, event(CaseAct.ACCEPT), ("camt.029", "CNCL", 1_000, None)),
        (CaseType.NON_RECEIPT, event(CaseAct.ACCEPT), ("camt.029", "IPAY", 1_000, None)),
        (
            CaseType.RECALL,
            event(CaseAct.OFFER, terms=CaseTerms(0, 8)),
            ("camt.029", "INFO", None, 8),
        ),
        (CaseType.INVESTIGATION, event(CaseAct.ANSWER), ("camt.111", "CLSD", None, None)),
        (
            CaseType.RECALL,
            event(CaseAct.PAID, Party.SYSTEM),
            ("pacs.004", "", 1_000, None),
        ),
    ],
)
def test_answers_and_payments_give_messages(
    kind: CaseType, last: CaseEvent, expected: tuple[object, ...]
) -> None:
    found = message_of(case_of(kind, CaseTerms(1_000), last), 1)
    assert found is not None
    assert (found.kind, found.status, found.principal, found.compensation) == expected
    assert (found.assigner, found.assignee) == ("BBBBKGK0", "AAAAKZK0")
    assert (found.message_id, found.case) == ("CASE-12-1", "R-1")
    assert read_case_messages(write_case_message(found)) == [found]


def test_what_a_bank_answers_by_message_is_the_act_that_gives_it() -> None:
    terms = CaseTerms(1_000)
    for last in (
        event(CaseAct.REFUSE, reason="NOAS"),
        event(CaseAct.ANSWER, text="here"),
        event(CaseAct.ACCEPT),
        event(CaseAct.OFFER, terms=CaseTerms(900)),
    ):
        message = message_of(case_of(CaseType.RECALL, terms, last), 1)
        assert message is not None
        again = act_of(message, case_of(CaseType.RECALL, terms), DIGEST, "")
        assert (again.act, again.terms, again.reason, again.text) == (
            last.act,
            last.terms,
            last.reason,
            last.text,
        )


def test_a_return_names_compensation_and_reason() -> None:
    paid = event(CaseAct.PAID, Party.SYSTEM)
    offer = event(CaseAct.OFFER, terms=CaseTerms(900, 7, (DELAY,)))
    found = message_of(case_of(CaseType.DUPLICATE, CaseTerms(1_000), offer, paid), 2)
    assert found is not None
    assert (found.principal, found.compensation, found.reason) == (900, 7, "DUPL")
    named = message_of(case_of(CaseType.RECALL, CaseTerms(9), paid, reason="FRAD"), 1)
    assert named is not None
    assert named.reason == "FRAD"
    plain = message_of(case_of(CaseType.RECALL, CaseTerms(9), paid), 1)
    assert plain is not None
    assert plain.reason == "CUST"


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        (CaseType.RECALL, event(CaseAct.AWARD, Party.OPERATOR, terms=CaseTerms(9))),
        (CaseType.RECALL, event(CaseAct.ACCEPT, Party.CLAIMANT)),
        (CaseType.RECALL, event(CaseAct.ASK)),
        (CaseType.RECALL, event(CaseAct.ADD_EVIDENCE)),
        (CaseType.STATUS, event(CaseAct.ANSWER)),
        (CaseType.CHARGES, event(CaseAct.PAID, Party.SYSTEM)),
    ],
)
def test_acts_without_a_message(kind: CaseType, last: CaseEvent) -> None:
    assert message_of(case_of(kind, CaseTerms(0, 9), last), 1) is None


def test_long_text_is_divided_or_cut() -> None:
    text = "a" * 150
    recall = message_of(case_of(CaseType.RECALL, text=text), 0)
    claim = message_of(case_of(CaseType.NON_RECEIPT, text=text), 0)
    assert recall is not None
    assert claim is not None
    assert recall.text == ("a" * 105, "a" * 45)
    assert claim.text == ("a" * 140,)
