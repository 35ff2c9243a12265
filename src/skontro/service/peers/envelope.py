"""Messages between two systems about links: statements with their proofs, and answers.

An envelope has proofs in the order in which the sender's batches became durable. A proof without
statements shows only how far the sender's record has come. Nothing else in an envelope is signed:
the proofs identify the sender.
"""

from typing import Any, Final

import attrs

from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import (
    check_digest,
    check_fields,
    check_number,
    check_text,
)

ENVELOPE_FORMAT: Final = "skontro link envelope 1"
ANSWER_FORMAT: Final = "skontro link answer 1"

#: Most proofs of one envelope; all of them together have as many statements as one may have.
MAX_PROOFS: Final = 64


@attrs.frozen
class HeldHead:
    """The newest head that a system holds of another system's record.

    Attributes:
        batch: its number.
        hash: its hash, 64 hexadecimal digits.
    """

    batch: int
    hash: str

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return attrs.asdict(self)

    @classmethod
    def from_document(cls, document: object) -> "HeldHead | None":
        """The inverse of `to_document`; None for null.

        Raises:
            InputError: it is malformed.
        """
        if document is None:
            return None
        fields = check_fields(document, ("batch", "hash"), "held")
        return cls(check_number(fields["batch"], "batch"), check_digest(fields["hash"], "hash"))


@attrs.frozen
class Envelope:
    """Statements of one system for another, with their proofs.

    Attributes:
        sender, addressee: identifiers of the systems.
        claim: record time at which the sender's service claimed its record; a restored copy has a
            later one.
        proofs: `LinkProof` documents, in the order of the sender's batches; one at least.
        held: newest head that the sender holds of the addressee's record; None if it has none.
    """

    sender: str
    addressee: str
    claim: int
    proofs: tuple[dict[str, Any], ...]
    held: HeldHead | None = None

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": ENVELOPE_FORMAT,
            "sender": self.sender,
            "addressee": self.addressee,
            "claim": self.claim,
            "held": None if self.held is None else self.held.to_document(),
            "proofs": list(self.proofs),
        }

    @classmethod
    def from_document(cls, document: object) -> "Envelope":
        """The inverse of `to_document`; the proofs are read later.

        Raises:
            InputError: it is malformed, or has too many proofs.
        """
        names = ("format", "sender", "addressee", "claim", "held", "proofs")
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
            HeldHead.from_document(fields["held"]),
        )


@attrs.frozen
class PeerAnswer:
    """The answer to an envelope, once its statements are durable.

    Attributes:
        batch: number of the answering system's batch that has the statements; None without any.
        refused: link, input and name of the reason of each that was refused.
        head: proof, without statements, of the answering system's newest batch.
        held: newest head that it holds of the sender's record.
    """

    batch: int | None
    refused: tuple[tuple[str, str, str], ...]
    head: LinkProof
    held: HeldHead | None = None

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
            "held": None if self.held is None else self.held.to_document(),
        }

    @classmethod
    def from_document(cls, document: object) -> "PeerAnswer":
        """The inverse of `to_document`.

        Raises:
            InputError: it is malformed.
        """
        names = ("format", "batch", "refused", "head", "held")
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
            HeldHead.from_document(fields["held"]),
        )
