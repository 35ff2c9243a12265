"""What a writer's key vouches for and that is wrong all the same; and a database that fails."""

import attrs
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import (
    Journal,
    connect,
    genesis,
    genesis_body,
    make_entry,
    own_request,
    read_entries,
    verify,
    writer_body,
)
from skontro.ledger.entry import chain_hash, content_hash, digest, header_bytes
from skontro.ledger.journal import CommitUnknown
from skontro.ledger.keys import public_text
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.postgres.schema import expected_schema
from skontro.ledger.receipts import check_receipt
from skontro.model import InputError, InvariantBroken
from skontro.model.hash_tree import root_from_path
from skontro.system import Batch, BatchKind
from tests.ledger.records import record_of
from tests.system.test_settlement_system import RULES

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TEXT = public_text(KEY)


def record(*epochs: int) -> str:
    """A record whose claims say that they are these."""
    entries = [genesis(genesis_body(RULES, {"public_key": TEXT}), 1)]
    for number, epoch in enumerate(epochs, 1):
        batch = Batch(BatchKind.WRITER, number + 1, body=writer_body(epoch))
        entries.append(make_entry(number, batch, own_request(0), entries[-1].hash))
    signed = [attrs.evolve(one, signature=KEY.sign(one.hash)) for one in entries]
    return record_of(signed)


@pytest.fixture(scope="module")
def url() -> str:
    return record(1)


def test_claims_are_counted_from_one() -> None:
    told: list[tuple[str, int, int]] = []
    with connect(record(1)) as connection:
        found = verify(connection, progress=lambda *one: told.append(one))
        assert (found.difference, found.batches, found.commands) == (None, 2, 0)
        assert (found.events, found.postings, found.schema_checked) == (0, 0, True)
        assert told == [("verifying", 1, 2), ("verifying", 2, 2)]
        assert verify(connection, found.head.upper()).difference is None
    with connect(record(2)) as connection:
        assert verify(connection).difference == "batch 1: it is not claim 1 of the record"
    with connect(record(1, 2)) as connection:
        difference = verify(connection).difference
    assert difference == "table writer: the record was claimed 2 times"


def test_a_batch_of_no_kind_is_named(connection: Connection) -> None:
    connection.execute("UPDATE journal SET kind = 99 WHERE batch = 1")
    with pytest.raises(InvariantBroken, match="batch 1 is of kind 99, which there is not"):
        [*read_entries(connection, 0, 1)]


def test_a_row_that_no_batch_accounts_for_is_named(connection: Connection) -> None:
    columns = "participant, person, key, content, first_command, commands"
    connection.execute("UPDATE journal SET requests = 0 WHERE batch = 1")
    with pytest.raises(InvariantBroken, match="table request, batch 1: 1 instead of 0"):
        [*read_entries(connection, 0, 1)]
    connection.execute("UPDATE journal SET requests = 1 WHERE batch = 1")
    connection.execute(
        f"INSERT INTO request SELECT 2, {columns} FROM request WHERE batch = 1".encode()
    )
    assert len([*read_entries(connection, 0, 1)]) == 2


def test_a_receipt_of_what_is_no_request_is_refused() -> None:
    for leaf in (b"short", bytes(120)):
        header = header_bytes(3, BatchKind.ORDERS, 5, (1, 0, 0, 0, 0, 0, 0))
        others = [digest(bytes([n])) for n in range(6)]
        root = root_from_path(leaf, 0, 1, [])
        hashed = chain_hash(bytes(32), content_hash(header, [root, *others]))
        receipt = {
            "batch": 3,
            "position": 0,
            "requests": 1,
            "request": leaf.hex(),
            "path": [],
            "header": header.hex(),
            "commitments": [one.hex() for one in others],
            "previous_hash": bytes(32).hex(),
            "hash": hashed.hex(),
            "signature": KEY.sign(hashed).hex(),
            "public_key": TEXT,
        }
        with pytest.raises(InputError, match="the writer signed something that is not a request"):
            check_receipt(receipt, TEXT)
        with pytest.raises(InputError, match="batch has another number"):
            check_receipt(receipt | {"batch": 2}, TEXT)
        with pytest.raises(InputError, match="path is not a list of at most 64 hashes"):
            check_receipt(receipt | {"path": ["00" * 32] * 65}, TEXT)
        with pytest.raises(InputError, match="not a receipt: the path is too long"):
            check_receipt(receipt | {"path": ["00" * 32] * 64}, TEXT)
        for number in (2**62, -1, True, 1.0, None):
            with pytest.raises(InputError, match="position is not a number of the expected kind"):
                check_receipt(receipt | {"position": number}, TEXT)
        with pytest.raises(InputError, match="there is no leaf"):
            check_receipt(receipt | {"position": 2**62 - 1}, TEXT)
        with pytest.raises(InputError, match="hash does not consist of 64 hexadecimal digits"):
            check_receipt(receipt | {"hash": "00" * 31}, TEXT)
        with pytest.raises(InputError, match="request does not consist of hexadecimal digits"):
            check_receipt(receipt | {"request": "0"}, TEXT)


def test_while_the_database_does_not_answer_it_stays_in_doubt(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(url)
    journal.claim(lambda _head, _epoch: [])
    with connect(url) as connection:
        (last,) = read_entries(connection, 1, 1)

    def fails() -> None:
        raise psycopg.OperationalError("no answer to postgres://eve:secret@h")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_connected", fails)
        with pytest.raises(CommitUnknown, match=r"^no answer to postgres://\*\*\*@h$"):
            journal.resolve([last])
    with monkeypatch.context() as patched:
        patched.setattr(
            journal, "_refuse_if_fenced", lambda: setattr(journal, "_replicated", False)
        )
        with pytest.raises(CommitUnknown, match="not confirmed by the replicas"):
            journal.resolve([last])
    assert journal.resolve([last])
    journal.close()


def test_an_error_that_is_no_lack_of_rights_is_not_passed_over(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skontro.ledger.postgres import schema

    monkeypatch.setattr(schema, "migrations", lambda: [(1, "SELECT 1 FROM nowhere")])
    with pytest.raises(psycopg.errors.UndefinedTable):
        expected_schema(connection)
    connection.execute("BEGIN")
