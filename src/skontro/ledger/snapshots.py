"""Stored states, each used only if its hash is in the chain of batches.

A batch of kind `SNAPSHOT` records the SHA-256 of a state right after it, in the same commit. The
snapshot itself is written later, into a table that no hash covers. Without it the batch has no
effect.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.ledger.chain import check_links
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.reader import read_headers
from skontro.model import InputError, InvariantBroken
from skontro.system import BatchKind, Rules, SettlementSystem


def restore_last(connection: Connection, system: SettlementSystem, before: int = 2**62) -> int:
    """Bring a system to the last snapshot before a batch.

    The caller checks that the chain leads from the batch after the snapshot to a signed head.

    Args:
        connection: connection of the record.
        system: in its initial state; it is changed.
        before: number of a batch.

    Returns:
        The batch whose resulting state the snapshot has; -1 if there is no snapshot.

    Raises:
        InvariantBroken: the hash of the state is not the recorded one, or it cannot be read.
    """
    row: Any = connection.execute(
        "SELECT batch, state FROM snapshot WHERE batch < %s ORDER BY batch DESC LIMIT 1", [before]
    ).fetchone()
    if row is None:
        return -1
    number, state = int(row[0]), bytes(row[1])
    if (difference := snapshot_difference(connection, number, state)) is not None:
        raise InvariantBroken(
            "a snapshot is the state that was recorded",
            f"{difference}; nothing was served from it. Find out who changed it. The service "
            "starts from an earlier one when it is gone: "
            f"DELETE FROM snapshot WHERE batch = {number}",
        )
    try:
        system.restore(state)
    except (InputError, ValueError, KeyError, TypeError) as error:
        evidence = f"that of batch {number}: {error}"
        raise InvariantBroken("snapshots can be read", evidence) from error
    return number


def restore_before(
    connection: Connection, rules: Rules, batch: int, key: Ed25519PublicKey
) -> tuple[SettlementSystem, int]:
    """A system at the last snapshot before a batch, and the snapshot's own; -1 for none.

    Raises:
        InvariantBroken: the snapshot is not the recorded one, or the chain does not lead from it to
            a head signed with this key.
    """
    system = SettlementSystem(rules)
    start = restore_last(connection, system, batch)
    check_links(connection, start + 1, key)
    return system, start


def snapshot_difference(connection: Connection, number: int, state: bytes) -> str | None:
    """Why a snapshot is not the recorded one; None if it is.

    Args:
        connection: connection of the record.
        number: number of the batch whose resulting state it claims to be.
        state: its bytes.
    """
    place = f"table snapshot, batch {number}"
    headers = read_headers(connection, number + 1, number + 1)
    if not headers or headers[0].kind != BatchKind.SNAPSHOT:
        return f"{place}: no hash of such a snapshot is recorded"
    found = hashlib.sha256(state).hexdigest()
    try:
        recorded = json.loads(headers[0].body)
    except ValueError:
        recorded = None
    if recorded != {"batch": number, "sha256": found}:
        return f"{place}: its SHA-256 is {found}, not the recorded one"
    return None


def stored_snapshots(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """All snapshots, one after the other."""
    rows = connection.execute("SELECT batch FROM snapshot ORDER BY batch").fetchall()
    for (batch,) in rows:
        row: Any = connection.execute(
            "SELECT state FROM snapshot WHERE batch = %s", [batch]
        ).fetchone()
        if row is not None:
            yield int(str(batch)), bytes(row[0])
