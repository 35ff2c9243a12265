"""Terms of a link: the legs in two or more systems that settle together or not at all."""

from collections.abc import Callable
from functools import cached_property
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
from skontro.model.text import canonical_text
from skontro.system.document_text import document_hash
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import (
    check_digest,
    check_fields,
    check_list,
    check_number,
    check_text,
)

#: Most systems of a link, and most legs of all of them together.
MAX_SYSTEMS: Final = 32
MAX_LEGS: Final = 1_000

#: Part of the text that is hashed, so that a digest of terms is no digest of anything else.
TERMS_FORMAT: Final = "skontro link terms 1"


@attrs.frozen
class LinkLeg:
    """A payment that one system settles as its part of a link.

        leg = LinkLeg("KZ-RTGS", uetr, "BANKKZ01", "BANKKZ02", "KZT", 50_000_00)

    Attributes:
        system: short id of the system that settles it.
        uetr: of the order in that system. Legs of one payment through several systems may share it.
        payer, payee: BICs of two participants of that system.
        currency: ISO 4217 code.
        amount: minor units.
        contract: digest of the contract between the decider and this system, in hexadecimal; empty
            in the decider's own leg.

    Raises:
        InputError: a value is malformed; the message names the field.
    """

    system: str
    uetr: str
    payer: str
    payee: str
    currency: str
    amount: int
    contract: str = ""

    def __attrs_post_init__(self) -> None:
        for name, check in _CHECKS.items():
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        if type(self.amount) is not int or not 0 < self.amount <= MAX_AMOUNT:
            raise InputError(f"amount: {self.amount} minor units are outside 1..{MAX_AMOUNT}")
        if self.contract != "":
            check_digest(self.contract, "contract")
        if self.payer == self.payee:
            raise InputError(f"payee: {self.payee} is the payer too")

    def to_document(self) -> dict[str, Any]:
        """As JSON values; the amount is decimal text in units of the currency."""
        return {
            "system": self.system,
            "uetr": self.uetr,
            "payer": self.payer,
            "payee": self.payee,
            "currency": self.currency,
            "amount": format_amount(self.amount, find_currency(self.currency)),
            "contract": self.contract,
        }

    @classmethod
    def from_document(cls, document: object) -> "LinkLeg":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed.
        """
        fields = check_fields(document, [field.name for field in attrs.fields(cls)], "leg")
        currency = find_currency(check_text(fields["currency"], "currency"))
        amount = parse_amount(check_text(fields["amount"], "amount"), currency)
        return cls(**{**fields, "amount": amount})


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "system": check_system_id,
    "uetr": check_uetr,
    "payer": check_bic,
    "payee": check_bic,
    "currency": find_currency,
}


@attrs.frozen(slots=False)
class LinkTerms:
    """The terms that the banks of all systems instruct; they never change.

        terms = LinkTerms(link, "KZ-RTGS", (leg_in_kz, leg_in_uz), valid_until)
        LinkTerms.from_document(terms.to_document()) == terms

    Attributes:
        link: a lower-case UUID of version 4, agreed by the banks.
        decider: the system whose record has the decision.
        legs: those of the decider first, then those of each *follower*; all legs of one system are
            together.
        valid_until: timestamp; no leg settles later.

    Raises:
        InputError: a value is malformed, or the legs contradict each other.
    """

    link: str
    decider: str
    legs: tuple[LinkLeg, ...]
    valid_until: int

    def __attrs_post_init__(self) -> None:
        try:
            check_uetr(check_text(self.link, "it"))
        except InputError:
            raise InputError("link: must be a lower-case UUID of version 4") from None
        check_number(self.valid_until, "valid_until")
        if not 2 <= len(self.legs) <= MAX_LEGS:
            raise InputError(f"legs: a link has 2 to {MAX_LEGS} legs, not {len(self.legs)}")
        if self.legs[0].system != self.decider:
            raise InputError("legs: the first leg is that of the decider")
        if not 2 <= len(self.systems) <= MAX_SYSTEMS:
            number = len(self.systems)
            raise InputError(f"legs: a link has 2 to {MAX_SYSTEMS} systems, not {number}")
        together = tuple(leg for system in self.systems for leg in self.legs_of(system))
        if together != self.legs:
            raise InputError("legs: those of one system are not together")
        for system in self.systems:
            self._check_legs_of(system)

    def _check_legs_of(self, system: str) -> None:
        legs = self.legs_of(system)
        if len({leg.uetr for leg in legs}) < len(legs):
            raise InputError(f"legs: two of {system} have the same UETR")
        contracts = {leg.contract for leg in legs}
        if len(contracts) > 1 or (contracts == {""}) != (system == self.decider):
            raise InputError(
                "legs: each leg of a follower has the digest of its contract with the decider, and "
                "the decider's legs have none"
            )

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """Ids of all systems, in the order of the legs."""
        return tuple(dict.fromkeys(leg.system for leg in self.legs))

    @cached_property
    def followers(self) -> tuple[str, ...]:
        """Ids of the systems other than the decider, in the order of the legs."""
        return self.systems[1:]

    @cached_property
    def shape(self) -> tuple[str, tuple[tuple[str, str, str], ...]]:
        """The decider, and system, contract and currency of each leg, for a look at contracts."""
        legs = {(leg.system, leg.contract, leg.currency): None for leg in self.legs}
        return self.decider, tuple(legs)

    def peers_of(self, system: str) -> tuple[str, ...]:
        """The systems with which a system exchanges statements about the link."""
        return self.followers if system == self.decider else (self.decider,)

    def legs_of(self, system: str) -> tuple[LinkLeg, ...]:
        """The legs that a system settles, in their order; none if it has no part in the link."""
        return self._legs_by_system.get(system, ())

    @cached_property
    def _legs_by_system(self) -> dict[str, tuple[LinkLeg, ...]]:
        found: dict[str, tuple[LinkLeg, ...]] = {}
        for leg in self.legs:
            found[leg.system] = (*found.get(leg.system, ()), leg)
        return found

    def leg_of(self, system: str) -> LinkLeg:
        """The first leg that a system settles; all its legs name the same contract.

        Raises:
            InputError: the link has no leg in this system.
        """
        for leg in self.legs_of(system):
            return leg
        raise InputError(f"link {self.link} has no leg in {system}")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text of the document, in hexadecimal; the same everywhere."""
        return document_hash(canonical_text(self._document))

    def to_document(self) -> dict[str, Any]:
        """As JSON values: no number is above `MAX_NUMBER`, and amounts are text."""
        return {**self._document}

    @cached_property
    def _document(self) -> dict[str, Any]:
        return {
            "format": TERMS_FORMAT,
            "link": self.link,
            "decider": self.decider,
            "legs": [leg.to_document() for leg in self.legs],
            "valid_until": self.valid_until,
        }

    @classmethod
    def from_document(cls, document: object) -> "LinkTerms":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed, or not in the one form that `to_document` gives;
                the message names the field.
        """
        names = ("format", *(field.name for field in attrs.fields(cls)))
        fields = check_fields(document, names, "terms of a link")
        if fields["format"] != TERMS_FORMAT:
            raise InputError(f"format: must be {TERMS_FORMAT!r}")
        legs = []
        for number, leg in enumerate(check_list(fields["legs"], "legs"), 1):
            try:
                legs.append(LinkLeg.from_document(leg))
            except InputError as error:
                raise InputError(f"leg {number}: {error}") from None
        decider = check_text(fields["decider"], "decider")
        terms = cls(fields["link"], decider, tuple(legs), fields["valid_until"])
        if terms.to_document() != document:
            raise InputError("amount: has another form than this system writes, as in 1250.50")
        return terms
