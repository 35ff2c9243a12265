"""Statements that two systems make to each other about a one-way payment."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import attrs

from skontro.model import InputError, ReasonCode, check_uetr
from skontro.model.text import canonical_text
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import check_digest, check_fields, check_number, check_text
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

#: Part of the signed text, so that no other document can pass for such a statement.
PAYMENT_STATEMENT_FORMAT: Final = "skontro payment statement 1"

_FIELDS: Final = ("uetr", "step", "sender", "addressee", "terms", "batch", "time")


class PaymentStep(StrEnum):
    """The fact that a statement states; the texts are part of the signed bytes and never change."""

    CREDITED = "credited"  # origin: the payer has paid, and your side of the mirror is credited
    PAID = "paid"  # destination: the payee has the money
    RETURNED = "returned"  # destination: the payee does not have the money and never will


@attrs.frozen
class PaymentStatement:
    """A fact of the sender's record about a payment, for the other system of it.

        statement = PaymentStatement(
            uetr, PaymentStep.PAID, "KG-RTGS", "KZ-RTGS", terms.digest, 17, time
        )
        PaymentStatement.from_document(statement.to_document()) == statement

    Attributes:
        uetr: of the payment.
        step: the fact.
        sender, addressee: identifiers of the two systems.
        terms: digest of the terms of the payment.
        batch: number of the batch of the sender's record that made it true; it was durable first.
        time: record time of that batch.
        reason: in `RETURNED`; else `NONE`.
        payment: the terms, in `CREDITED`; else None.

    Raises:
        InputError: a value is malformed, or the statement contradicts itself.
    """

    uetr: str
    step: PaymentStep
    sender: str
    addressee: str
    terms: str
    batch: int
    time: int
    reason: ReasonCode = ReasonCode.NONE
    payment: PaymentTerms | None = None

    def __attrs_post_init__(self) -> None:
        for name, check in _CHECKS.items():
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        if self.sender == self.addressee:
            raise InputError("addressee: a system makes no statement to itself")
        check_digest(self.terms, "terms")
        check_number(self.batch, "batch")
        check_number(self.time, "time")
        returned = self.step == PaymentStep.RETURNED
        if (self.reason != ReasonCode.NONE) != returned:
            raise InputError(f"reason: a statement {self.step} has {'one' if returned else 'none'}")
        if (self.payment is not None) != (self.step == PaymentStep.CREDITED):
            raise InputError("payment: only a statement credited has the terms of the payment")
        if self.payment is not None and self._of_payment != (
            self.payment.key,
            self.payment.destination,
            self.payment.digest,
        ):
            raise InputError("payment: it is not the one that the statement names")

    @property
    def _of_payment(self) -> tuple[PaymentKey, str, str]:
        return self.key, self.addressee, self.terms

    @property
    def key(self) -> PaymentKey:
        """The payment: its origin and its UETR."""
        origin = self.sender if self.step == PaymentStep.CREDITED else self.addressee
        return origin, self.uetr

    @property
    def link(self) -> str:
        """The UETR, as the name under which a refusal is reported."""
        return self.uetr

    def to_document(self) -> dict[str, Any]:
        """As JSON values; `reason` and `payment` only where the step has them."""
        document: dict[str, Any] = {"format": PAYMENT_STATEMENT_FORMAT}
        document |= {name: getattr(self, name) for name in _FIELDS} | {"step": str(self.step)}
        if self.reason != ReasonCode.NONE:
            document["reason"] = self.reason.name
        if self.payment is not None:
            document["payment"] = self.payment.to_document()
        return document

    def to_bytes(self) -> bytes:
        """The canonical text in UTF-8: the bytes that the sender signs."""
        return canonical_text(self.to_document()).encode()

    @classmethod
    def from_document(cls, document: object) -> "PaymentStatement":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        given = document if isinstance(document, dict) else {}
        optional = [name for name in ("reason", "payment") if given.get(name) is not None]
        place = "statement about a payment"
        fields = dict(check_fields(document, ("format", *_FIELDS, *optional), place))
        if fields.pop("format") != PAYMENT_STATEMENT_FORMAT:
            raise InputError(f"format: must be {PAYMENT_STATEMENT_FORMAT!r}")
        step = check_text(fields.pop("step"), "step")
        if step not in set(PaymentStep):
            raise InputError(f"step: must be one of {', '.join(PaymentStep)}")
        reason = check_text(fields.pop("reason", ReasonCode.NONE.name), "reason")
        if reason not in ReasonCode.__members__:
            raise InputError("reason: must be the name of a reason code")
        payment = fields.pop("payment", None)
        return cls(
            step=PaymentStep(step),
            reason=ReasonCode[reason],
            payment=None if payment is None else PaymentTerms.from_document(payment),
            **fields,
        )


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "uetr": check_uetr,
    "sender": check_system_id,
    "addressee": check_system_id,
}


def payments_contradict(first: PaymentStatement, second: PaymentStatement) -> bool:
    """Whether one system made two statements about a payment that cannot both be true.

    Each step is true of one batch only. Both statements, with their signatures, are the evidence
    against the sender and against no other system.
    """
    if (first.key, first.sender) != (second.key, second.sender):
        return False
    if first.step != second.step:
        return True
    return first != second
