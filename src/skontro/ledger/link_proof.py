"""Proof that statements about links are in the sender's signed record.

A system signs its batches, not its statements. The statements of one batch share the signature of
that batch and need a path in its hash tree each (RFC 6962). The receiver recomputes the hash of the
batch, so it also learns its number, its time and the hash of the batch before.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.ledger.entry import (
    HEADER_BYTES,
    Entry,
    chain_hash,
    content_hash,
    digest,
    statement_hashes,
    statements_and_time,
)
from skontro.ledger.keys import is_signed
from skontro.ledger.postgres.tables import LINK_STATEMENTS, TABLES
from skontro.model import InputError
from skontro.model.hash_tree import HASH_BYTES, path_in, root_from_path, tree_levels

_SIGNATURE_BYTES: Final = 64
#: Place of the statements' root among the hashes of the content. Requests and commands share the
#: first, and the body has the last.
_PLACE: Final = TABLES.index(LINK_STATEMENTS) - 1
#: Hashes of the content other than that root.
_OTHERS: Final = len(TABLES) - 1
_MAX_LEVELS: Final = 32


@attrs.frozen
class ProvedStatement:
    """A statement with its place among those of its batch, and its path to their root."""

    content: bytes
    index: int
    path: tuple[bytes, ...]


@attrs.frozen
class LinkProof:
    """Statements of one batch with the proof that it has them.

        proof = LinkProof.of(entry, {0: statement})
        checked = proof.check(public_key)
        checked.time  # of the sender's record

    Attributes:
        header: fixed part of the batch.
        others: hashes of its content other than the root of its statements, in their order.
        previous_hash: hash of the batch before it.
        signature: of the sender, over the hash of the batch.
        root: of the tree over its statements.
        statements: some of its statements; none proves only that the record has come so far.
    """

    header: bytes
    others: tuple[bytes, ...]
    previous_hash: bytes
    signature: bytes
    root: bytes
    statements: tuple[ProvedStatement, ...]

    @classmethod
    def of(cls, entry: Entry, statements: dict[int, bytes]) -> "LinkProof":
        """The proof for statements of a signed batch.

        Args:
            entry: with the rows of all tables.
            statements: bytes of statements, by index in the batch.
        """
        levels = tree_levels(statement_hashes(entry.rows[LINK_STATEMENTS.name]))
        commitments = entry.commitments
        return cls(
            header=entry.header,
            others=(*commitments[:_PLACE], *commitments[_PLACE + 1 :]),
            previous_hash=entry.previous_hash,
            signature=entry.signature,
            root=commitments[_PLACE],
            statements=tuple(
                ProvedStatement(content, index, tuple(path_in(levels, index)))
                for index, content in sorted(statements.items())
            ),
        )

    def check(self, key: Ed25519PublicKey) -> "CheckedProof":
        """Recompute the hash of the batch from each statement, and check the signature over it.

        Raises:
            InputError: it proves nothing; the message gives the reason.
        """
        count, number, time = statements_and_time(self.header)
        for one in self.statements:
            leaf = digest(one.content)
            try:
                root = root_from_path(leaf, one.index, count, list(one.path))
            except ValueError as error:
                raise InputError(f"link proof: {error}") from None
            if root != self.root:
                raise InputError("link proof: a statement is not among those of the batch")
        commitments = (*self.others[:_PLACE], self.root, *self.others[_PLACE:])
        hashed = chain_hash(self.previous_hash, content_hash(self.header, commitments))
        if not is_signed(key, hashed, self.signature):
            raise InputError("link proof: the signature is not that of the sender's key")
        return CheckedProof(number, time, hashed, self.previous_hash)

    def to_document(self) -> dict[str, Any]:
        """As JSON values; statements are text in UTF-8, hashes hexadecimal."""
        return {
            "header": self.header.hex(),
            "others": [one.hex() for one in self.others],
            "previous_hash": self.previous_hash.hex(),
            "signature": self.signature.hex(),
            "root": self.root.hex(),
            "statements": [
                {
                    "content": one.content.decode(),
                    "index": one.index,
                    "path": [step.hex() for step in one.path],
                }
                for one in self.statements
            ],
        }

    @classmethod
    def from_document(cls, document: object) -> "LinkProof":
        """The inverse of `to_document`, from an unchecked value.

        Raises:
            InputError: it is malformed.
        """
        proof = _fields(
            document, "header", "others", "previous_hash", "signature", "root", "statements"
        )
        return cls(
            header=_digits(proof["header"], HEADER_BYTES),
            others=_hashes(proof["others"], _OTHERS, _OTHERS),
            previous_hash=_digits(proof["previous_hash"], HASH_BYTES),
            signature=_digits(proof["signature"], _SIGNATURE_BYTES),
            root=_digits(proof["root"], HASH_BYTES),
            statements=tuple(_statement(one) for one in _list(proof["statements"])),
        )


@attrs.frozen
class CheckedProof:
    """The facts that a valid proof shows about the sender's record.

    Attributes:
        batch: number of the batch.
        time: its timestamp in the sender's record, microseconds since 1970.
        hash, previous_hash: of the batch and of the one before it.
    """

    batch: int
    time: int
    hash: bytes
    previous_hash: bytes


def _statement(document: object) -> ProvedStatement:
    fields = _fields(document, "content", "index", "path")
    content, index = fields["content"], fields["index"]
    if not isinstance(content, str):
        raise InputError("link proof: the content of a statement is not text")
    if type(index) is not int:
        raise InputError("link proof: the index of a statement is not a whole number")
    try:
        encoded = content.encode()
    except UnicodeEncodeError:
        raise InputError("link proof: the content of a statement is not Unicode text") from None
    return ProvedStatement(encoded, index, _hashes(fields["path"], 0, _MAX_LEVELS))


def _fields(document: object, *names: str) -> dict[str, Any]:
    if not isinstance(document, dict) or document.keys() != {*names}:
        raise InputError(f"link proof: not an object with the keys {', '.join(names)}")
    return document


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise InputError("link proof: not a list")
    return value


def _hashes(value: object, least: int, most: int) -> tuple[bytes, ...]:
    found: Sequence[bytes] = [_digits(one, HASH_BYTES) for one in _list(value)]
    if not least <= len(found) <= most:
        raise InputError(f"link proof: {len(found)} hashes where {least} to {most} are expected")
    return tuple(found)


def _digits(value: object, size: int) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != size or not isinstance(value, str) or value != found.hex():
        raise InputError(f"link proof: not {2 * size} hexadecimal digits in small letters")
    return found
