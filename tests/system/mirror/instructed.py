"""Terms and statements of one-way payments, for tests."""

from typing import Any

from skontro.model import NO_DETAILS, PaymentDetails, PaymentType, ReasonCode
from skontro.system.mirror.payment_statements import PaymentStatement, PaymentStep
from skontro.system.mirror.payment_terms import PaymentTerms

A, B = "KZ-RTGS", "KG-RTGS"
UETR = "6b0e2d52-6b6e-4c53-9a0b-000000000001"
CONTRACT = "c0" * 32
UNTIL = 1_800_000_000_000_000


def payment(details: PaymentDetails = NO_DETAILS, **changed: Any) -> PaymentTerms:
    """A payment of a bank of the first system to one of the second, in the first's currency."""
    fields: dict[str, Any] = {
        "uetr": UETR,
        "origin": A,
        "destination": B,
        "payer": "ALFAKZ22",
        "payee": "BETAKG22",
        "currency": "KZT",
        "amount": 125_050,
        "contract": CONTRACT,
        "payment_type": PaymentType.CUSTOMER,
        "valid_until": UNTIL,
        "details": details,
    }
    return PaymentTerms(**fields | changed)


def statement(
    step: PaymentStep, of: PaymentTerms | None = None, **changed: Any
) -> PaymentStatement:
    """Well formed; of the origin where the step is the origin's."""
    of = payment() if of is None else of
    credited = step == PaymentStep.CREDITED
    sender, addressee = (of.origin, of.destination) if credited else (of.destination, of.origin)
    fields: dict[str, Any] = {
        "uetr": of.uetr,
        "step": step,
        "sender": sender,
        "addressee": addressee,
        "terms": of.digest,
        "batch": 17,
        "time": 1_000,
        "payment": of if credited else None,
    }
    if step == PaymentStep.RETURNED:
        fields["reason"] = ReasonCode.PARTICIPANT_LEFT
    return PaymentStatement(**fields | changed)
