"""Messages between two systems about links: statements with their proofs, and answers.

An envelope has proofs in the order in which the sender's batches became durable. A proof without
statements shows only how far the sender's record has come. Envelopes and answers are signed with
the key of the record, and an answer repeats the random number of its envelope: it is fresh.
"""

from typing import Any, Final

import attrs

from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError
from skontro.model.text import canonical_text
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import (
    check_fields,
    check_hexadecimal,
    check_number,
    check_text,
)

ENVELOPE_FORMAT: Final = "skontro link envelope 1"
ANSWER_FORMAT: Final = "skontro link answer 1"

#: Most proofs of one envelope; all of them together have as many statements as one may have.
MAX_PROOFS: Final = 64
#: Bytes of the random number of an envelope, and of a signature.
NONCE_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
#: Fields of an envelope that its signature does not cover as they are.
_UNSIGNED: Final = ("proofs", "signature")


def held_from_document(document: object) -> LinkProof | None:
    """The newest head that a system holds of another one's record, as the proof of its batch.

    The other system has signed it, so it cannot be invented.

    Raises:
        InputError: it is malformed.
    """
    if document is None:
        return None
    proof = LinkProof.from_document(document)
    if proof.statements:
        raise InputError("held: a head has no statements")
    return proof


@attrs.frozen
class Envelope:
    """Statements of one system for another, with their proofs.

    Attributes:
        sender, addressee: identifiers of the systems.
        claim: record time at which the sender's service claimed its record; a restored copy has a
            later one.
        proofs: `LinkProof` documents, in the order of the sender's batches; one at least.
        nonce: 64 random hexadecimal digits, which the answer repeats.
        held: newest head that the sender holds of the addressee's record; None if it has none.
        signature: of the sender over `content`, 128 hexadecimal digits.
    """

    sender: str
    addressee: str
    claim: int
    proofs: tuple[dict[str, Any], ...]
    nonce: str
    held: LinkProof | None = None
    signature: str = ""

    @property
    def content(self) -> bytes:
        """The signed bytes: all but the statements, which their proofs determine."""
        stated = [
            [one["signature"], [statement["index"] for statement in one["statements"]]]
            for one in self.proofs
        ]
        rest = {key: value for key, value in self.to_document().items() if key not in _UNSIGNED}
        return canonical_text(rest | {"stated": stated}).encode()

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": ENVELOPE_FORMAT,
            "sender": self.sender,
            "addressee": self.addressee,
            "claim": self.claim,
            "nonce": self.nonce,
            "held": None if self.held is None else self.held.to_document(),
            "proofs": list(self.proofs),
            "signature": self.signature,
        }

    @classmethod
    def from_document(cls, document: object) -> "Envelope":
        """The inverse of `to_document`; the proofs are read later.

        Raises:
            InputError: it is malformed, or has too many proofs.
        """
        names = ("format", "sender", "addressee", "claim", "nonce", "held", "proofs", "signature")
        fields = check_fields(document, names, "envelope")
        if fields["format"] != ENVELOPE_FORMAT:
            raise InputError(f"format: must be {ENVELOPE_FORMAT!r}")
        proofs = fields["proofs"]
        if not isinstance(proofs, list) or not 1 <= len(proofs) <= MAX_PROOFS:
            raise InputError(f"proofs: must be a list of 1 to {MAX_PROOFS}")
        return cls(
            check_system_id(check_text(fields["sender"], "sender")),
            check_system_id(check_text(fields["addressee"], "addressee")),
            check_number(fields["claim"], "claim"),
            tuple(proofs),
            check_hexadecimal(fields["nonce"], "nonce", NONCE_BYTES).hex(),
            held_from_document(fields["held"]),
            check_hexadecimal(fields["signature"], "signature", SIGNATURE_BYTES).hex(),
        )


@attrs.frozen
class PeerAnswer:
    """The answer to an envelope, once its statements are durable.

    Attributes:
        batch: number of the answering system's batch that has the statements; None without any.
        refused: link, input and name of the reason of each that was refused.
        head: proof, without statements, of the answering system's newest batch.
        nonce: of the envelope.
        held: newest head that it holds of the sender's record.
        signature: of the answering system over `content`, 128 hexadecimal digits.
    """

    batch: int | None
    refused: tuple[tuple[str, str, str], ...]
    head: LinkProof
    nonce: str
    held: LinkProof | None = None
    signature: str = ""

    @property
    def content(self) -> bytes:
        """The signed bytes."""
        document = self.to_document()
        del document["signature"]
        return canonical_text(document).encode()

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": ANSWER_FORMAT,
            "batch": self.batch,
            "refused": [
                {"link": link, "input": given, "reason": reason}
                for link, given, reason in self.refused
            ],
            "head": self.head.to_document(),
            "nonce": self.nonce,
            "held": None if self.held is None else self.held.to_document(),
            "signature": self.signature,
        }

    @classmethod
    def from_document(cls, document: object) -> "PeerAnswer":
        """The inverse of `to_document`.

        Raises:
            InputError: it is malformed.
        """
        names = ("format", "batch", "refused", "head", "nonce", "held", "signature")
        fields = check_fields(document, names, "answer")
        if fields["format"] != ANSWER_FORMAT:
            raise InputError(f"format: must be {ANSWER_FORMAT!r}")
        batch, refused = fields["batch"], fields["refused"]
        if not isinstance(refused, list):
            raise InputError("refused: must be a list")
        rows = [check_fields(one, ("link", "input", "reason"), "refused") for one in refused]
        return cls(
            None if batch is None else check_number(batch, "batch"),
            tuple(
                (
                    check_text(row["link"], "link"),
                    check_text(row["input"], "input"),
                    check_text(row["reason"], "reason"),
                )
                for row in rows
            ),
            LinkProof.from_document(fields["head"]),
            check_hexadecimal(fields["nonce"], "nonce", NONCE_BYTES).hex(),
            held_from_document(fields["held"]),
            check_hexadecimal(fields["signature"], "signature", SIGNATURE_BYTES).hex(),
        )
