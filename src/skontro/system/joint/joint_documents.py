"""Signed documents of a joint cycle: a member's publication, and the root of its result.

A system signs them with the key of its record, which its contracts name. The signature is over the
root, so it covers every row.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skontro.model import InputError
from skontro.model.signatures import is_signed
from skontro.model.text import canonical_text
from skontro.system.joint.joint_cycle import (
    JointAccount,
    JointObligation,
    JointResult,
    NamedContract,
    Publication,
)
from skontro.system.links.link_documents import (
    check_digest,
    check_fields,
    check_hexadecimal,
    check_list,
    check_number,
    check_text,
)

#: Parts of the signed texts, so that no other document can pass for one of these.
PUBLICATION_FORMAT: Final = "skontro joint publication 1"
RESULT_FORMAT: Final = "skontro joint result 1"

_SIGNATURE_BYTES: Final = 64
_PUBLICATION: Final = (
    "format", "cycle", "system", "root", "obligations", "accounts", "contracts", "signature",
)  # fmt: skip

#: Public keys of the members, by identifier of their systems.
Keys = Mapping[str, Ed25519PublicKey]


def _check_signature(keys: Keys, system: str, content: bytes, signature: bytes) -> None:
    if system not in keys:
        raise InputError(f"joint cycle: {system} is no member")
    if not is_signed(keys[system], content, signature):
        raise InputError(f"joint cycle: the signature is not that of {system}")


@attrs.frozen
class SignedPublication:
    """A publication with its system's signature over the root.

    signed = SignedPublication.of(publication, private_key)
    signed.check(keys)
    SignedPublication.from_document(signed.to_document()) == signed
    """

    publication: Publication
    signature: bytes

    @classmethod
    def of(cls, publication: Publication, key: Ed25519PrivateKey) -> "SignedPublication":
        """The publication, signed."""
        return cls.signed_by(publication, key.sign)

    @classmethod
    def signed_by(
        cls, publication: Publication, sign: Callable[[bytes], bytes]
    ) -> "SignedPublication":
        """The publication, signed by a function."""
        return cls(publication, sign(_published_text(publication)))

    @property
    def system(self) -> str:
        """Identifier of the system that signed."""
        return self.publication.system

    def check(self, keys: Keys) -> None:
        """Check the signature.

        Raises:
            InputError: it is not that of the system, or the system is no member.
        """
        text = _published_text(self.publication)
        _check_signature(keys, self.system, text, self.signature)

    def to_document(self) -> dict[str, Any]:
        """As JSON values; amounts are text, minor units."""
        made = self.publication
        return {
            "format": PUBLICATION_FORMAT,
            "cycle": made.cycle,
            "system": made.system,
            "root": made.root.hex(),
            "obligations": [
                {**attrs.asdict(one), "amount": str(one.amount)} for one in made.obligations
            ],
            "accounts": [attrs.asdict(one) for one in made.accounts],
            "contracts": [attrs.asdict(one) for one in made.contracts],
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_document(cls, document: object) -> "SignedPublication":
        """The inverse of `to_document`; the signature is not checked.

        Raises:
            InputError: the document is malformed, or its rows are not those of its root.
        """
        fields = check_fields(document, _PUBLICATION, "joint publication")
        if fields["format"] != PUBLICATION_FORMAT:
            raise InputError(f"format: must be {PUBLICATION_FORMAT!r}")
        publication = Publication(
            check_text(fields["cycle"], "cycle"),
            check_text(fields["system"], "system"),
            tuple(_obligation(one) for one in check_list(fields["obligations"], "obligations")),
            tuple(
                JointAccount(**_texts(one, JointAccount, "accounts"))
                for one in check_list(fields["accounts"], "accounts")
            ),
            tuple(
                NamedContract(**_texts(one, NamedContract, "contracts"))
                for one in check_list(fields["contracts"], "contracts")
            ),
        )
        if publication.root.hex() != fields["root"]:
            raise InputError("root: is not that of the rows")
        signature = check_hexadecimal(fields["signature"], "signature", _SIGNATURE_BYTES)
        signed = cls(publication, signature)
        if signed.to_document() != document:
            raise InputError("joint publication: has another form than this system writes")
        return signed


def _published_text(publication: Publication) -> bytes:
    document = {
        "format": PUBLICATION_FORMAT,
        "cycle": publication.cycle,
        "system": publication.system,
        "root": publication.root.hex(),
    }
    return canonical_text(document).encode()


def _texts(document: object, kind: type, place: str) -> dict[str, str]:
    names = [field.name for field in attrs.fields(kind)]
    fields = check_fields(document, names, place)
    return {name: check_text(fields[name], f"{place}: {name}") for name in names}


def _obligation(document: object) -> JointObligation:
    texts = _texts(document, JointObligation, "obligations")
    amount = texts.pop("amount")
    if not amount.isascii() or not amount.isdecimal():
        raise InputError("obligations: amount: must be minor units in digits")
    return JointObligation(amount=int(amount), **texts)


@attrs.frozen
class SignedResult:
    """The root of a member's result, with its signature.

    Attributes:
        cycle: identifier of the cycle.
        system: of the member that computed it.
        inputs: root of each publication that it computed from, by system, in order.
        rows: number of rows under the root.
        root: root of the result.
        signature: of the member.
    """

    cycle: str
    system: str
    inputs: tuple[tuple[str, bytes], ...]
    rows: int
    root: bytes
    signature: bytes = b""

    @classmethod
    def of(cls, result: JointResult, system: str, key: Ed25519PrivateKey) -> "SignedResult":
        """The root of a result, signed."""
        return cls.signed_by(result, system, key.sign)

    @classmethod
    def signed_by(
        cls, result: JointResult, system: str, sign: Callable[[bytes], bytes]
    ) -> "SignedResult":
        """The root of a result, signed by a function."""
        made = cls(result.cycle, system, result.roots, len(result.rows), result.root)
        return attrs.evolve(made, signature=sign(made.to_bytes()))

    def to_bytes(self) -> bytes:
        """The canonical text in UTF-8: the bytes that the member signs."""
        document = self.to_document()
        del document["signature"]
        return canonical_text(document).encode()

    def check(self, keys: Keys) -> None:
        """Check the signature.

        Raises:
            InputError: it is not that of the system, or the system is no member.
        """
        _check_signature(keys, self.system, self.to_bytes(), self.signature)

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": RESULT_FORMAT,
            "cycle": self.cycle,
            "system": self.system,
            "inputs": [[system, root.hex()] for system, root in self.inputs],
            "rows": self.rows,
            "root": self.root.hex(),
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_document(cls, document: object) -> "SignedResult":
        """The inverse of `to_document`; the signature is not checked.

        Raises:
            InputError: the document is malformed.
        """
        names = ("format", *(field.name for field in attrs.fields(cls)))
        fields = check_fields(document, names, "joint result")
        if fields["format"] != RESULT_FORMAT:
            raise InputError(f"format: must be {RESULT_FORMAT!r}")
        return cls(
            check_text(fields["cycle"], "cycle"),
            check_text(fields["system"], "system"),
            tuple(_input(one) for one in check_list(fields["inputs"], "inputs")),
            check_number(fields["rows"], "rows", least=1),
            bytes.fromhex(check_digest(fields["root"], "root")),
            check_hexadecimal(fields["signature"], "signature", _SIGNATURE_BYTES),
        )


def _input(value: object) -> tuple[str, bytes]:
    pair = check_list(value, "inputs")
    if len(pair) != 2:
        raise InputError("inputs: each is a system and a root")
    return check_text(pair[0], "inputs"), bytes.fromhex(check_digest(pair[1], "inputs"))
