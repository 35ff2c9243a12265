"""Parties, references and remittance of an order: its details, in one canonical form.

Details accompany an order and never change its settlement. Screening reads the parties, and
statements carry the references, so that a bank reconciles without the UETR alone.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from skontro.model.errors import InputError
from skontro.model.party import Party, check_text, lines_field, pairs, text_field
from skontro.model.text import (
    canonical_text,
    none_of,
)

#: Most bytes of the details of one order, in the form of `PaymentDetails.to_bytes`.
MAX_DETAILS_BYTES: Final = 16 * 1024
#: Most bytes of the evidence of one screening.
MAX_EVIDENCE_BYTES: Final = 16 * 1024
#: The digest of absent details or evidence.
NO_DIGEST: Final = bytes(32)

#: Most characters of references and purposes (Max35Text), and of lines of remittance.
MAX_REFERENCE, MAX_REMITTANCE_LINE = 35, 300
#: `ChargeBearerType1Code` of ISO 20022.
CHARGE_BEARERS: Final = ("DEBT", "CRED", "SHAR", "SLEV")

_CHAIN: Final = (
    "ultimate_debtor",
    "initiating_party",
    "debtor",
    "debtor_agent",
    "previous_instructing_agent_1",
    "previous_instructing_agent_2",
    "previous_instructing_agent_3",
    "instructing_agent",
    "instructed_agent",
    "intermediary_agent_1",
    "intermediary_agent_2",
    "intermediary_agent_3",
    "creditor_agent",
    "creditor",
    "ultimate_creditor",
)
#: Roles of parties, in the order of `PaymentDetails.parties`: those of the order, then those of the
#: customers' payment that it covers (pacs.009 COV).
PARTY_ROLES: Final = (*_CHAIN, *(f"underlying_{role}" for role in _CHAIN))
_RANK: Final = {role: rank for rank, role in enumerate(PARTY_ROLES)}


def _check_charge_bearer(code: str) -> None:
    if code not in CHARGE_BEARERS:
        raise InputError(none_of(code, CHARGE_BEARERS))


def _in_order(parties: Iterable[Iterable[Any]]) -> tuple[tuple[str, Party], ...]:
    return tuple(sorted(pairs(parties), key=_by_role))


def _by_role(pair: tuple[Any, ...]) -> int:
    if len(pair) != 2 or not isinstance(pair[1], Party):
        raise InputError("parties: each has a role and a party")
    if pair[0] not in _RANK:
        raise InputError(f"parties: {none_of(pair[0], PARTY_ROLES)}")
    return _RANK[pair[0]]


@attrs.frozen
class PaymentDetails:
    """References, purpose, remittance and parties of an order; unknown fields are empty.

        details = PaymentDetails(
            end_to_end_id="INV-7", parties=[("debtor", Party(name="Анна Ким"))]
        )
        PaymentDetails.from_bytes(details.to_bytes()) == details  # True
        details.party("creditor")  # None

    Attributes:
        instruction_id, end_to_end_id, message_id: references of ISO 20022.
        message_name: of the message that the order came in, for example ``pacs.008.001.08``.
        purpose, category_purpose: codes of ISO 20022, or proprietary ones.
        charge_bearer: one of `CHARGE_BEARERS`.
        remittance: unstructured lines; structured elements as ``KEY=value``.
        parties: role and party; each role once, in any order; kept in the order of `PARTY_ROLES`.

    Raises:
        InputError: a field is malformed, or all together exceed `MAX_DETAILS_BYTES`; the message
            names it.
    """

    instruction_id: str = text_field(MAX_REFERENCE)
    end_to_end_id: str = text_field(MAX_REFERENCE)
    message_id: str = text_field(MAX_REFERENCE)
    message_name: str = text_field(MAX_REFERENCE)
    purpose: str = text_field(MAX_REFERENCE)
    category_purpose: str = text_field(MAX_REFERENCE)
    charge_bearer: str = attrs.field(default="")
    remittance: tuple[str, ...] = lines_field(MAX_DETAILS_BYTES, MAX_REMITTANCE_LINE)
    parties: tuple[tuple[str, Party], ...] = attrs.field(default=(), converter=_in_order)
    _content: bytes = attrs.field(init=False, eq=False, repr=False)

    @charge_bearer.validator
    def _check_charge_bearer(self, _: object, value: object) -> None:
        check_text("charge_bearer", value, _check_charge_bearer)

    def __attrs_post_init__(self) -> None:
        roles = [role for role, _ in self.parties]
        if len(set(roles)) != len(roles):
            twice = next(role for role in roles if roles.count(role) > 1)
            raise InputError(f"parties: {twice} is given twice")
        fields = {
            name: value for name in _FIELDS if (value := getattr(self, name)) and name != "parties"
        }
        if self.parties:
            fields["parties"] = {role: _in_use(party) for role, party in self.parties}
        content = canonical_text(fields).encode() if fields else b""
        if len(content) > MAX_DETAILS_BYTES:
            raise InputError(
                f"details have {len(content):,} bytes; {MAX_DETAILS_BYTES:,} is the most"
            )
        object.__setattr__(self, "_content", content)

    def party(self, role: str) -> Party | None:
        """The party with this role, if there is one."""
        return next((party for name, party in self.parties if name == role), None)

    def to_bytes(self) -> bytes:
        """Canonical JSON in UTF-8: keys sorted, absent fields left out; nothing for no details."""
        return self._content

    @property
    def digest(self) -> bytes:
        """The SHA-256 of `to_bytes`; `NO_DIGEST` for no details."""
        return content_digest(self._content)

    @classmethod
    def from_bytes(cls, content: bytes) -> "PaymentDetails":
        """The inverse of `to_bytes`; no other form of the same details is taken.

        Raises:
            InputError: these are not the canonical bytes of any details.
        """
        if not content:
            return NO_DETAILS
        if len(content) > MAX_DETAILS_BYTES:
            raise InputError(
                f"details have {len(content):,} bytes; {MAX_DETAILS_BYTES:,} is the most"
            )
        try:
            fields: dict[str, Any] = json.loads(content.decode())
            parties = [(role, _party(role, one)) for role, one in fields.pop("parties", {}).items()]
            details = cls(**fields, parties=parties)
        except InputError as error:
            raise InputError(f"details: {error}") from None
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise InputError("details are not the JSON that describes a payment") from None
        if details.to_bytes() != content:
            raise InputError("details are not in their canonical form")
        return details


_FIELDS: Final = tuple(name for name in attrs.fields_dict(PaymentDetails) if name != "_content")


def _party(role: str, fields: dict[str, Any]) -> Party:
    try:
        return Party(**fields)
    except InputError as error:
        raise InputError(f"parties: {role}: {error}") from None


def _in_use(party: Party) -> dict[str, Any]:
    return {name: value for name in _PARTY_FIELDS if (value := getattr(party, name))}


_PARTY_FIELDS: Final = tuple(attrs.fields_dict(Party))


def content_digest(content: bytes) -> bytes:
    """The SHA-256 of details or evidence; `NO_DIGEST` where there are none."""
    return hashlib.sha256(content).digest() if content else NO_DIGEST


#: The details of an order that states none.
NO_DETAILS: Final = PaymentDetails()
