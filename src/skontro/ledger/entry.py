"""An entry of the record, one batch: rows, header, hash and signature."""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine import COMMAND, COMMAND_DEFAULTS, Commands, to_records
from skontro.ledger.postgres.tables import (
    BALANCE,
    BALANCES,
    COMMANDS,
    EVENTS,
    LINK_STATEMENTS,
    POSTINGS,
    REQUEST,
    REQUESTS,
    RUNS,
    TABLES,
    Columns,
    Records,
)
from skontro.model import NO_DIGEST, InvariantBroken
from skontro.model.hash_tree import LEAF_PREFIX, root_of
from skontro.system import Batch, BatchKind

#: The previous hash of the first batch.
NO_HASH: Final = bytes(32)
NOBODY: Final = -1
#: The invariant of the texts that orders name by digest.
TEXTS: Final = "the record has the texts that its orders name"
#: Columns of `Commands` that name a text.
_NAMING: Final = ("details", "evidence")

_HEADER: Final = struct.Struct(">qhq7i")
HEADER_BYTES: Final = _HEADER.size
# Separate prefixes, so that no hash of one kind can pass for another.
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


def named_digests(commands: Commands) -> set[bytes]:
    """The digests of all texts that these orders name."""
    named: set[bytes] = set()
    for name in _NAMING:
        named.update(getattr(commands, name).tolist())
    named.discard(NO_DIGEST)
    return named


def attachments_of(commands: Commands, texts: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The texts that these orders name, by digest, in order of digest.

    Raises:
        InvariantBroken: one of them is not there.
    """
    try:
        return {digest: texts[digest] for digest in sorted(named_digests(commands))}
    except KeyError as error:
        raise InvariantBroken(TEXTS, f"the text {error.args[0].hex()} did not come") from None


@attrs.frozen(eq=False)
class Entry:
    """A batch with its place in the chain.

    Attributes:
        number: 0 for genesis, then 1, 2, 3 …
        batch: its content.
        rows: rows of each of `TABLES`, by name.
        previous_hash: hash of the previous batch.
        content: hash of header and rows of this batch alone.
        hash: hash of this batch and all before it.
        signature: over the hash, by the writer.
        attachments: texts that its orders name, by digest; written with it.
        computed: the commitments, with the rows and the body that they were computed of.
    """

    number: int
    batch: Batch
    rows: Mapping[str, Records]
    previous_hash: bytes
    content: bytes
    hash: bytes
    signature: bytes = b""
    attachments: Mapping[bytes, bytes] = attrs.field(factory=dict)
    computed: tuple[Mapping[str, Records], str, list[bytes]] | None = None

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows in each of `TABLES`."""
        return tuple(len(self.rows[table.name]) for table in TABLES)

    def columns(self, table: str) -> Columns:
        """A table as it is written: of commands the columns as they were applied."""
        if table != COMMANDS.name:
            return self.rows[table]
        commands = self.batch.commands
        return {
            name: getattr(commands, name) if name in COMMAND_DEFAULTS else commands.column(name)
            for name in COMMAND.names or ()
        }

    @property
    def header(self) -> bytes:
        """The fixed part of the hashed bytes."""
        return header_bytes(self.number, self.batch.kind, self.batch.time, self.counts)

    @property
    def other_commitments(self) -> list[bytes]:
        """The hash of each table, hashed together with the header and the requests' root."""
        return _other_commitments(self.rows, self.batch.body)

    @property
    def commitments(self) -> list[bytes]:
        """The root over the requests, and the hash of each other table and of the body."""
        if self.computed is not None:
            rows, body, commitments = self.computed
            if rows is self.rows and body is self.batch.body:
                return commitments
        return commitments_of(self.rows, self.batch.body)


def header_bytes(number: int, kind: int, time: int, counts: Sequence[int]) -> bytes:
    """The fixed part of the hashed bytes of a batch."""
    return _HEADER.pack(number, int(kind), time, *counts)


def number_and_requests(header: bytes) -> tuple[int, int]:
    """The number of a batch and its number of requests, from the fixed part."""
    number, _, _, requests, *_ = _HEADER.unpack(header)
    return int(number), int(requests)


def statements_and_time(header: bytes) -> tuple[int, int, int]:
    """How many link statements a batch has, its number and its time, from the fixed part."""
    number, _, time, *counts = _HEADER.unpack(header)
    return int(counts[-1]), int(number), int(time)


def leaf_of(requests: Records, commands: Records, index: int) -> bytes:
    """A request as a leaf of the batch's hash tree: its row and those of its commands."""
    row = requests[index]
    first, count = int(row["first_command"]), int(row["commands"])
    leaf: bytes = row.tobytes() + commands[first : first + count].tobytes()
    return leaf


def leaf_hashes(requests: Records, commands: Records) -> bytes:
    """The concatenated hashes of all leaves, without an object for each request."""
    rows, row_size = requests.tobytes(), requests.dtype.itemsize
    cells, cell_size = commands.tobytes(), commands.dtype.itemsize
    starts = (requests["first_command"].astype(np.int64) * cell_size).tolist()
    lengths = (requests["commands"].astype(np.int64) * cell_size).tolist()
    sha256 = hashlib.sha256
    hashes = [
        sha256(LEAF_PREFIX + rows[at : at + row_size] + cells[start : start + length]).digest()
        for at, start, length in zip(range(0, len(rows), row_size), starts, lengths, strict=True)
    ]
    return b"".join(hashes)


def commitments_of(rows: Mapping[str, Records], body: str) -> list[bytes]:
    """The root over the requests, then one hash for each other table and the body."""
    root = root_of(leaf_hashes(rows[REQUESTS.name], rows[COMMANDS.name]))
    return [root, *_other_commitments(rows, body)]


def _other_commitments(rows: Mapping[str, Records], body: str) -> list[bytes]:
    others = [digest(rows[one.name].tobytes()) for one in (EVENTS, RUNS, POSTINGS, BALANCES)]
    # A tree, so that each statement is proved to its receiver without the others.
    statements = root_of(statement_hashes(rows[LINK_STATEMENTS.name]))
    return [*others, statements, digest(body.encode())]


def statement_hashes(statements: Records) -> bytes:
    """The concatenated hashes of link statements as leaves of their tree."""
    sha256 = hashlib.sha256
    contents = statements["content"].tolist()
    return b"".join(sha256(LEAF_PREFIX + content).digest() for content in contents)


def content_hash(header: bytes, commitments: Sequence[bytes]) -> bytes:
    """The hash of one batch's content."""
    return digest(_CONTENT + header + b"".join(commitments))


def chain_hash(previous_hash: bytes, content: bytes) -> bytes:
    """The hash of a batch and of all before it."""
    return digest(_CHAIN + previous_hash + content)


def make_entry(
    number: int,
    batch: Batch,
    requests: Records,
    previous_hash: bytes,
    attachments: Mapping[bytes, bytes] | None = None,
) -> Entry:
    """A batch as an unsigned entry of the chain.

    Args:
        number: number of the batch.
        batch: its content.
        requests: `REQUEST` records; together they have all commands of the batch.
        previous_hash: hash of the previous batch.
        attachments: texts that its orders name, by digest.
    """
    balances = np.zeros(len(batch.balances), BALANCE)
    if len(balances):
        balances["balance"], balances["credit_line"] = batch.balances.T
    rows: dict[str, Records] = {
        REQUESTS.name: requests,
        COMMANDS.name: to_records(batch.commands),
        EVENTS.name: batch.events,
        RUNS.name: batch.runs,
        POSTINGS.name: batch.postings,
        BALANCES.name: balances,
        LINK_STATEMENTS.name: batch.statements,
    }
    counts = [len(rows[table.name]) for table in TABLES]
    header = header_bytes(number, batch.kind, batch.time, counts)
    commitments = commitments_of(rows, batch.body)
    content = content_hash(header, commitments)
    return Entry(
        number,
        batch,
        rows,
        previous_hash,
        content,
        chain_hash(previous_hash, content),
        attachments=attachments or {},
        computed=(rows, batch.body, commitments),
    )


def genesis(body: str, time: int) -> Entry:
    """The first batch: the rules."""
    return make_entry(0, Batch(BatchKind.GENESIS, time, body=body), own_request(0), NO_HASH)
