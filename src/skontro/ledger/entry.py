"""One batch as it stands in the record: rows, header, hash and signature."""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import numpy as np

from skontro.conduct import Batch, BatchKind
from skontro.ledger.tables import (
    BALANCE,
    BALANCES,
    COMMANDS,
    EVENTS,
    POSTINGS,
    REQUEST,
    REQUESTS,
    RUNS,
    TABLES,
    Records,
)

#: What comes before the first batch.
NO_HASH: Final = bytes(32)
NO_DIGEST: Final = bytes(32)
NOBODY: Final = -1

_HEADER: Final = struct.Struct(">qhq6i")
# Told apart, so that no hash of one kind can pass for one of the other.
_CONTENT: Final = b"skontro content 1\0"
_CHAIN: Final = b"skontro chain 1\0"


def digest(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()


def own_request(commands: int, content: bytes = NO_DIGEST) -> Records:
    """The row of a request by the operator or the clock, with all commands of the batch."""
    return request_rows([(NOBODY, NO_DIGEST, NO_DIGEST, content, 0, commands)])


def request_rows(requests: Sequence[tuple[int, bytes, bytes, bytes, int, int]]) -> Records:
    """Rows of requests from tuples in the order of the fields."""
    return np.array([tuple(one) for one in requests], REQUEST)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of the hash tree over the leaves (RFC 6962, section 2.1)."""
    return _root([digest(b"\0" + leaf) for leaf in leaves]) if leaves else digest(b"")


def merkle_path(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """What is needed beside a leaf to compute the root (RFC 6962, section 2.1.1)."""
    return _path([digest(b"\0" + leaf) for leaf in leaves], position)


def _split(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = _split(len(hashes))
    return digest(b"\1" + _root(hashes[:middle]) + _root(hashes[middle:]))


def _path(hashes: Sequence[bytes], position: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    middle = _split(len(hashes))
    if position < middle:
        return [*_path(hashes[:middle], position), _root(hashes[middle:])]
    return [*_path(hashes[middle:], position - middle), _root(hashes[:middle])]


def root_from_path(leaf: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162, section 2.1.3.2).

    Raises:
        ValueError: the path does not fit the position.
    """
    node, last, found = position, count - 1, digest(b"\0" + leaf)
    for other in path:
        if last == 0:
            raise ValueError("the path is too long")
        if node & 1 or node == last:
            found = digest(b"\1" + other + found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = digest(b"\1" + found + other)
        node, last = node >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found


@attrs.frozen(eq=False)
class Entry:
    """A batch with its place in the chain.

    Attributes:
        number: 0 for genesis, then 1, 2, 3 …
        batch: what happened.
        rows: of each of `TABLES`, by name.
        previous_hash: of the batch before.
        content: hash of header and rows of this one alone.
        hash: of this one and all before it.
        signature: over the hash, by the writer.
    """

    number: int
    batch: Batch
    rows: Mapping[str, Records]
    previous_hash: bytes
    content: bytes
    hash: bytes
    signature: bytes = b""

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows in each of `TABLES`."""
        return tuple(len(self.rows[table.name]) for table in TABLES)

    @property
    def header(self) -> bytes:
        """The fixed part of what is hashed."""
        return header_bytes(self.number, self.batch.kind, self.batch.time, self.counts)

    @property
    def commitments(self) -> list[bytes]:
        """What is hashed beside the header: the requests' root, then one hash for each table."""
        return commitments_of(self.rows, self.batch.body)


def header_bytes(number: int, kind: int, time: int, counts: Sequence[int]) -> bytes:
    """The fixed part of what is hashed of a batch."""
    return _HEADER.pack(number, int(kind), time, *counts)


def leaves_of(requests: Records, commands: Records) -> list[bytes]:
    """One leaf a request: its row and those of its commands."""
    leaves = []
    for row in requests:
        first, count = int(row["first_command"]), int(row["commands"])
        leaves.append(row.tobytes() + commands[first : first + count].tobytes())
    return leaves


def commitments_of(rows: Mapping[str, Records], body: str) -> list[bytes]:
    """The root over the requests, then one hash for each other table and the body."""
    leaves = leaves_of(rows[REQUESTS.name], rows[COMMANDS.name])
    others = [digest(rows[one.name].tobytes()) for one in (EVENTS, RUNS, POSTINGS, BALANCES)]
    return [merkle_root(leaves), *others, digest(body.encode())]


def content_hash(header: bytes, commitments: Sequence[bytes]) -> bytes:
    """The hash of what one batch holds."""
    return digest(_CONTENT + header + b"".join(commitments))


def chain_hash(previous_hash: bytes, content: bytes) -> bytes:
    """The hash of a batch and of all before it."""
    return digest(_CHAIN + previous_hash + content)


def make_entry(number: int, batch: Batch, requests: Records, previous_hash: bytes) -> Entry:
    """A batch at its place in the chain, not yet signed.

    Args:
        number: of the batch.
        batch: what happened.
        requests: `REQUEST` records; together they have all commands of the batch.
        previous_hash: of the batch before.
    """
    balances = np.zeros(len(batch.balances), BALANCE)
    if len(balances):
        balances["balance"], balances["credit_line"] = batch.balances.T
    rows: dict[str, Records] = {
        REQUESTS.name: requests,
        COMMANDS.name: batch.rows,
        EVENTS.name: batch.events,
        RUNS.name: batch.runs,
        POSTINGS.name: batch.postings,
        BALANCES.name: balances,
    }
    counts = [len(rows[table.name]) for table in TABLES]
    header = header_bytes(number, batch.kind, batch.time, counts)
    content = content_hash(header, commitments_of(rows, batch.body))
    return Entry(number, batch, rows, previous_hash, content, chain_hash(previous_hash, content))


def genesis(body: str, time: int) -> Entry:
    """The first batch: the rules."""
    return make_entry(0, Batch(BatchKind.GENESIS, time, body=body), own_request(0), NO_HASH)
