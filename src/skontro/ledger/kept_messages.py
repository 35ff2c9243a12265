"""Messages of participants as received, each with its answer as sent.

They are next to the record: its hashes do not cover them. An order finds the message that
instructed it by the key of its request, so that no index has an entry for each order.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from skontro.ledger.postgres.connection import Connection

#: Most orders that are remembered with a message which names them without instructing them.
MOST_NAMED: Final = 1_000
#: Most messages that are shown with an order.
MOST_OF_ORDER: Final = 100

#: Fast; messages shrink to a tenth.
_LEVEL: Final = 1

_KEEP: Final = """
INSERT INTO message (time, participant, key, digest, name, message_id, answer_name, status, uetrs,
    content_bytes, answer_bytes, content, answer)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s, %s, %s, %s)
ON CONFLICT (key, digest) DO NOTHING
"""
_HEADS: Final = """
SELECT number, time, participant, name, message_id, answer_name, status, content_bytes, answer_bytes
FROM message
"""
_PAGE: Final = f"{_HEADS} WHERE number < %s ORDER BY number DESC LIMIT %s"
_PAGE_OF_ONE: Final = (
    f"{_HEADS} WHERE participant = %s AND number < %s ORDER BY number DESC LIMIT %s"
)
_ONE: Final = (
    f"{_HEADS.replace('FROM message', ', content, answer FROM message')} WHERE number = %s"
)
_KEY: Final = """
SELECT item.key FROM request AS one, unnest(one.key, one.first_command, one.commands)
    AS item (key, first_command, commands)
WHERE one.batch = %s AND item.first_command <= %s AND %s < item.first_command + item.commands
"""
_OF_ORDER: Final = f"""
{_HEADS} WHERE number IN (
    (SELECT number FROM message WHERE key = %(key)s ORDER BY number LIMIT %(limit)s)
    UNION
    (SELECT number FROM message WHERE uetrs <> '{{}}' AND uetrs @> ARRAY[%(uetr)s::uuid]
        ORDER BY number LIMIT %(limit)s)
) ORDER BY number LIMIT %(limit)s
"""
#: Before any number.
NEWEST: Final = 2**62


@attrs.frozen
class Exchange:
    """A message and its answer.

    Attributes:
        time: of the answer, microseconds since 1970.
        participant: number of the sender in the directory.
        key: of its request, 32 bytes.
        name: of the message, for example ``pacs.008.001.08``; empty if it could not be read.
        message_id: as its sender gave it; empty if it could not be read.
        answer_name: of the answer.
        status: of HTTP.
        uetrs: orders that it names without instructing them, 16 bytes each.
        content: the message as received.
        answer: as sent.
    """

    time: int
    participant: int
    key: bytes
    name: str
    message_id: str
    answer_name: str
    status: int
    uetrs: tuple[bytes, ...]
    content: bytes
    answer: bytes


@attrs.frozen
class MessageHead:
    """A kept message without its content.

    Attributes:
        number: in the order in which messages were kept, from 1.
        time, participant, name, message_id, answer_name, status: as in `Exchange`.
        content_bytes: size of the message.
        answer_bytes: size of the answer.
    """

    number: int
    time: int
    participant: int
    name: str
    message_id: str
    answer_name: str
    status: int
    content_bytes: int
    answer_bytes: int


def keep_messages(connection: Connection, exchanges: Iterable[Exchange]) -> None:
    """Keep messages with their answers, all or none; those kept before are left as they are.

    Args:
        connection: connection of the record.
        exchanges: in the order of their answers.
    """
    rows = [_row(one) for one in exchanges]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_KEEP, rows)


def newest_messages(
    connection: Connection, participant: int | None, before: int, limit: int
) -> list[MessageHead]:
    """Kept messages, the newest first.

    Args:
        connection: connection of the record.
        participant: number of the sender; None for all.
        before: only those with a lower number; `NEWEST` for all.
        limit: most messages.
    """
    if participant is None:
        rows: Any = connection.execute(_PAGE, [before, limit]).fetchall()
    else:
        rows = connection.execute(_PAGE_OF_ONE, [participant, before, limit]).fetchall()
    return [MessageHead(*row) for row in rows]


def message_with_number(
    connection: Connection, number: int
) -> tuple[MessageHead, bytes, bytes] | None:
    """A kept message: its head, the message as received, and the answer as sent.

    Args:
        connection: connection of the record.
        number: of the message.
    """
    row: Any = connection.execute(_ONE, [number]).fetchone()
    if row is None:
        return None
    *head, content, answer = row
    return MessageHead(*head), zlib.decompress(content), zlib.decompress(answer)


def messages_of_order(
    connection: Connection, batch: int, position: int, uetr: bytes
) -> list[MessageHead]:
    """Kept messages about an order, the oldest first: that which instructed it, and later ones.

    Args:
        connection: connection of the record.
        batch, position: of the order in the record.
        uetr: 16 bytes.
    """
    row: Any = connection.execute(_KEY, [batch, position, position]).fetchone()
    # No message has an empty key: an order that came without a message has none.
    key = b"" if row is None else bytes(row[0])
    named = {"key": key, "uetr": uetr.hex(), "limit": MOST_OF_ORDER}
    rows: Any = connection.execute(_OF_ORDER, named).fetchall()
    return [MessageHead(*found) for found in rows]


def _row(one: Exchange) -> Sequence[object]:
    digest = hashlib.sha256(hashlib.sha256(one.content).digest() + one.answer).digest()
    return (
        one.time,
        one.participant,
        one.key,
        digest,
        one.name,
        one.message_id,
        one.answer_name,
        one.status,
        [uetr.hex() for uetr in one.uetrs[:MOST_NAMED]],
        len(one.content),
        len(one.answer),
        zlib.compress(one.content, _LEVEL),
        zlib.compress(one.answer, _LEVEL),
    )
