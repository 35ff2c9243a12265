"""Terms of a one-way payment: a bank of one system pays a bank of another in one currency."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import (
    MAX_AMOUNT,
    MAX_DETAILS_BYTES,
    NO_DETAILS,
    InputError,
    PaymentDetails,
    PaymentType,
    check_bic,
    check_uetr,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.model.text import canonical_text
from skontro.system.document_text import document_hash
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import check_digest, check_fields, check_number, check_text

#: Part of the text that is hashed, so that a digest of terms is no digest of anything else.
PAYMENT_FORMAT: Final = "skontro payment terms 1"

#: Bytes that the details of a payment leave free for the reference of its return.
BYTES_FOR_RETURN: Final = 256

#: A payment in the record of one system: the system that it comes from, and its UETR.
PaymentKey = tuple[str, str]


@attrs.frozen
class PaymentTerms:
    """A payment from a bank of the *origin* to a bank of the *destination*, two systems.

        terms = PaymentTerms(
            uetr, "KZ-RTGS", "KG-RTGS", "BANKKZ01", "BANKKG01", "KZT", 50_000_00, digest,
            PaymentType.CUSTOMER, until
        )
        PaymentTerms.from_document(terms.to_document()) == terms

    Attributes:
        uetr: of the order in the origin, and of that in the destination.
        origin, destination: identifiers of the systems of the payer and of the payee.
        payer: BIC of a participant of the origin.
        payee: BIC of a participant of the destination.
        currency: ISO 4217 code; of one of the two systems.
        amount: minor units.
        contract: digest of the contract between the two systems, in hexadecimal.
        payment_type: whose payment it is; the Travel Rule is about those of customers.
        valid_until: timestamp of the origin; the order there does not settle later.
        details: parties and references, which the destination screens.

    Raises:
        InputError: a value is malformed; the message names the field.
    """

    uetr: str
    origin: str
    destination: str
    payer: str
    payee: str
    currency: str
    amount: int
    contract: str
    payment_type: PaymentType
    valid_until: int
    details: PaymentDetails = NO_DETAILS

    def __attrs_post_init__(self) -> None:
        for name, check in _CHECKS.items():
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        if self.origin == self.destination:
            raise InputError("destination: it is the origin too")
        if type(self.amount) is not int or not 0 < self.amount <= MAX_AMOUNT:
            raise InputError(f"amount: {self.amount} minor units are outside 1..{MAX_AMOUNT}")
        check_digest(self.contract, "contract")
        check_number(self.valid_until, "valid_until")
        most = MAX_DETAILS_BYTES - BYTES_FOR_RETURN
        if len(self.details.to_bytes()) > most:
            raise InputError(f"details: more than {most:,} bytes, the most for such a payment")

    @property
    def key(self) -> PaymentKey:
        """The origin and the UETR: two origins may use the same UETR."""
        return self.origin, self.uetr

    @property
    def link(self) -> str:
        """The UETR, as the name under which the terms wait for their order."""
        return self.uetr

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text of the document, in hexadecimal; the same everywhere."""
        return document_hash(canonical_text(self.to_document()))

    def other(self, system: str) -> str:
        """The system that is not this one."""
        return self.destination if system == self.origin else self.origin

    def to_document(self) -> dict[str, Any]:
        """As JSON values: the amount is decimal text, the details are an object."""
        document = {name: getattr(self, name) for name in _NAMES}
        return {
            "format": PAYMENT_FORMAT,
            **document,
            "amount": format_amount(self.amount, find_currency(self.currency)),
            "payment_type": self.payment_type.name.lower(),
            "details": json.loads(self.details.to_bytes() or b"{}"),
        }

    @classmethod
    def from_document(cls, document: object) -> "PaymentTerms":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed, or not in the one form that `to_document` gives;
                the message names the field.
        """
        fields = dict(check_fields(document, ("format", *_NAMES), "terms of a payment"))
        if fields.pop("format") != PAYMENT_FORMAT:
            raise InputError(f"format: must be {PAYMENT_FORMAT!r}")
        currency = find_currency(check_text(fields["currency"], "currency"))
        fields["amount"] = parse_amount(check_text(fields["amount"], "amount"), currency)
        named = check_text(fields["payment_type"], "payment_type")
        if named not in _TYPES:
            raise InputError(f"payment_type: must be one of {', '.join(_TYPES)}")
        fields["payment_type"] = _TYPES[named]
        details = check_fields(fields["details"], list(_keys(fields["details"])), "details")
        content = canonical_text(dict(details)).encode() if details else b""
        fields["details"] = PaymentDetails.from_bytes(content)
        terms = cls(**fields)
        if terms.to_document() != document:
            raise InputError("amount: has another form than this system writes, as in 1250.50")
        return terms


def _keys(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "uetr": check_uetr,
    "origin": check_system_id,
    "destination": check_system_id,
    "payer": check_bic,
    "payee": check_bic,
    "currency": find_currency,
}
_TYPES: Final = {one.name.lower(): one for one in PaymentType}
_NAMES: Final = tuple(field.name for field in attrs.fields(PaymentTerms))
