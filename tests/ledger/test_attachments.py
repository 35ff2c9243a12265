"""Texts beside batches: exactly those that the orders name, and none that was changed."""

import psycopg
import pytest

from skontro.engine import Commands, commands_of
from skontro.ledger import Entry, connect, genesis, genesis_body, make_entry, own_request
from skontro.ledger.attachments import AttachmentCheck, read_attachments
from skontro.ledger.entry import attachments_of, named_digests
from skontro.ledger.postgres.tables import binary_array
from skontro.model import NO_DIGEST, InvariantBroken, content_digest
from skontro.system import Batch, BatchKind
from tests.ledger.records import record_of
from tests.service.systems import NOON
from tests.system.test_settlement_system import RULES

TEXTS = [b"one", b"two" * 5_000, b"three"]
ONE, TWO, THREE = (content_digest(text) for text in TEXTS)
BY_DIGEST = dict(zip((ONE, TWO, THREE), TEXTS, strict=True))
ABSENT = content_digest(b"absent")


def orders(*named: tuple[bytes, bytes]) -> Commands:
    return commands_of(
        len(named),
        details=[details for details, _ in named],
        evidence=[evidence for _, evidence in named],
    )


def batches(*parts: Commands, kind: BatchKind = BatchKind.ORDERS) -> list[Entry]:
    found = [genesis(genesis_body(RULES, {}), NOON)]
    for number, commands in enumerate(parts, start=1):
        batch = Batch(kind, NOON + number, commands)
        texts = attachments_of(commands, BY_DIGEST)
        request = own_request(len(commands))
        found.append(make_entry(number, batch, request, found[-1].hash, texts))
    return found


PARTS = (
    orders((ONE, TWO), (NO_DIGEST, TWO)),
    orders((NO_DIGEST, NO_DIGEST)),
    orders((THREE, NO_DIGEST), (ONE, TWO)),
)


def test_orders_name_each_text_once() -> None:
    assert named_digests(PARTS[0]) == {ONE, TWO}
    assert named_digests(PARTS[1]) == set()
    assert named_digests(commands_of(3)) == set()
    assert [*attachments_of(PARTS[2], BY_DIGEST)] == sorted([ONE, TWO, THREE])
    with pytest.raises(InvariantBroken, match=f"the text {TWO.hex()} did not come"):
        attachments_of(PARTS[0], {ONE: b"one"})


@pytest.fixture(scope="module")
def record() -> str:
    return record_of(batches(*PARTS))


def check(url: str, entries: list[Entry], first: int = 0, last: int = 3) -> None:
    with connect(url) as connection:
        checks = AttachmentCheck(connection, first, last)
        for entry in entries[first : last + 1]:
            checks.of(entry)


def test_the_texts_of_a_record_are_checked_from_any_batch_on(record: str) -> None:
    for first in range(4):
        for last in range(first, 4):
            check(record, batches(*PARTS), first, last)


def test_pages_of_texts_are_read_one_after_the_other(
    record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 2, 3, 5, 6):
        monkeypatch.setattr("skontro.ledger.attachments._PAGE", size)
        check(record, batches(*PARTS))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM attachment WHERE batch = 3 AND content = 'three'", "it is missing"),
        ("UPDATE attachment SET content = content || 'x' WHERE batch = 1", "it was changed"),
        ("UPDATE attachment SET batch = 2 WHERE content = 'three'", "no order names it"),
        ("INSERT INTO attachment VALUES (2, 'x', 'x')", "no order names it"),
    ],
)
def test_what_was_done_to_texts_is_found(change: str, told: str) -> None:
    url = record_of(batches(*PARTS))
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(change.encode()).rowcount > 0
    with pytest.raises(InvariantBroken, match=rf"table attachment, batch \d, text \w+: {told}"):
        check(url, batches(*PARTS))


def test_texts_count_only_beside_orders() -> None:
    entries = batches(PARTS[0], kind=BatchKind.DECISION)
    with pytest.raises(InvariantBroken, match="no order names it"):
        check(record_of(entries), entries, last=1)


def test_texts_are_read_by_batch_and_digest(record: str) -> None:
    with connect(record) as connection:
        assert read_attachments(connection, []) == {}
        wanted = [(1, TWO), (3, ONE), (1, TWO)]
        found = read_attachments(connection, wanted)
        assert found == {(1, TWO): BY_DIGEST[TWO], (3, ONE): b"one"}
        for batch, digest in ((2, ONE), (1, ABSENT), (9, ONE)):
            with pytest.raises(InvariantBroken, match=f"batch {batch}, .*: it is missing"):
                read_attachments(connection, [(1, TWO), (batch, digest)])


def test_a_text_that_was_changed_is_not_shown() -> None:
    url = record_of(batches(*PARTS))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"UPDATE attachment SET content = 'else' WHERE content = 'three'")
    with connect(url) as connection, pytest.raises(InvariantBroken, match="it was changed"):
        read_attachments(connection, [(3, THREE)])


def test_an_array_of_texts_is_as_the_database_writes_it() -> None:
    url = record_of(batches())
    with psycopg.connect(url) as connection, connection.cursor(binary=True) as cursor:
        for values in ([], [b""], [b"a", b"", b"bc"]):
            row = cursor.execute("SELECT array_send(%s::bytea[])", [values]).fetchone()
            assert row == (bytes(binary_array(values)),)
