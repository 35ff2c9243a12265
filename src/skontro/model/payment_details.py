"""Parties, references and remittance of an order: its details, in one canonical form.

Details accompany an order and never change its settlement. Screening reads the parties, and
statements carry the references, so that a bank reconciles without the UETR alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import partial
from typing import Any, Final

import attrs

from skontro.model.errors import InputError
from skontro.model.identity import bic_countries
from skontro.model.text import MAX_NAME, check_line, is_line, none_of, parse_date, quoted

#: Most bytes of the details of one order, in the form of `PaymentDetails.to_bytes`.
MAX_DETAILS_BYTES: Final = 16 * 1024
#: Most bytes of the evidence of one screening.
MAX_EVIDENCE_BYTES: Final = 16 * 1024
#: The digest of absent details or evidence.
NO_DIGEST: Final = bytes(32)

#: Most characters of references and purposes (Max35Text), accounts (Max34Text), lines of an
#: address, lines of remittance, schemes (Max35Text) and values of identifiers (Max256Text).
MAX_REFERENCE, MAX_ACCOUNT, MAX_ADDRESS_LINE, MAX_REMITTANCE_LINE = 35, 34, 200, 300
MAX_SCHEME, MAX_IDENTIFIER = 35, 256
_MOST_OF_PAIR: Final = (MAX_SCHEME, MAX_IDENTIFIER)
#: Most lines of an address, as many as elements of a postal address; and most identifiers.
MAX_ADDRESS_LINES, MAX_IDENTIFIERS = 24, 20
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


class ScreeningOutcome(IntEnum):
    """The outcome of screening an order. The numbers are part of the record and never change."""

    NOT_SCREENED = 0
    PASSED = 1
    HELD = 2
    REJECTED = 3
    RELEASED = 4  # by two people of the operator, from any other outcome


def _pairs(values: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(map(tuple, values))


def _check(field: str, value: object, check: Callable[[str], object]) -> None:
    """Check a text that may be empty; errors name the field."""
    if not isinstance(value, str):
        raise InputError(f"{field} is no text")
    if value:
        try:
            check(value)
        except InputError as error:
            raise InputError(f"{field} {error}") from None


def _text(most: int) -> Any:  # noqa: ANN401  attrs promises each field's own type
    """A field with one line of text of at most `most` characters, or none."""

    line = partial(check_line, most=most)

    def check(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
        # Most fields of most parties are empty.
        if value != "" and not is_line(value, most):
            _check(attribute.name, value, line)

    return attrs.field(default="", validator=check)


def _lines(most: int, most_characters: int) -> Any:  # noqa: ANN401  as above
    """A field with at most `most` lines of text, none of them empty."""

    one_line = partial(check_line, most=most_characters)

    def check(_: object, attribute: "attrs.Attribute[Any]", lines: tuple[object, ...]) -> None:
        if not lines:
            return
        if len(lines) > most:
            raise InputError(f"{attribute.name} has {len(lines)} lines; {most} is the most")
        for number, line in enumerate(lines, start=1):
            if is_line(line, most_characters):
                continue
            where = f"{attribute.name} {number}"
            if line == "":
                raise InputError(f"{where} is empty")
            _check(where, line, one_line)

    return attrs.field(default=(), converter=tuple, validator=check)


def _check_country(code: str) -> None:
    if code not in bic_countries():
        raise InputError(f"{quoted(code)} is no country code of ISO 3166 (two capital letters)")


def _check_charge_bearer(code: str) -> None:
    if code not in CHARGE_BEARERS:
        raise InputError(none_of(code, CHARGE_BEARERS))


@attrs.frozen
class Party:
    """A person, company or institution in a payment; unknown fields are empty.

        Party(name="Анна Ким", country="KZ", account="KZ75125KZT2069100100")

    Attributes:
        name: in full, in any script.
        country: of residence or registration, ISO 3166 alpha-2.
        address: its lines, or the elements of a structured address, in full.
        account: IBAN or other identification of the account.
        identifiers: scheme and value: ``("BIC", …)``, ``("LEI", …)``, ``("PASSPORT", …)``.
        birth_date: ISO 8601.
        birth_place: town and country.

    Raises:
        InputError: a field is too long, unreadable, or no text; the message names it.
    """

    name: str = _text(MAX_NAME)
    country: str = attrs.field(default="")
    address: tuple[str, ...] = _lines(MAX_ADDRESS_LINES, MAX_ADDRESS_LINE)
    account: str = _text(MAX_ACCOUNT)
    identifiers: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_pairs)
    birth_date: str = attrs.field(default="")
    birth_place: str = _text(MAX_NAME)

    @country.validator
    def _check_country(self, _: object, value: object) -> None:
        _check("country", value, _check_country)

    @birth_date.validator
    def _check_birth_date(self, _: object, value: object) -> None:
        _check("birth_date", value, parse_date)

    @identifiers.validator
    def _check_identifiers(self, _: object, values: tuple[tuple[Any, ...], ...]) -> None:
        if len(values) > MAX_IDENTIFIERS:
            raise InputError(f"identifiers are {len(values)}; {MAX_IDENTIFIERS} is the most")
        for number, pair in enumerate(values, start=1):
            if len(pair) != 2 or "" in pair:
                raise InputError(f"identifier {number} needs a scheme and a value")
            for what, text, most in zip(("scheme", "value"), pair, _MOST_OF_PAIR, strict=True):
                if not is_line(text, most):
                    _check(f"identifier {number}: {what}", text, partial(check_line, most=most))
        if len(values) > 1 and len(set(values)) != len(values):
            raise InputError("identifiers name the same one twice")

    def identifier(self, scheme: str) -> str:
        """The first identifier of a scheme; empty where there is none."""
        return next((value for name, value in self.identifiers if name == scheme), "")


def _in_order(parties: Iterable[Iterable[Any]]) -> tuple[tuple[str, Party], ...]:
    return tuple(sorted(_pairs(parties), key=_by_role))


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

    instruction_id: str = _text(MAX_REFERENCE)
    end_to_end_id: str = _text(MAX_REFERENCE)
    message_id: str = _text(MAX_REFERENCE)
    message_name: str = _text(MAX_REFERENCE)
    purpose: str = _text(MAX_REFERENCE)
    category_purpose: str = _text(MAX_REFERENCE)
    charge_bearer: str = attrs.field(default="")
    remittance: tuple[str, ...] = _lines(MAX_DETAILS_BYTES, MAX_REMITTANCE_LINE)
    parties: tuple[tuple[str, Party], ...] = attrs.field(default=(), converter=_in_order)
    _content: bytes = attrs.field(init=False, eq=False, repr=False)

    @charge_bearer.validator
    def _check_charge_bearer(self, _: object, value: object) -> None:
        _check("charge_bearer", value, _check_charge_bearer)

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
        content = _canonical(fields) if fields else b""
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
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _canonical(document: object) -> bytes:
    return _ENCODER.encode(document).encode()


def content_digest(content: bytes) -> bytes:
    """The SHA-256 of details or evidence; `NO_DIGEST` where there are none."""
    return hashlib.sha256(content).digest() if content else NO_DIGEST


#: The details of an order that states none.
NO_DETAILS: Final = PaymentDetails()
