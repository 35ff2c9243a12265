"""Stored texts that orders name by digest: their details, and the evidence of screening.

They are stored with the batch of the orders. The digests are hashed and signed with
the orders, so a text that was changed, added or left out is found.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from skontro.ledger.entry import TEXTS, Entry, named_digests
from skontro.ledger.postgres.connection import Connection
from skontro.model import InvariantBroken, content_digest
from skontro.system import BatchKind

#: Texts read at once.
_PAGE: Final = 1_000


class AttachmentCheck:
    """Checks the stored texts of batches that are read one after the other.

        check = AttachmentCheck(connection, 1, 1_000)
        for entry in read_entries(connection, 1, 1_000):
            check.of(entry)

    Args:
        connection: connection of the record.
        first, last: numbers of the batches.
    """

    def __init__(self, connection: Connection, first: int, last: int) -> None:
        self._rows = _rows(connection, first, last)
        self._next = next(self._rows, None)

    def of(self, entry: Entry) -> dict[bytes, bytes]:
        """Check the texts of the next batch, and give them by digest.

        Raises:
            InvariantBroken: a text was changed, is missing, or no order names it.
        """
        named = named_digests(entry.batch.commands) if entry.batch.kind == BatchKind.ORDERS else ()
        found: dict[bytes, bytes] = {}
        while self._next is not None and self._next[0] <= entry.number:
            batch, digest, content = self._next
            if batch < entry.number or digest not in named:
                raise _broken(batch, digest, "no order names it")
            if content_digest(content) != digest:
                raise _broken(batch, digest, "it was changed")
            if digest in found:
                raise _broken(batch, digest, "it occurs twice")
            found[digest] = content
            self._next = next(self._rows, None)
        for digest in sorted({*named} - found.keys()):
            raise _broken(entry.number, digest, "it is missing")
        return found


def read_attachments(
    connection: Connection, wanted: Sequence[tuple[int, bytes]]
) -> dict[tuple[int, bytes], bytes]:
    """Texts by batch and digest, each checked against its digest.

    Args:
        connection: connection of the record.
        wanted: batch and digest of each text.

    Raises:
        InvariantBroken: one of them is missing or was changed.
    """
    if not wanted:
        return {}
    pairs = sorted({*wanted})
    rows: Any = connection.execute(
        "SELECT batch, digest, content FROM attachment JOIN "
        "unnest(%s::bigint[], %s::bytea[]) AS wanted (batch, digest) USING (batch, digest)",
        [[batch for batch, _ in pairs], [digest for _, digest in pairs]],
    ).fetchall()
    found = {(int(batch), bytes(digest)): bytes(content) for batch, digest, content in rows}
    for batch, digest in pairs:
        if (batch, digest) not in found:
            raise _broken(batch, digest, "it is missing")
        if content_digest(found[batch, digest]) != digest:
            raise _broken(batch, digest, "it was changed")
    return found


def _rows(connection: Connection, first: int, last: int) -> Iterator[tuple[int, bytes, bytes]]:
    """The stored texts of these batches, by batch and digest, in pages that fit into memory."""
    after: tuple[int, bytes] = (first - 1, b"\xff" * 33)
    while True:
        rows: Any = connection.execute(
            "SELECT batch, digest, content FROM attachment "
            "WHERE (batch, digest) > (%s, %s::bytea) AND batch <= %s "
            "ORDER BY batch, digest LIMIT %s",
            [*after, last, _PAGE],
        ).fetchall()
        for batch, digest, content in rows:
            after = (int(batch), bytes(digest))
            yield (*after, bytes(content))
        if len(rows) < _PAGE:
            return


def _broken(batch: int, digest: bytes, what: str) -> InvariantBroken:
    return InvariantBroken(TEXTS, f"table attachment, batch {batch}, text {digest.hex()}: {what}")
