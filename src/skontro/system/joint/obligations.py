"""Obligations that own banks bring into joint cycles: instructed, funded, netted."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import attrs

from skontro.model import (
    MAX_AMOUNT,
    InputError,
    check_bic,
    check_uetr,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.system.joint.joint_cycle import JointObligation
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import check_fields, check_number, check_text

#: Part of each document, so that no other one can pass for it.
OBLIGATION_FORMAT: Final = "skontro joint obligation 1"


@attrs.frozen
class ObligationTerms:
    """An amount that an own bank owes a bank of another member, as it instructs it.

    Attributes:
        uetr: of the order to the clearing account, which funds the obligation.
        agreement: name of the agreement on joint cycles.
        payer: BIC of the own bank.
        creditor_system, creditor: system and BIC of the bank that is owed.
        currency: ISO 4217 code.
        amount: minor units.
        valid_until: timestamp; the order does not settle later.

    Raises:
        InputError: a value is malformed; the message names the field.
    """

    uetr: str
    agreement: str
    payer: str
    creditor_system: str
    creditor: str
    currency: str
    amount: int
    valid_until: int

    def __attrs_post_init__(self) -> None:
        for name, check in _CHECKS.items():
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        if type(self.amount) is not int or not 0 < self.amount <= MAX_AMOUNT:
            raise InputError(f"amount: {self.amount} minor units are outside 1..{MAX_AMOUNT}")
        check_number(self.valid_until, "valid_until")

    @property
    def link(self) -> str:
        """The UETR, as the name under which the terms wait for their order."""
        return self.uetr

    def to_document(self) -> dict[str, Any]:
        """As JSON values; the amount is decimal text."""
        amount = format_amount(self.amount, find_currency(self.currency))
        return {"format": OBLIGATION_FORMAT, **attrs.asdict(self), "amount": amount}

    @classmethod
    def from_document(cls, document: object) -> ObligationTerms:
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed, or not in the one form that `to_document` gives.
        """
        names = ("format", *(field.name for field in attrs.fields(cls)))
        fields = dict(check_fields(document, names, "obligation"))
        if fields.pop("format") != OBLIGATION_FORMAT:
            raise InputError(f"format: must be {OBLIGATION_FORMAT!r}")
        currency = find_currency(check_text(fields["currency"], "currency"))
        fields["amount"] = parse_amount(check_text(fields["amount"], "amount"), currency)
        terms = cls(**fields)
        if terms.to_document() != document:
            raise InputError("amount: has another form than this system writes, as in 1250.50")
        return terms


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "uetr": check_uetr,
    "agreement": check_system_id,
    "payer": check_bic,
    "creditor_system": check_system_id,
    "creditor": check_bic,
    "currency": find_currency,
}


class ObligationStage(StrEnum):
    """How far an obligation has come."""

    INSTRUCTED = "instructed"  # its order has not settled yet
    FUNDED = "funded"  # it waits for the next cycle
    IN_CYCLE = "in_cycle"
    NETTED = "netted"  # a cycle has paid it
    NOT_FUNDED = "not_funded"  # its order ended without settlement


@attrs.frozen
class OwnObligation:
    """An obligation of an own bank in the record.

    Attributes:
        terms: as instructed.
        order: the engine's number of its order.
        stage: how far it has come.
        funded_at: record time at which its order settled; -1 before.
        cycle: identifier of the cycle that it is in, or that paid it; empty without one.
    """

    terms: ObligationTerms
    order: int
    stage: ObligationStage = ObligationStage.INSTRUCTED
    funded_at: int = -1
    cycle: str = ""

    def row(self, system: str) -> JointObligation:
        """The obligation as its system publishes it."""
        terms = self.terms
        return JointObligation(
            terms.currency,
            system,
            terms.payer,
            terms.creditor_system,
            terms.creditor,
            terms.amount,
            terms.uetr,
        )

    def to_document(self) -> list[Any]:
        """For a snapshot."""
        terms = self.terms.to_document()
        return [terms, self.order, str(self.stage), self.funded_at, self.cycle]

    @classmethod
    def from_document(cls, document: list[Any]) -> OwnObligation:
        """The inverse of `to_document`."""
        terms, order, stage, funded_at, cycle = document
        return cls(
            ObligationTerms.from_document(terms), order, ObligationStage(stage), funded_at, cycle
        )
