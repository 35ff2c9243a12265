"""Checks that batches read from the record are those that the writer signed."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.ledger.entry import Entry, chain_hash, commitments_of, content_hash
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.reader import Header, last_batch, read_headers
from skontro.model import InvariantBroken
from skontro.model.signatures import is_signed
from skontro.system import BatchKind

#: Number of batches whose links are read at once.
_PIECE: Final = 10_000

#: Name of the invariant checked here.
CHAIN: Final = "the record is the one that was signed"


def check_links(connection: Connection, first: int, key: Ed25519PublicKey) -> None:
    """Follow the hashes from a batch to the signed head.

    The signature of the head covers the hash, and so the content, of every batch before it. The
    batch before each claim of the record must be signed too: a claiming process signs batches that
    follow a head it has not replayed yet.

    Args:
        connection: connection of the record, which must not be empty.
        first: number of the batch to begin with.
        key: key of the writer, from a source other than the record.

    Raises:
        InvariantBroken: a batch is missing, does not follow the one before it, or a signature is
            not this key's.
    """
    last = last_batch(connection)
    before: Header | None = None
    for start in range(first, last + 1, _PIECE):
        for header in read_headers(connection, start, min(last, start + _PIECE - 1)):
            number = first if before is None else before.number + 1
            if header.number != number:
                raise InvariantBroken(CHAIN, f"batch {number} is missing")
            follows = before is None or header.previous_hash == before.hash
            if not follows or header.hash != chain_hash(header.previous_hash, header.content):
                raise InvariantBroken(CHAIN, f"batch {number} does not follow the one before it")
            if header.kind == BatchKind.WRITER and before is not None:
                check_signature(before, key)
            before = header
    if before is None or before.number != last:
        raise InvariantBroken(CHAIN, f"a batch after {first} is missing")
    check_signature(before, key)


def check_signature(header: Header | Entry, key: Ed25519PublicKey) -> None:
    """Check the writer's signature over the hash of a batch.

    Raises:
        InvariantBroken: the signature is not this key's.
    """
    if not is_signed(key, header.hash, header.signature):
        evidence = f"batch {header.number}: the signature is not that of the system's key"
        raise InvariantBroken(CHAIN, evidence)


def check_content(entry: Entry) -> None:
    """Check all rows of a batch against its hash.

    Args:
        entry: with all tables.

    Raises:
        InvariantBroken: they differ.
    """
    if content_hash(entry.header, commitments_of(entry.rows, entry.batch.body)) != entry.content:
        evidence = f"batch {entry.number} was changed; `skontro verify` says where"
        raise InvariantBroken(CHAIN, evidence)
