"""Proof that statements about links are in the sender's signed record.

A system signs its batches, not its statements. The statements of one batch share the signature of
that batch, and need one path in its hash tree together (RFC 6962). The receiver recomputes the hash
of the batch, so it also learns its number, its time and the hash of the batch before.
"""

from collections.abc import Iterable, Mapping
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
from skontro.ledger.journal import Head
from skontro.ledger.lease import Connection
from skontro.ledger.postgres.tables import LINK_STATEMENTS, TABLES
from skontro.ledger.reader import read_entries
from skontro.model import InputError
from skontro.model.hash_tree import HASH_BYTES, joint_path, root_from_joint_path, tree_levels
from skontro.model.signatures import is_signed
from skontro.system.links.link_documents import (
    check_fields,
    check_hexadecimal,
    check_list,
    check_number,
    check_text,
)

#: Begins the message of each error.
_NAME: Final = "link proof"
#: Bytes of the parts that are one value.
_SIZES: Final = {
    "header": HEADER_BYTES,
    "previous_hash": HASH_BYTES,
    "signature": 64,
    "root": HASH_BYTES,
}
#: Place of the statements' root among the hashes of the content. Requests and commands share the
#: first, and the body has the last.
_PLACE: Final = TABLES.index(LINK_STATEMENTS) - 1
#: Hashes of the content other than that root.
_OTHERS: Final = len(TABLES) - 1
_MAX_LEVELS: Final = 32

#: Most statements of one proof, and bytes of them all: so a proof fits into one envelope.
MAX_STATEMENTS: Final = 2_048
MAX_STATEMENT_BYTES: Final = 600_000


class NotProved(InputError):  # noqa: N818  the fact is the name
    """A proof that proves nothing about the record of its sender."""


@attrs.frozen
class ProvedStatement:
    """A statement with its place among those of its batch."""

    content: bytes
    index: int


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
        statements: some of its statements, by rising index; none proves only that the record has
            come so far.
        path: from these statements together to the root.
    """

    header: bytes
    others: tuple[bytes, ...]
    previous_hash: bytes
    signature: bytes
    root: bytes
    statements: tuple[ProvedStatement, ...]
    path: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, entry: Entry, statements: Mapping[int, bytes]) -> "LinkProof":
        """The proof for statements of a signed batch, as of one part in `of_each`."""
        (proof,) = cls.of_each(entry, (statements,))
        return proof

    @classmethod
    def of_each(cls, entry: Entry, parts: Iterable[Mapping[int, bytes]]) -> tuple["LinkProof", ...]:
        """A proof for each of several parts of the statements; the batch is hashed once.

        Args:
            entry: a signed batch with the rows of all tables.
            parts: bytes of statements, by index in the batch.
        """
        levels = tree_levels(statement_hashes(entry.rows[LINK_STATEMENTS.name]))
        commitments = entry.commitments
        common = cls(
            header=entry.header,
            others=(*commitments[:_PLACE], *commitments[_PLACE + 1 :]),
            previous_hash=entry.previous_hash,
            signature=entry.signature,
            root=commitments[_PLACE],
            statements=(),
        )
        return tuple(
            attrs.evolve(
                common,
                statements=tuple(ProvedStatement(part[index], index) for index in sorted(part)),
                path=tuple(joint_path(levels, sorted(part))),
            )
            for part in parts
        )

    @property
    def head(self) -> "LinkProof":
        """The same batch without statements, and so without their path."""
        return attrs.evolve(self, statements=(), path=())

    def check(self, key: Ed25519PublicKey) -> "CheckedProof":
        """Recompute the hash of the batch from its statements, and check the signature over it.

        Raises:
            NotProved: the message gives the reason.
        """
        count, number, time = statements_and_time(self.header)
        if self.statements:
            leaves = [(one.index, digest(one.content)) for one in self.statements]
            try:
                root = root_from_joint_path(leaves, count, self.path)
            except ValueError as error:
                raise NotProved(f"link proof: {error}") from None
            if root != self.root:
                raise NotProved("link proof: a statement is not among those of the batch")
        elif self.path:
            raise NotProved("link proof: the path is too long")
        commitments = (*self.others[:_PLACE], self.root, *self.others[_PLACE:])
        hashed = chain_hash(self.previous_hash, content_hash(self.header, commitments))
        if not is_signed(key, hashed, self.signature):
            raise NotProved("link proof: the signature is not that of the sender's key")
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
                {"content": one.content.decode(), "index": one.index} for one in self.statements
            ],
            "path": [one.hex() for one in self.path],
        }

    @classmethod
    def from_document(cls, document: object) -> "LinkProof":
        """The inverse of `to_document`, from an unchecked value.

        Raises:
            InputError: it is malformed.
        """
        proof = check_fields(document, [field.name for field in attrs.fields(cls)], _NAME)
        parts = {
            name: check_hexadecimal(proof[name], f"{_NAME}: {name}", size)
            for name, size in _SIZES.items()
        }
        statements = check_list(proof["statements"], f"{_NAME}: statements")
        if len(statements) > MAX_STATEMENTS:
            raise InputError(f"{_NAME}: statements: more than {MAX_STATEMENTS}")
        return cls(
            others=_hashes(proof["others"], "others", _OTHERS, _OTHERS),
            statements=tuple(map(_statement, statements)),
            path=_hashes(proof["path"], "path", 0, _MAX_LEVELS * max(1, len(statements))),
            **parts,
        )


def proof_of_head(connection: Connection, head: Head) -> LinkProof:
    """The proof, without statements, of the last batch in the database."""
    (entry,) = read_entries(connection, head.number, head.number)
    return LinkProof.of(entry, {})


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
    fields = check_fields(document, ("content", "index"), _NAME)
    content = check_text(fields["content"], f"{_NAME}: content")
    try:
        encoded = content.encode()
    except UnicodeEncodeError:
        raise InputError(f"{_NAME}: the content of a statement is not Unicode text") from None
    index = check_number(fields["index"], f"{_NAME}: index")
    return ProvedStatement(encoded, index)


def _hashes(value: object, name: str, least: int, most: int) -> tuple[bytes, ...]:
    place = f"{_NAME}: {name}"
    found = tuple(check_hexadecimal(one, place, HASH_BYTES) for one in check_list(value, place))
    if not least <= len(found) <= most:
        raise InputError(f"{place}: {len(found)} hashes where {least} to {most} are expected")
    return found
