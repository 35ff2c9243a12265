"""Messages beside the record: once each, by page, by number, and by the orders they are about."""

import uuid

import attrs
import psycopg
import pytest

from skontro.engine import commands_of
from skontro.ledger import connect, genesis, genesis_body, make_entry
from skontro.ledger.entry import request_rows
from skontro.ledger.kept_messages import (
    MOST_NAMED,
    NEWEST,
    Exchange,
    keep_messages,
    message_with_number,
    messages_of_order,
    newest_messages,
)
from skontro.model import NO_DIGEST
from skontro.system import Batch, BatchKind
from tests.ledger.records import record_of
from tests.service.systems import NOON, copy_of
from tests.system.test_settlement_system import RULES

KEYS = tuple(bytes([number]) * 32 for number in range(1, 5))
NOBODYS = uuid.uuid4().bytes
PLAIN = Exchange(
    time=NOON,
    participant=0,
    key=KEYS[0],
    name="pacs.009.001.08",
    message_id="M-1",
    answer_name="pacs.002.001.10",
    status=201,
    uetrs=(),
    content=b"<payment/>" * 100,
    answer=b"<status/>",
)


@pytest.fixture(scope="module")
def record() -> str:
    """A record whose first batch has requests with one, two and one orders."""
    entries = [genesis(genesis_body(RULES, {}), NOON)]
    batch = Batch(BatchKind.ORDERS, NOON + 1, commands_of(4))
    counts = [(KEYS[0], 0, 1), (KEYS[1], 1, 2), (KEYS[2], 3, 1)]
    requests = request_rows(
        [(0, NO_DIGEST, key, NO_DIGEST, first, count) for key, first, count in counts]
    )
    entries.append(make_entry(1, batch, requests, entries[-1].hash, {}))
    return record_of(entries)


@pytest.fixture
def connection(record: str) -> psycopg.Connection[tuple[object, ...]]:
    return connect(copy_of(record))


def test_a_message_is_given_back_to_the_byte(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    keep_messages(connection, [PLAIN, attrs.evolve(PLAIN, content=b"", answer=b"\x00", status=422)])
    found = message_with_number(connection, 1)
    assert found is not None
    head, content, answer = found
    assert (content, answer) == (PLAIN.content, PLAIN.answer)
    assert attrs.astuple(head) == (
        1, NOON, 0, "pacs.009.001.08", "M-1", "pacs.002.001.10", 201, 1_000, 9,
    )  # fmt: skip
    other = message_with_number(connection, 2)
    assert other is not None
    assert (other[0].status, *other[1:]) == (422, b"", b"\x00")
    assert message_with_number(connection, 0) is None
    assert message_with_number(connection, 3) is None


def test_the_same_again_is_kept_once_and_another_answer_beside_it(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    others = [
        attrs.evolve(PLAIN, time=NOON + 5, message_id="later"),
        attrs.evolve(PLAIN, answer=b"<other/>"),
        attrs.evolve(PLAIN, content=b"<other/>"),
        attrs.evolve(PLAIN, key=KEYS[1]),
        attrs.evolve(PLAIN, content=PLAIN.content + b"<", answer=b"status/>"),
    ]
    keep_messages(connection, [PLAIN])
    keep_messages(connection, others)
    found = newest_messages(connection, None, NEWEST, 10)
    assert [(one.time, one.message_id) for one in found] == [(NOON, "M-1")] * 5


def test_none_of_a_group_is_kept_where_one_cannot_be(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(psycopg.Error):
        keep_messages(connection, [PLAIN, attrs.evolve(PLAIN, key=KEYS[1], time=2**63)])
    assert newest_messages(connection, None, NEWEST, 10) == []
    keep_messages(connection, [])


def test_pages_have_the_newest_first(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    senders = (0, 1, 0, 2, 0)
    keep_messages(
        connection,
        [
            attrs.evolve(PLAIN, participant=sender, message_id=f"M-{place}", answer=b"%d" % place)
            for place, sender in enumerate(senders)
        ],
    )

    def page(sender: int | None, before: int, limit: int) -> list[str]:
        return [one.message_id[2:] for one in newest_messages(connection, sender, before, limit)]

    assert page(None, NEWEST, 10) == ["4", "3", "2", "1", "0"]
    numbers = [one.number for one in newest_messages(connection, None, NEWEST, 10)]
    assert page(None, NEWEST, 2) == ["4", "3"]
    assert page(None, numbers[1], 2) == ["2", "1"]
    assert page(0, NEWEST, 2) == ["4", "2"]
    assert page(0, numbers[2], 2) == ["0"]
    assert page(1, NEWEST, 2) == ["1"]
    assert page(3, NEWEST, 2) == []


def test_an_order_has_the_message_that_instructed_it_and_those_that_name_it(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    uetr, other = uuid.uuid4().bytes, uuid.uuid4().bytes
    named = [
        attrs.evolve(PLAIN, key=KEYS[1], message_id="instructs"),
        attrs.evolve(PLAIN, key=KEYS[3], message_id="names", uetrs=(other, uetr)),
        attrs.evolve(PLAIN, key=KEYS[3], message_id="other", uetrs=(other,), answer=b"o"),
        attrs.evolve(PLAIN, key=KEYS[1], message_id="both", uetrs=(uetr,), answer=b"b"),
    ]
    keep_messages(connection, named)

    def found(batch: int, position: int, of: bytes) -> list[str]:
        return [one.message_id for one in messages_of_order(connection, batch, position, of)]

    for position in (1, 2):
        assert found(1, position, NOBODYS) == ["instructs", "both"]
        assert found(1, position, uetr) == ["instructs", "names", "both"]
    for position in (0, 3, 4):
        assert found(1, position, NOBODYS) == []
    assert found(1, 0, other) == ["names", "other"]
    assert found(2, 1, NOBODYS) == []


def test_the_orders_that_a_message_names_are_bounded(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    uetrs = tuple(uuid.uuid4().bytes for _ in range(MOST_NAMED + 1))
    keep_messages(connection, [attrs.evolve(PLAIN, uetrs=uetrs)])
    for uetr, count in ((uetrs[0], 1), (uetrs[-2], 1), (uetrs[-1], 0)):
        assert len(messages_of_order(connection, 9, 0, uetr)) == count


def test_an_order_shows_a_bounded_number_of_messages(
    connection: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skontro.ledger.kept_messages.MOST_OF_ORDER", 2)
    keep_messages(
        connection,
        [
            attrs.evolve(PLAIN, message_id=str(place), uetrs=(NOBODYS,), answer=b"%d" % place)
            for place in range(3)
        ],
    )
    for position in (0, 1):
        found = messages_of_order(connection, 1, position, NOBODYS)
        assert [one.message_id for one in found] == ["0", "1"]
