"""Terms of payments and statements about them: one form each, and strict reading."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import MAX_AMOUNT, InputError, PaymentDetails, PaymentType, ReasonCode
from skontro.system.links.statements import Step
from skontro.system.mirror.payment_statements import (
    PaymentStatement,
    PaymentStep,
    payments_contradict,
)
from skontro.system.mirror.payment_terms import PaymentTerms
from skontro.system.mirror.peer_statements import read_statement
from tests.system.links import instructed as links
from tests.system.mirror.instructed import CONTRACT, UETR, A, B, payment, statement

CREDITED, PAID, RETURNED = PaymentStep
DETAILS = PaymentDetails(end_to_end_id="INV-7", remittance=("счёт 7",))


def test_terms_survive_their_document_in_one_form() -> None:
    for terms in (payment(), payment(details=DETAILS, payment_type=PaymentType.INTERBANK)):
        document = json.loads(json.dumps(terms.to_document()))
        assert PaymentTerms.from_document(document) == terms
        assert PaymentTerms.from_document(document).digest == terms.digest
    assert payment(details=DETAILS).to_document() == {
        "format": "skontro payment terms 1",
        "uetr": UETR,
        "origin": A,
        "destination": B,
        "payer": "ALFAKZ22",
        "payee": "BETAKG22",
        "currency": "KZT",
        "amount": "1250.50",
        "contract": CONTRACT,
        "payment_type": "customer",
        "valid_until": 1_800_000_000_000_000,
        "details": {"end_to_end_id": "INV-7", "remittance": ["счёт 7"]},
    }
    assert (payment().key, payment().link) == ((A, UETR), UETR)
    assert (payment().other(A), payment().other(B)) == (B, A)


@pytest.mark.parametrize("field", [one.name for one in attrs.fields(PaymentTerms)])
def test_every_term_is_in_the_digest(field: str) -> None:
    others: dict[str, Any] = {
        "uetr": UETR[:-1] + "2",
        "origin": "UZ-RTGS",
        "destination": "UZ-RTGS",
        "payer": "GAMMKZ22",
        "payee": "GAMMKG22",
        "currency": "KGS",
        "amount": 125_051,
        "contract": "c1" * 32,
        "payment_type": PaymentType.INTERBANK,
        "valid_until": 1,
        "details": DETAILS,
    }
    assert payment(**{field: others[field]}).digest != payment().digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"uetr": "a"}, "uetr: "),
        ({"origin": "kz"}, "origin: "),
        ({"destination": ""}, "destination: "),
        ({"destination": A}, "destination: it is the origin too"),
        ({"payer": "bank"}, "payer: .*not a BIC"),
        ({"payee": 7}, "payee: .*text"),
        ({"currency": "XXX"}, "currency: "),
        ({"amount": 0}, "amount: 0 minor units"),
        ({"amount": MAX_AMOUNT + 1}, "amount: "),
        ({"amount": True}, "amount: "),
        ({"contract": "ab"}, "contract: "),
        ({"valid_until": -1}, "valid_until: "),
        ({"details": PaymentDetails(remittance=("x" * 300,) * 54)}, "details: more than 16,128"),
    ],
)
def test_malformed_terms_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        payment(**fields)


def test_details_leave_room_for_a_return() -> None:
    least = len(PaymentDetails(remittance=("x",)).to_bytes()) - 1
    room = 16_128 - least
    lines = ["x" * 300] * (room // 303)
    rest = room - sum(len(line) + 3 for line in lines)
    full = PaymentDetails(remittance=(*lines, "x" * rest))
    assert len(full.to_bytes()) == 16_128
    assert payment(details=full).details == full
    with pytest.raises(InputError, match="details: more than 16,128"):
        payment(details=PaymentDetails(remittance=(*lines, "x" * (rest + 1))))
    assert payment(amount=MAX_AMOUNT).amount == MAX_AMOUNT
    assert payment(amount=1).amount == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "skontro link terms 1"}, "format: must be 'skontro payment terms 1'"),
        ({"extra": 1}, "terms of a payment: .*extra"),
        ({"amount": "1250.5"}, "amount: .*another form"),
        ({"amount": 1250}, "amount: must be text"),
        ({"payment_type": "bank"}, "payment_type: must be one of customer, interbank"),
        ({"payment_type": 0}, "payment_type: must be text"),
        ({"details": []}, "details: must be an object"),
        ({"details": {"colour": "red"}}, "details"),
    ],
)
def test_other_documents_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PaymentTerms.from_document(payment().to_document() | change)


@pytest.mark.parametrize("step", list(PaymentStep))
def test_statements_survive_their_document(step: PaymentStep) -> None:
    one = statement(step)
    assert PaymentStatement.from_document(json.loads(one.to_bytes())) == one
    assert read_statement(one.to_bytes()) == one
    assert one.key == (A, UETR)
    assert one.link == UETR
    document = one.to_document()
    assert ("payment" in document) == (step == CREDITED)
    assert ("reason" in document) == (step == RETURNED)
    assert document["format"] == "skontro payment statement 1"


def test_statements_of_both_kinds_are_read_by_their_format() -> None:
    of_link = links.statement(Step.MATCH)
    assert read_statement(of_link.to_bytes()) == of_link
    for text in ("[", "[" * 100_000):
        with pytest.raises(InputError, match="link proof: a statement is not JSON"):
            read_statement(text)
    with pytest.raises(InputError, match="statement"):
        read_statement("[]")


@pytest.mark.parametrize(
    ("step", "fields", "message"),
    [
        (PAID, {"uetr": "a"}, "uetr: "),
        (PAID, {"sender": "kz"}, "sender: "),
        (PAID, {"addressee": "kz"}, "addressee: "),
        (PAID, {"addressee": B}, "addressee: a system makes no statement to itself"),
        (PAID, {"terms": "ab"}, "terms: "),
        (PAID, {"batch": -1}, "batch: "),
        (PAID, {"time": -1}, "time: "),
        (PAID, {"reason": ReasonCode.PARTICIPANT_LEFT}, "reason: a statement paid has none"),
        (RETURNED, {"reason": ReasonCode.NONE}, "reason: a statement returned has one"),
        (PAID, {"payment": payment()}, "payment: only a statement credited"),
        (CREDITED, {"payment": None}, "payment: only a statement credited"),
        (CREDITED, {"payment": payment(amount=1)}, "payment: it is not the one"),
        (CREDITED, {"uetr": UETR[:-1] + "2"}, "payment: it is not the one"),
        (CREDITED, {"sender": "UZ-RTGS"}, "payment: it is not the one"),
        (CREDITED, {"addressee": "UZ-RTGS"}, "payment: it is not the one"),
    ],
)
def test_malformed_statements_are_refused(
    step: PaymentStep, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        statement(step, **fields)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "format: must be 'skontro payment statement 1'"),
        ({"step": "sent"}, "step: must be one of credited, paid, returned"),
        ({"step": 1}, "step: must be text"),
        ({"reason": "NO"}, "reason: must be the name of a reason code"),
        ({"extra": 1}, "statement about a payment: .*extra"),
    ],
)
def test_other_documents_are_no_statements(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PaymentStatement.from_document(statement(RETURNED).to_document() | change)


def test_two_statements_of_one_system_may_contradict_each_other() -> None:
    paid, returned = statement(PAID), statement(RETURNED)
    assert payments_contradict(paid, returned)
    assert payments_contradict(paid, statement(PAID, batch=18))
    assert payments_contradict(returned, statement(RETURNED, reason=ReasonCode.DUPLICATE_ORDER))
    assert payments_contradict(statement(CREDITED), statement(CREDITED, payment(amount=1)))
    assert not payments_contradict(paid, statement(PAID))
    assert not payments_contradict(paid, statement(CREDITED))
    assert not payments_contradict(paid, statement(RETURNED, payment(uetr=UETR[:-1] + "2")))
