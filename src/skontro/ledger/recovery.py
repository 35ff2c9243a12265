"""Recovery at start: the last snapshot, and a replay of later batches checked by their hashes."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.files.access import ACCESS_FILE
from skontro.files.system_rules import ZONE_TABLE, rules_from_documents, system_documents
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.attachments import AttachmentCheck
from skontro.ledger.chain import CHAIN, check_content, check_links, check_signature
from skontro.ledger.entry import NO_HASH, Entry, genesis, make_entry
from skontro.ledger.journal import Head
from skontro.ledger.keys import public_key
from skontro.ledger.order_index import OrderIndex
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.postgres.tables import COMMANDS, REQUESTS
from skontro.ledger.reader import Header, last_batch, read_entries, read_headers
from skontro.ledger.snapshots import restore_last
from skontro.model import InputError, InvariantBroken
from skontro.model.text import canonical_text
from skontro.system import ACCEPTED, ORDER_KINDS, Batch, BatchKind, Rules, SettlementSystem

#: Callback for the progress of long work: the task, the amount done, and the total.
Progress = Callable[[str, int, int], None]

_FORMAT: Final = 1


def genesis_body(rules: Rules, settings: dict[str, str]) -> str:
    """The body of the first batch.

    Args:
        rules: rules of the system.
        settings: further texts, such as the public key that batches are signed with.
    """
    document = {"format": _FORMAT, "documents": system_documents(rules), "settings": settings}
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def rules_of(body: str) -> tuple[Rules, dict[str, str]]:
    """The inverse of `genesis_body`.

    Raises:
        InputError: it cannot be read.
    """
    document = json.loads(body)
    return rules_from_documents(document["documents"]), document["settings"]


def writer_body(epoch: int, more: dict[str, Any] | None = None) -> str:
    """The body of the batch of a claim.

    Args:
        epoch: number of claims of the record, this one included.
        more: further content for the record, such as the head that the operator accepted.
    """
    return canonical_text({"epoch": epoch, **(more or {})})


def epoch_of(body: str) -> int:
    """The inverse of `writer_body`; -1 where it cannot be read."""
    try:
        document = json.loads(body)
        epoch = document.pop("epoch")
        return int(epoch) if body == writer_body(epoch, document) else -1
    except (ValueError, KeyError, TypeError, AttributeError):
        return -1


def read_rules(connection: Connection) -> tuple[Rules, dict[str, str]]:
    """The initial rules and settings of a record, signed with the key that they name.

    The record cannot prove the owner of the key: compare `public_key` among the settings with the
    key from another source.

    Raises:
        InputError: there is no record.
        InvariantBroken: its first batch is missing or was changed.
    """
    row = connection.execute("SELECT to_regclass('journal')").fetchone()
    headers = read_headers(connection, 0, 0) if row and row[0] is not None else []
    if not headers and row and row[0] is not None and last_batch(connection) >= 0:
        raise InvariantBroken("the record is whole", "batch 0 is missing")
    if not headers:
        raise InputError("there is no record in this database; `skontro serve` starts one")
    try:
        rules, settings = rules_of(headers[0].body)
        key = public_key(settings.get("public_key", ""))
    except (InputError, ValueError, KeyError, TypeError) as error:
        evidence = f"batch 0: the rules cannot be read: {error}"
        raise InvariantBroken("the record is whole", evidence) from error
    _check_genesis(headers[0], key)
    return rules, settings


def _check_genesis(header: Header, key: Ed25519PublicKey) -> None:
    entry = genesis(header.body, header.time)
    if (header.kind, header.previous_hash) != (BatchKind.GENESIS, NO_HASH) or (
        (header.content, header.hash) != (entry.content, entry.hash)
    ):
        raise InvariantBroken(CHAIN, "batch 0: the rules are not those that it was signed with")
    check_signature(header, key)


def refuse_other_rules(rules: Rules, recorded: Rules) -> None:
    """Check that the rules are the record's; its own time zone table replaces the machine's.

    Raises:
        InputError: the rules differ from those of the record; the message names the document.
    """
    documents = system_documents(recorded)
    for name, text in system_documents(rules).items():
        if name != ZONE_TABLE and documents[name] != text:
            lines = zip(text.splitlines(), documents[name].splitlines(), strict=False)
            first = next((f": {new!r} instead of {old!r}" for new, old in lines if new != old), "")
            way = "begin a new record with the closing balances of this one"
            if name == ACCESS_FILE:
                way = "change people, keys and tokens in the running system: `skontro propose`"
            raise InputError(
                f"{name} differs from the one that the record began with{first}; put it back, or "
                f"{way}"
            )


@attrs.frozen(eq=False)
class Recovered:
    """A system recovered from its record.

    Attributes:
        system: ready for the next input.
        order_index: the orders of the last business days.
        head: the last batch.
        replayed: number of batches replayed after the snapshot.
    """

    system: SettlementSystem
    order_index: OrderIndex
    head: Head
    replayed: int


def recover(
    connection: Connection,
    rules: Rules,
    days: int,
    key: Ed25519PublicKey,
    progress: Progress | None = None,
) -> Recovered:
    """Rebuild the system from the record, trusting only data signed with this key.

    Args:
        connection: for the exclusive use of this call.
        rules: those of the record.
        days: number of business days whose orders are remembered.
        key: key of the writer, from a source other than the record.
        progress: called after each batch.

    Raises:
        InvariantBroken: the hashes of the replay differ from the record's, the snapshot is not the
            recorded one, or the chain does not lead to a head signed with this key.
    """
    last = last_batch(connection)
    system, order_index = SettlementSystem(rules), OrderIndex(days)
    start = restore_last(connection, system)
    remembered = _first_remembered(connection, start, days)
    sealed = _sealed_before(connection, remembered)
    check_links(connection, max(0, min(sealed, remembered)), key)
    order_index.statements = _statements_before(connection, rules, sealed, remembered)
    if remembered <= start:
        _remember(connection, order_index, remembered, start, system.engine.orders)
    else:
        order_index.begin_at(system.engine.orders, 0)
    attachments = AttachmentCheck(connection, start + 1, last)
    for entry in read_entries(connection, start + 1, last, (REQUESTS, COMMANDS)):
        attachments.of(entry)
        order_index.add(replay_and_compare(system, entry))
        if progress is not None:
            progress("replaying", entry.number, last)
    # The links lead to it, so it exists.
    (head,) = read_headers(connection, last, last)
    return Recovered(
        system, order_index, Head(last, head.time, head.hash, head.signature), last - start
    )


def replay_and_compare(system: SettlementSystem, entry: Entry) -> Entry:
    """`replay`, with the result compared to the recorded batch.

    Raises:
        InvariantBroken: the hashes differ.
    """
    again = replay(system, entry)
    if again.hash != entry.hash:
        evidence = f"batch {entry.number} has another hash; `skontro verify` says where"
        raise InvariantBroken("replay gives the record", evidence)
    return again


def replay(system: SettlementSystem, entry: Entry) -> Entry:
    """The batch that results from the inputs of a recorded one.

    Args:
        system: in the state before the batch; it is changed.
        entry: entry of the record.

    Raises:
        InvariantBroken: no inputs can give such a batch.
    """
    recorded = entry.batch
    if recorded.kind == BatchKind.LINKS:
        _check_named_number(entry)
    if recorded.kind in (BatchKind.GENESIS, BatchKind.WRITER):
        batch = Batch(recorded.kind, recorded.time, body=recorded.body)
        system.last_time = recorded.time
    else:
        try:
            if recorded.kind == BatchKind.SNAPSHOT:
                batch, _ = system.commit_to_state(recorded.time, entry.number - 1)
            else:
                batch = system.replay(recorded)
        except (InputError, KeyError, ValueError, TypeError) as error:
            evidence = f"batch {entry.number}: {error}"
            raise InvariantBroken("replay gives the record", evidence) from error
    return make_entry(entry.number, batch, entry.rows[REQUESTS.name], entry.previous_hash)


def _check_named_number(entry: Entry) -> None:
    """Check that a batch of links gave its own number to its statements."""
    try:
        named = json.loads(entry.batch.body)["batch"]
    except (ValueError, KeyError, TypeError, RecursionError):
        named = None
    if type(named) is not int or named != entry.number:
        evidence = f"batch {entry.number}: its statements name another batch"
        raise InvariantBroken("replay gives the record", evidence)


def _first_remembered(connection: Connection, start: int, days: int) -> int:
    """The batch that begins the first remembered day before the snapshot.

    Batches before the very first day are remembered with it. With fewer days it is the first batch
    of all, so that a day with a disguised start is among those checked.
    """
    rows = connection.execute(
        "SELECT batch FROM journal WHERE kind = %s AND batch <= %s "
        """AND body LIKE '%%"kind":"start"%%' ORDER BY batch DESC LIMIT %s""",
        [int(BatchKind.STEP), start, days + 1],
    ).fetchall()
    return int(str(rows[days - 1][0])) if len(rows) > days else 0


def _sealed_before(connection: Connection, first: int) -> int:
    """The last batch before this one that sealed a day; -1 if there is none."""
    row: Any = connection.execute(
        "SELECT batch FROM closing_balance WHERE batch < %s ORDER BY batch DESC LIMIT 1", [first]
    ).fetchone()
    return -1 if row is None else int(row[0])


def _statements_before(
    connection: Connection, rules: Rules, sealed: int, first: int
) -> AccountStatements:
    """Statements up to the batch that begins the first remembered day.

    They continue from the seal of the previous day; later postings belong to the day.
    """
    balances: Sequence[int] = [account.opening_balance for account in rules.directory.accounts]
    statements = AccountStatements(balances)
    for entry in read_entries(connection, max(sealed, 0), first - 1):
        check_content(entry)
        if entry.number == sealed:
            statements = AccountStatements(entry.batch.balances[:, 0].tolist())
        else:
            statements.add(entry)
    return statements


def _remember(
    connection: Connection, order_index: OrderIndex, first: int, last: int, numbered: int
) -> None:
    """Read the orders of days before the snapshot from the record, with every batch checked."""
    row = connection.execute(
        "SELECT count(*) FROM command, "
        "unnest(command.acceptance, command.kind) AS one (acceptance, kind) "
        "WHERE batch BETWEEN %s AND %s AND coalesce(one.acceptance, 0) = %s "
        "AND one.kind = ANY(%s)",
        [first, last, ACCEPTED, [*ORDER_KINDS]],
    ).fetchone()
    before: Any = connection.execute(
        "SELECT coalesce(sum(commands), 0) FROM journal WHERE kind = %s AND batch < %s",
        [int(BatchKind.ORDERS), first],
    ).fetchone()
    order_index.begin_at(numbered - (0 if row is None else int(str(row[0]))), int(before[0]))
    for entry in read_entries(connection, first, last):
        check_content(entry)
        order_index.add(entry)
