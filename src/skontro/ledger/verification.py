"""Verification of a record: replay from the first batch, and comparison of every table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import psycopg

from skontro.ledger.attachments import AttachmentCheck
from skontro.ledger.case_orders import CaseOrders, uetrs_in_openings
from skontro.ledger.chain import check_signature
from skontro.ledger.entry import NO_HASH, Entry
from skontro.ledger.keys import public_key, refuse_other_key
from skontro.ledger.link_evidence import PeerStatements, check_link_evidence
from skontro.ledger.postgres.connection import Connection, is_unavailable, migrations
from skontro.ledger.postgres.schema import Schema, expected_schema, schema_difference
from skontro.ledger.postgres.tables import COMMANDS, TABLES, Table
from skontro.ledger.reader import last_batch, read_entries
from skontro.ledger.recovery import Progress, epoch_of, read_rules, replay
from skontro.ledger.snapshots import snapshot_difference, stored_snapshots
from skontro.model import NO_DETAILS, InvariantBroken, PaymentDetails
from skontro.system import BatchKind, Rules, SettlementSystem, details_columns

#: Number of batches between checks of slow invariants; they also run at the end of every day.
_EVERY: Final = 1_000
#: Columns that come from the details of an order.
_OF_DETAILS: Final = tuple(details_columns([NO_DETAILS]))


@attrs.frozen
class Verified:
    """The result of a verification.

    Attributes:
        batches, commands, events, postings: numbers replayed.
        head: hash of the last batch, in hexadecimal.
        public_key: with which every signature was checked, in hexadecimal.
        key_trusted: whether that key comes from another source; if not, the writer of the record
            is not proved.
        schema_checked: whether views and tables were compared with those of this program, which
            needs the privilege to create temporary tables.
        difference: the first difference; None for a consistent record.
    """

    batches: int
    commands: int
    events: int
    postings: int
    head: str
    public_key: str
    key_trusted: bool
    schema_checked: bool
    difference: str | None


#: Callback after each verified batch: as replayed, statements of peers in it, the system after it.
Observer = Callable[[Entry, list[PeerStatements], SettlementSystem], None]


class _Different(Exception):  # noqa: N818  the fact is the name
    pass


def verify(
    connection: Connection,
    until: str | None = None,
    progress: Progress | None = None,
    key: str | None = None,
    observer: Observer | None = None,
) -> Verified:
    """Replay the record, recompute every row, balance and hash, and find the first difference.

    Args:
        connection: for the exclusive use of this call; it reads one consistent state.
        until: a published hash, in hexadecimal, that must be in the chain.
        progress: called after every batch.
        key: public key of the system, in hexadecimal, from a trusted source; None to take the one
            that the record names, which proves only that the record is consistent.
        observer: called after every batch that is verified.

    Raises:
        InputError: there is no record.
        psycopg.Error: the database fails meanwhile.
    """
    schema = fix_state(connection)
    return verify_fixed_state(connection, schema, until, progress, key, observer)


def fix_state(connection: Connection) -> Schema | None:
    """Begin a transaction that reads the record as it is now, without later batches.

    Returns:
        The schema to compare with; None where the server does not allow it to be made.
    """
    schema = expected_schema(connection)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    # The first query fixes the state, not BEGIN.
    connection.execute("SELECT 1")
    return schema


def verify_fixed_state(
    connection: Connection,
    schema: Schema | None,
    until: str | None = None,
    progress: Progress | None = None,
    key: str | None = None,
    observer: Observer | None = None,
) -> Verified:
    """`verify` in the transaction that `fix_state` began; it ends the transaction.

    Raises:
        InputError: there is no record.
        psycopg.Error: the database fails meanwhile.
    """
    counts = [0, 0, 0, 0]
    head, signer = "", key or ""
    try:
        rules, settings = read_rules(connection)
        refuse_other_key(settings["public_key"], key)
        signer = settings["public_key"]
        head = _verify(connection, rules, signer, until, counts, progress, observer)
        difference = None if schema is None else schema_difference(connection, schema)
    except (_Different, InvariantBroken) as error:
        difference = str(error)
    except psycopg.Error as error:
        if is_unavailable(error):
            raise
        difference = f"the record cannot be read: {' '.join(str(error).split())}"
    except (ValueError, KeyError) as error:
        difference = f"the record cannot be read: {str(error).strip()}"
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
    trusted, compared = key is not None, schema is not None
    return Verified(
        counts[0], counts[1], counts[2], counts[3], head, signer, trusted, compared, difference
    )


def _verify(
    connection: Connection,
    rules: Rules,
    key: str,
    until: str | None,
    counts: list[int],
    progress: Progress | None,
    observer: Observer | None,
) -> str:
    last = last_batch(connection)
    _check_outside_of_chain(connection, last)
    _check_snapshots(connection)
    signer = public_key(key)
    system, previous, epochs, hashes = SettlementSystem(rules), NO_HASH, 0, set[str]()
    attachments = AttachmentCheck(connection, 0, last)
    case_orders = CaseOrders(uetrs_in_openings(connection))
    for entry in read_entries(connection, 0, last):
        _check_details(entry, attachments.of(entry))
        heard = check_link_evidence(entry, system.link_contracts)
        # For a snapshot this computes the hash, which is then compared like all other fields.
        again = replay(system, entry)
        _compare(entry, again, previous)
        if (difference := case_orders.check(entry, system)) is not None:
            raise _Different(difference)
        check_signature(entry, signer)
        if entry.batch.kind == BatchKind.WRITER:
            epochs += 1
            if epoch_of(entry.batch.body) != epochs:
                raise _Different(f"batch {entry.number}: it is not claim {epochs} of the record")
        if entry.number % _EVERY == 0 or len(entry.batch.balances):
            system.engine.check()
        previous = entry.hash
        hashes.add(entry.hash.hex())
        for i, number in enumerate((1, *_sizes(entry))):
            counts[i] += number
        if observer is not None:
            observer(again, heard, system)
        if progress is not None:
            progress("verifying", entry.number + 1, last + 1)
    system.engine.check()
    _check_writer(connection, epochs)
    if until is not None and until.lower() not in hashes:
        raise _Different(f"the published hash {until} is not in the chain")
    return previous.hex()


def _check_details(entry: Entry, texts: Mapping[bytes, bytes]) -> None:
    """Compute the columns that come from the details of orders again."""
    if entry.batch.kind != BatchKind.ORDERS:
        return
    rows, of_digest = entry.rows[COMMANDS.name], dict[bytes, dict[str, Any]]()
    if not any(rows[name].tobytes().strip(b"\0") for name in ("details", *_OF_DETAILS)):
        return
    for position, row in enumerate(rows):
        digest = row["details"].tobytes()
        if digest not in of_digest:
            details = PaymentDetails.from_bytes(texts.get(digest, b""))
            of_digest[digest] = details_columns([details])
        for name, [expected] in of_digest[digest].items():
            recorded = row[name].tobytes() if isinstance(expected, bytes) else int(row[name])
            if recorded != expected:
                raise _Different(
                    f"table command, batch {entry.number}, position {position}, column {name}: "
                    f"{_shown(row[name])} is recorded, the details give something else"
                )


def _sizes(entry: Entry) -> Sequence[int]:
    return len(entry.batch.commands), len(entry.batch.events), len(entry.batch.postings)


def _compare(entry: Entry, again: Entry, previous: bytes) -> None:
    number = entry.number
    if entry.previous_hash != previous:
        raise _Different(f"batch {number}: it does not name the hash of the batch before it")
    for table in TABLES:
        recorded, expected = entry.rows[table.name], again.rows[table.name]
        if recorded.tobytes() != expected.tobytes():
            raise _Different(_first_difference(table, number, entry, again))
    if entry.batch.body != again.batch.body:
        raise _Different(f"batch {number}: the body differs from the replay")
    if entry.content != again.content:
        raise _Different(
            f"batch {number}: its requests, inputs or header are not those that it was signed with"
        )
    if entry.hash != again.hash:
        raise _Different(
            f"batch {number}: the hash is {entry.hash.hex()}, its content has {again.hash.hex()}"
        )


def _first_difference(table: Table, number: int, entry: Entry, again: Entry) -> str:
    recorded, expected = entry.rows[table.name], again.rows[table.name]
    if len(recorded) != len(expected):
        return (
            f"table {table.name}, batch {number}: {len(recorded)} rows, the replay gives "
            f"{len(expected)}"
        )
    for position in np.flatnonzero(recorded != expected).tolist():
        for column in table.columns:
            one, other = recorded[position][column.field], expected[position][column.field]
            if one.tobytes() != other.tobytes():
                return (
                    f"table {table.name}, batch {number}, position {position}, column "
                    f"{column.name}: {_shown(one)} is recorded, the replay gives {_shown(other)}"
                )
    return f"table {table.name}, batch {number}: it differs from the replay"


def _shown(value: np.generic) -> str:
    return value.tobytes().hex() if value.dtype.kind == "V" else str(value)


def _check_outside_of_chain(connection: Connection, last: int) -> None:
    """Check for rows without a batch in the journal."""
    known = [number for number, _ in migrations()]
    rows = connection.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
    if [row[0] for row in rows] != known:
        raise _Different(f"table schema_version: not the versions {known}")
    for name in (*(table.name for table in TABLES), "attachment"):
        row = connection.execute(
            f"SELECT count(*) FROM {name} WHERE batch < 0 OR batch > %s".encode(), [last]
        ).fetchone()
        if row is None or row[0] != 0:
            raise _Different(f"table {name}: it has rows of no batch of the journal")
    row = connection.execute("SELECT count(*) FROM journal WHERE batch < 0").fetchone()
    if row is None or row[0] != 0:
        raise _Different("table journal: it has batches before the first")


def _check_writer(connection: Connection, epochs: int) -> None:
    rows = connection.execute("SELECT epoch FROM writer").fetchall()
    if [row[0] for row in rows] != [epochs]:
        raise _Different(f"table writer: the record was claimed {epochs} times")


def _check_snapshots(connection: Connection) -> None:
    """Check that each snapshot has the recorded hash, which the replay has verified."""
    for number, state in stored_snapshots(connection):
        if (difference := snapshot_difference(connection, number, state)) is not None:
            raise _Different(difference)
