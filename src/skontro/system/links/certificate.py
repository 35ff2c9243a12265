"""A certificate by two officers of the decider that a link was not committed and never will be.

A commit needs none: the signed statement itself proves it. A follower whose money is in doubt, and
whose decider has lost its record or cannot be reached, ends the link by such a certificate. The
decider's system loads it before it opens again.
"""

from collections.abc import Iterable
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skontro.model import InputError, ReasonCode, check_name, check_uetr
from skontro.model.signatures import is_signed
from skontro.model.text import canonical_text
from skontro.system.links.contract import MIN_OFFICERS, ContractSide, check_system_id
from skontro.system.links.link_documents import (
    as_json,
    check_digest,
    check_fields,
    check_hexadecimal,
    check_list,
    check_text,
)

#: Part of the signed text, so that no other document can pass for a certificate.
CERTIFICATE_FORMAT: Final = "skontro certificate of a link not committed 1"

_FIELDS: Final = ("link", "terms", "decider", "remark")
_SIGNATURE_BYTES: Final = 64
#: Most signatures: officers of one side sign, and two are enough.
_MAX_SIGNATURES: Final = 16


@attrs.frozen
class OfficerSignature:
    """A signature under a certificate.

    Attributes:
        public_key: of the officer, 64 hexadecimal digits.
        signature: Ed25519 over the certificate's text, 128 hexadecimal digits.
    """

    public_key: str
    signature: str


def _by_key(signatures: Iterable[OfficerSignature]) -> tuple[OfficerSignature, ...]:
    return tuple(sorted(signatures, key=lambda one: one.public_key))


@attrs.frozen
class Certificate:
    """A link that was not committed, as two officers of the decider certify.

        certificate = Certificate(link, terms.digest, "KZ-RTGS", "record lost")
        certificate = certificate.signed(first_key).signed(second_key)
        certificate.refusal(contract.side("KZ-RTGS"))  # ReasonCode.NONE

    Attributes:
        link: its UUID.
        terms: digest of its terms, in hexadecimal.
        decider: identifier of the system that decides it.
        remark: one line on why the record of the decider does not say so itself.
        signatures: by key.
    """

    link: str
    terms: str
    decider: str
    remark: str
    signatures: tuple[OfficerSignature, ...] = attrs.field(default=(), converter=_by_key)

    def __attrs_post_init__(self) -> None:
        try:
            check_uetr(check_text(self.link, "it"))
        except InputError:
            raise InputError("link: must be a lower-case UUID of version 4") from None
        check_digest(self.terms, "terms")
        check_system_id(check_text(self.decider, "decider"))
        try:
            check_name(check_text(self.remark, "it"))
        except InputError as error:
            raise InputError(f"remark: {error}") from None
        keys = [one.public_key for one in self.signatures]
        if len({*keys}) < len(keys) or len(keys) > _MAX_SIGNATURES:
            raise InputError(f"signatures: more than {_MAX_SIGNATURES}, or two of one officer")

    def to_bytes(self) -> bytes:
        """The canonical text without signatures, in UTF-8: the bytes that officers sign."""
        document = {name: getattr(self, name) for name in _FIELDS}
        return canonical_text({"format": CERTIFICATE_FORMAT, **document}).encode()

    def signed(self, key: Ed25519PrivateKey) -> "Certificate":
        """The certificate with one more signature."""
        public = key.public_key().public_bytes_raw().hex()
        signature = OfficerSignature(public, key.sign(self.to_bytes()).hex())
        return attrs.evolve(self, signatures=(*self.signatures, signature))

    def refusal(self, side: ContractSide) -> ReasonCode:
        """Why it certifies nothing for a side of a contract; NONE if it does.

        Every signature must be valid and of an officer, and there must be two.
        """
        if side.system != self.decider:
            return ReasonCode.LINK_CERTIFICATE_INVALID
        officers = {one.public_key for one in side.officers}
        content = self.to_bytes()
        valid = all(
            one.public_key in officers and _is_valid(one, content) for one in self.signatures
        )
        enough = len(self.signatures) >= MIN_OFFICERS
        return ReasonCode.NONE if valid and enough else ReasonCode.LINK_CERTIFICATE_INVALID

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {"format": CERTIFICATE_FORMAT, **attrs.asdict(self, value_serializer=as_json)}

    @classmethod
    def from_document(cls, document: object) -> "Certificate":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        fields = dict(check_fields(document, ("format", *_FIELDS, "signatures"), "certificate"))
        if fields.pop("format") != CERTIFICATE_FORMAT:
            raise InputError(f"format: must be {CERTIFICATE_FORMAT!r}")
        signatures = check_list(fields["signatures"], "signatures")
        fields["signatures"] = [_signature(one) for one in signatures]
        return cls(**fields)


def _signature(document: object) -> OfficerSignature:
    fields = check_fields(document, ("public_key", "signature"), "signatures")
    check_hexadecimal(fields["signature"], "signature", _SIGNATURE_BYTES)
    return OfficerSignature(check_digest(fields["public_key"], "public_key"), fields["signature"])


def _is_valid(signature: OfficerSignature, content: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        return is_signed(key, content, bytes.fromhex(signature.signature))
    except ValueError:
        return False
