"""Appends of any length, whole or not at all, by one writer; what becomes of them when in doubt."""

from collections.abc import Iterator, Sequence

import attrs
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import Entry, Fenced, Journal, connect, read_entries, read_headers, reader
from skontro.ledger.entry import NO_HASH
from skontro.ledger.journal import MAX_BATCHES, CommitUnknown
from skontro.ledger.postgres.tables import TABLES
from skontro.ledger.reader import last_batch
from skontro.model import InvariantBroken
from tests.ledger.drawn_record import draw_entries
from tests.service.systems import copy_of, new_database

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
#: More than two statements full of batches.
COUNT = 2 * MAX_BATCHES + 10


def signed(entries: Iterator[tuple[Entry, object]], count: int) -> list[Entry]:
    found = []
    for entry, _ in entries:
        found.append(attrs.evolve(entry, signature=KEY.sign(entry.hash)))
        if len(found) == count:
            break
    return found


ENTRIES = signed(draw_entries(11, 300), COUNT)


@pytest.fixture(scope="module")
def begun() -> str:
    """A record with its first batch, as a URL."""
    url = new_database()
    journal = Journal(url)
    journal.claim(lambda head, _epoch: [ENTRIES[0]] if head.number == -1 else [])
    journal.close()
    return url


@pytest.fixture
def journal(begun: str) -> Iterator[Journal]:
    journal = Journal(copy_of(begun))
    journal.claim(lambda _head, _epoch: [])
    yield journal
    journal.close()


def is_there(journal: Journal, entries: Sequence[Entry]) -> None:
    """All of these and nothing else, in every table."""
    with connect(journal._url) as connection:
        found = [*read_entries(connection, 0, len(entries) - 1)]
        assert last_batch(connection) == len(entries) - 1
    for one, other in zip(found, entries, strict=True):
        assert (one.number, one.hash, one.previous_hash) == (
            other.number,
            other.hash,
            other.previous_hash,
        )
        assert (one.content, one.signature, one.batch.body) == (
            other.content,
            other.signature,
            other.batch.body,
        )
        assert (one.batch.kind, one.batch.time) == (other.batch.kind, other.batch.time)
        for table in TABLES:
            assert one.rows[table.name].tobytes() == other.rows[table.name].tobytes()
    assert (journal.head().number, journal.head().hash) == (entries[-1].number, entries[-1].hash)
    assert journal.head().time == entries[-1].batch.time


@pytest.mark.parametrize("size", [1, MAX_BATCHES, MAX_BATCHES + 1, 2 * MAX_BATCHES, COUNT - 1])
def test_what_is_appended_is_read_back(journal: Journal, size: int) -> None:
    journal.append(ENTRIES[1 : 1 + size])
    is_there(journal, ENTRIES[: 1 + size])


@pytest.mark.parametrize("size", [1, MAX_BATCHES + 1])
def test_a_writer_that_lost_the_record_writes_nothing(journal: Journal, size: int) -> None:
    other = Journal(journal._url)
    other.claim(lambda head, epoch: [] if (head.number, epoch) == (0, 3) else [ENTRIES[1]])
    with pytest.raises(Fenced):
        journal.append(ENTRIES[1 : 1 + size])
    with pytest.raises(Fenced):
        journal.write_snapshot(0, b"state")
    is_there(other, ENTRIES[:1])
    other.append(ENTRIES[1:3])
    is_there(other, ENTRIES[:3])
    with pytest.raises(Fenced, match="taken over"):
        journal.resolve(ENTRIES[1:2])
    other.close()


def test_a_batch_that_is_there_already_is_another_writers(journal: Journal) -> None:
    journal.append(ENTRIES[1:3])
    with pytest.raises(Fenced, match="batch 2 was written by another process"):
        journal.append(ENTRIES[2:4])
    is_there(journal, ENTRIES[:3])


def test_a_long_append_that_fails_at_its_end_leaves_nothing(journal: Journal) -> None:
    """The last batch stands there already, in whatever statement it comes."""
    journal.append([ENTRIES[1]])
    again = attrs.evolve(ENTRIES[1], previous_hash=ENTRIES[-1].hash)
    with pytest.raises(Fenced):
        journal.append([*ENTRIES[2:], again])
    is_there(journal, ENTRIES[:2])


@pytest.mark.parametrize("size", [1, MAX_BATCHES + 5])
def test_in_doubt_what_is_there_is_found_out(journal: Journal, size: int) -> None:
    first, second = ENTRIES[1 : 1 + size], ENTRIES[1 + size : 3 + size]
    journal.append(first)
    journal.connection.close()
    with pytest.raises(CommitUnknown):
        journal.append(second)
    assert not journal.resolve(second)
    assert journal.resolve(first)
    journal.append(second)
    assert journal.resolve(second)
    with pytest.raises(Fenced, match=f"continues with batch {2 + size}"):
        journal.resolve(first)
    is_there(journal, ENTRIES[: 3 + size])


def test_a_commit_without_its_replicas_is_in_doubt(journal: Journal) -> None:
    """As PostgreSQL warns where a commit waited for replicas in vain."""
    warning = (
        "CREATE FUNCTION warned() RETURNS trigger AS $$ BEGIN "
        "RAISE WARNING 'not replicated' USING ERRCODE = '01000'; RETURN NULL; END $$ "
        "LANGUAGE plpgsql; CREATE TRIGGER late AFTER INSERT ON journal "
        "EXECUTE FUNCTION warned()"
    )
    with psycopg.connect(journal._url, autocommit=True) as connection:
        connection.execute(warning.encode())
    with pytest.raises(CommitUnknown, match="not confirmed by the replicas"):
        journal.append(ENTRIES[1:2])
    assert journal.resolve(ENTRIES[1:2])
    with psycopg.connect(journal._url, autocommit=True) as connection:
        connection.execute(b"DROP TRIGGER late ON journal")
    journal.append(ENTRIES[2:3])
    is_there(journal, ENTRIES[:3])


def test_the_last_snapshots_are_kept(journal: Journal) -> None:
    for number in range(5):
        journal.write_snapshot(number, bytes([number]))
    journal.write_snapshot(4, b"again", keep=2)
    with connect(journal._url) as connection:
        rows = connection.execute("SELECT batch, state FROM snapshot ORDER BY batch").fetchall()
    assert rows == [(3, bytes([3])), (4, b"again")]


def test_the_first_snapshots_after_ends_of_days_are_kept_too(journal: Journal) -> None:
    rows = []
    journal.append(ENTRIES[1:])
    ends = [1, 5, 6, 30]
    with connect(journal._url) as connection:
        connection.execute("DELETE FROM closing_balance")
        for end in ends:
            connection.execute("INSERT INTO closing_balance VALUES (%s, '{}', '{}')", [end])
    for number in (0, 1, 4, 6, 8, 9, 11, 12, 14):
        journal.write_snapshot(number, b"state")
        with connect(journal._url) as connection:
            found = connection.execute("SELECT batch FROM snapshot ORDER BY batch").fetchall()
        rows.append([one for (one,) in found])
    assert rows[4:] == [[4, 6, 8], [6, 8, 9], [6, 8, 9, 11], [6, 9, 11, 12], [6, 11, 12, 14]]
    journal.write_snapshot(31, b"state")
    journal.write_snapshot(32, b"state")
    for number in (33, 34):
        journal.write_snapshot(number, b"state", keep=1)
    with connect(journal._url) as connection:
        found = connection.execute("SELECT batch FROM snapshot ORDER BY batch").fetchall()
    assert [one for (one,) in found] == [31, 34]


def test_a_record_that_is_empty_has_no_head() -> None:
    journal = Journal(new_database())
    assert (journal.head().number, journal.head().hash) == (-1, NO_HASH)
    with connect(journal._url) as connection:
        assert last_batch(connection) == -1
        with pytest.raises(InvariantBroken, match="batch 0 is missing"):
            [*read_entries(connection, 0, 0)]
    journal.close()


@pytest.mark.parametrize("piece", [1, 3, 40])
def test_the_record_is_read_in_pieces_of_any_size(
    journal: Journal, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append(ENTRIES[1:60])
    monkeypatch.setattr(reader, "_PIECE", piece)
    is_there(journal, ENTRIES[:60])
    with connect(journal._url) as connection:
        headers = read_headers(connection, 20, 39)
        assert [header.number for header in headers] == [*range(20, 40)]
        sizes = [sum(h.counts[1] for h in one) for one in reader._pieces(headers)]
        assert all(size >= piece for size in sizes[:-1])
        few = [*read_entries(connection, 20, 39, TABLES[:2])]
        assert [entry.number for entry in few] == [*range(20, 40)]
        assert all(not len(entry.rows["event"]) for entry in few)


def test_a_gap_in_the_record_is_named(journal: Journal) -> None:
    journal.append(ENTRIES[1:10])
    with psycopg.connect(journal._url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table.name} WHERE batch = 4".encode())
        connection.execute(b"DELETE FROM journal WHERE batch = 4")
    with connect(journal._url) as connection:
        with pytest.raises(InvariantBroken, match="a batch after -1 is missing"):
            [*read_entries(connection, 0, 9)]
        assert len([*read_entries(connection, 0, 3)]) == 4
        assert len([*read_entries(connection, 5, 9)]) == 5
        with pytest.raises(InvariantBroken, match="batch 10 is missing"):
            [*read_entries(connection, 5, 10)]
