"""A market maker's quote with its signature, as a bank instructs a conversion by it.

The record has the quote and the terms in one batch. So anyone with the record sees which rate the
market maker offered, and that both amounts are those of the rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skontro.model import InputError, ReasonCode
from skontro.model.signatures import is_signed
from skontro.model.text import canonical_text
from skontro.system.links.conversion import LinkQuote, refusal_of_conversion
from skontro.system.links.link_documents import check_digest, check_fields, check_hexadecimal
from skontro.system.links.terms import LinkTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_SIGNATURE_BYTES: Final = 64


@attrs.frozen
class SignedQuote:
    """A quote, signed by a person of the market maker.

        signed = SignedQuote.of(quote, private_key)
        signed.is_signed
        SignedQuote.from_document(signed.to_document()) == signed

    Attributes:
        quote: the quote; its canonical text is signed.
        public_key: Ed25519, 64 hexadecimal digits; a key of the market maker in this system.
        signature: of the canonical text.
    """

    quote: LinkQuote
    public_key: str
    signature: bytes

    @classmethod
    def of(cls, quote: LinkQuote, key: Ed25519PrivateKey) -> SignedQuote:
        """The quote, signed."""
        public = key.public_key().public_bytes_raw().hex()
        return cls(quote, public, key.sign(_signed_text(quote)))

    @property
    def is_signed(self) -> bool:
        """Whether the signature is that of the key; not whose key it is."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
        except ValueError:
            return False
        return is_signed(key, _signed_text(self.quote), self.signature)

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "quote": self.quote.to_document(),
            "public_key": self.public_key,
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_document(cls, document: object) -> SignedQuote:
        """The inverse of `to_document`; the signature is not checked.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        fields = check_fields(document, ("quote", "public_key", "signature"), "signed quote")
        return cls(
            LinkQuote.from_document(fields["quote"]),
            check_digest(fields["public_key"], "public_key"),
            check_hexadecimal(fields["signature"], "signature", _SIGNATURE_BYTES),
        )


def _signed_text(quote: LinkQuote) -> bytes:
    return canonical_text(quote.to_document()).encode()


def refusal_of_quote(
    system: SettlementSystem, terms: LinkTerms, signed: SignedQuote, time: int
) -> ReasonCode:
    """Why terms may not be instructed by a quote; NONE if they may.

    Args:
        system: the own system, in which the market maker has a person with the key.
        terms: of the link.
        signed: the quote that the bank instructs with the terms.
        time: record time of the instruction.
    """
    quote, own = signed.quote, system.link_contracts.own_system
    makers = {side.system: side.market_maker for side in (quote.takes, quote.gives)}
    holders = {
        key.participant for key in system.credentials.keys if key.public_key == signed.public_key
    }
    if makers.get(own) not in holders or not signed.is_signed:
        return ReasonCode.NO_QUOTE
    return refusal_of_conversion(terms, quote, time)


def check_instructed(value: object) -> tuple[str, SignedQuote]:
    """The link and the quote of an instruction, from the body of a batch.

    Raises:
        InputError: they are malformed.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError("quotes: each is a link and a signed quote")
    return str(value[0]), SignedQuote.from_document(value[1])
