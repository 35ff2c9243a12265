"""A start from a snapshot: which batches are remembered, replayed and checked, and what is said."""

import json
from typing import NamedTuple

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import Entry, Journal, connect, genesis, genesis_body, read_rules, recover
from skontro.ledger.keys import public_text
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.recovery import (
    _first_remembered,
    _sealed_before,
    epoch_of,
    replay,
    rules_of,
    writer_body,
)
from skontro.ledger.snapshots import restore_before, restore_last
from skontro.model import InputError, InvariantBroken
from skontro.system import BatchKind, SettlementSystem
from tests.ledger.drawn_record import draw_entries
from tests.service.systems import new_database
from tests.system.test_settlement_system import RULES

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
BODY = genesis_body(RULES, {"public_key": public_text(KEY)})


class Kept(NamedTuple):
    url: str
    entries: list[Entry]
    snapshots: list[int]
    starts: list[int]
    seals: list[int]
    final: bytes


@pytest.fixture(scope="module")
def kept() -> Kept:
    """A record of several days with snapshots, of which the last two are kept."""
    entries: list[Entry] = []
    states: dict[int, bytes] = {}
    state = b""
    for entry, system in draw_entries(6, 60):
        entries.append(attrs.evolve(entry, signature=KEY.sign(entry.hash)))
        if entry.batch.kind == BatchKind.SNAPSHOT:
            states[entry.number - 1] = state
        state = system.snapshot()
    url = new_database()
    journal = Journal(url)
    journal.claim(lambda _head, _epoch: entries[:1])
    journal.append(entries[1:])
    snapshots = [*states][-2:]
    for number in snapshots:
        journal.write_snapshot(number, states[number])
    journal.close()
    starts = [one.number for one in entries if '"kind":"start"' in one.batch.body]
    seals = [one.number for one in entries if len(one.batch.balances)]
    return Kept(url, entries, snapshots, starts, seals, state)


@pytest.fixture(scope="module")
def url(kept: Kept) -> str:
    return kept.url


def test_the_record_has_what_is_asked_of_it_here(kept: Kept) -> None:
    first, last = kept.snapshots
    before = [one for one in kept.starts if one <= last]
    assert len(before) > 3
    assert first < last < kept.entries[-1].number - 2
    assert first not in kept.seals


def test_the_remembered_days_begin_with_a_start(kept: Kept, connection: Connection) -> None:
    for upto in (*kept.snapshots, *kept.starts, kept.entries[-1].number):
        before = [one for one in kept.starts if one <= upto]
        for days in range(1, 7):
            expected = before[-days] if len(before) > days else 0
            assert _first_remembered(connection, upto, days) == expected
    assert _first_remembered(connection, -1, 1) == 0


def test_the_seal_before_a_batch(kept: Kept, connection: Connection) -> None:
    for number in (0, *kept.seals, *(one + 1 for one in kept.seals)):
        assert _sealed_before(connection, number) == max(
            (one for one in kept.seals if one < number), default=-1
        )


@pytest.mark.parametrize("days", [1, 20])
def test_a_start_goes_on_where_the_record_ends(
    kept: Kept, connection: Connection, days: int
) -> None:
    told: list[tuple[str, int, int]] = []
    recovered = recover(connection, RULES, days, PUBLIC, lambda *one: told.append(one))
    end = kept.entries[-1]
    head = recovered.head
    assert (head.number, head.time) == (end.number, end.batch.time)
    assert (head.hash, head.signature) == (end.hash, end.signature)
    assert recovered.system.last_time == end.batch.time
    assert recovered.system.snapshot() == kept.final
    # Numbers are as the engine counts them, whatever came before the first day remembered.
    assert recovered.order_index._index_of_number.count == recovered.system.engine.orders
    after = range(kept.snapshots[-1] + 1, end.number + 1)
    assert recovered.replayed == len(after)
    assert told == [("replaying", number, end.number) for number in after]


def test_without_snapshots_everything_is_replayed(kept: Kept, connection: Connection) -> None:
    connection.execute("DELETE FROM snapshot")
    recovered = recover(connection, RULES, 2, PUBLIC)
    assert recovered.replayed == len(kept.entries)
    assert recovered.system.snapshot() == kept.final
    assert recovered.order_index.base > 0
    system, start = restore_before(connection, RULES, 5, PUBLIC)
    assert (start, system.snapshot()) == (-1, SettlementSystem(RULES).snapshot())


def test_every_batch_that_something_is_taken_from_is_linked_with_the_head(
    kept: Kept, connection: Connection
) -> None:
    start = kept.snapshots[-1]
    remembered = _first_remembered(connection, start, 1)
    sealed = _sealed_before(connection, remembered)
    assert 0 < sealed < remembered < start
    for number in (sealed, sealed + 1, remembered, start, start + 1, kept.entries[-1].number):
        connection.execute("SAVEPOINT before")
        connection.execute(
            "UPDATE journal SET hash = set_byte(hash, 3, get_byte(hash, 3) # 1) WHERE batch = %s",
            [number],
        )
        with pytest.raises(InvariantBroken, match=f"batch {number} does not follow"):
            recover(connection, RULES, 1, PUBLIC)
        connection.execute("ROLLBACK TO before")


@pytest.mark.parametrize("days", [1, 20])
def test_rules_that_nobody_signed_are_not_gone_on_from(
    kept: Kept, connection: Connection, days: int
) -> None:
    """They are right in themselves, and the batch after them names others."""
    connection.execute("DELETE FROM snapshot")
    other = genesis(BODY + " ", kept.entries[0].batch.time)
    connection.execute(
        "UPDATE journal SET body = %s, content = %s, hash = %s WHERE batch = 0",
        [other.batch.body, other.content, other.hash],
    )
    with pytest.raises(InvariantBroken, match="batch 1 does not follow"):
        recover(connection, RULES, days, PUBLIC)


def test_a_day_before_is_restored_from_the_snapshot_before_it(
    kept: Kept, connection: Connection
) -> None:
    first, last = kept.snapshots
    for batch, expected in ((last, first), (last + 1, last), (2**40, last), (first, -1)):
        assert restore_before(connection, RULES, batch, PUBLIC)[1] == expected
    connection.execute(
        "UPDATE journal SET hash = set_byte(hash, 3, get_byte(hash, 3) # 1) WHERE batch = %s",
        [last + 1],
    )
    with pytest.raises(InvariantBroken, match=f"batch {last + 1} does not follow"):
        restore_before(connection, RULES, last + 1, PUBLIC)


def test_a_snapshot_that_cannot_be_read_is_named(
    kept: Kept, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_system: SettlementSystem, _state: bytes) -> None:
        raise KeyError("clock")

    monkeypatch.setattr(SettlementSystem, "restore", fails)
    with pytest.raises(InvariantBroken, match=f"read: that of batch {kept.snapshots[-1]}: 'clock'"):
        restore_last(connection, SettlementSystem(RULES))


def test_a_batch_that_nothing_gives_is_named(kept: Kept) -> None:
    orders = next(one for one in kept.entries if one.batch.kind == BatchKind.ORDERS)
    again = SettlementSystem(RULES)
    again.last_time = orders.batch.time
    with pytest.raises(InvariantBroken, match=f"record: batch {orders.number}: time"):
        replay(again, orders)


def test_the_rules_that_the_record_begins_with(kept: Kept, connection: Connection) -> None:
    signed = genesis(BODY, 5)
    connection.execute(
        "UPDATE journal SET time = 5, body = %s, content = %s, hash = %s, signature = %s "
        "WHERE batch = 0",
        [BODY, signed.content, signed.hash, KEY.sign(signed.hash)],
    )
    rules, settings = read_rules(connection)
    assert settings == {"public_key": public_text(KEY)}
    assert (rules.name, rules.rulebook) == (RULES.name, RULES.rulebook)
    for change, said in (
        ("signature = hash || hash", "batch 0: the signature"),
        ("time = 6", "not those that it was signed with"),
        ("previous_hash = hash", "not those that it was signed with"),
        ("kind = 1", "not those that it was signed with"),
        ("body = body || ' '", "not those that it was signed with"),
        ("body = '{}'", "the rules cannot be read"),
        ("body = '['", "the rules cannot be read"),
        ('body = replace(body, \'"public_key": "\', \'"public_key": "x\')', "cannot be read"),
    ):
        connection.execute("SAVEPOINT before")
        connection.execute(f"UPDATE journal SET {change} WHERE batch = 0".encode())
        with pytest.raises(InvariantBroken, match=said):
            read_rules(connection)
        connection.execute("ROLLBACK TO before")
    connection.execute("DELETE FROM journal WHERE batch = 0")
    with pytest.raises(InvariantBroken, match="batch 0 is missing"):
        read_rules(connection)
    connection.execute("DELETE FROM journal WHERE batch > 1")
    connection.execute("UPDATE journal SET batch = 0 WHERE batch = 1")
    with pytest.raises(InvariantBroken):
        read_rules(connection)
    connection.execute("DELETE FROM journal")
    with pytest.raises(InputError, match="there is no record"):
        read_rules(connection)


def test_where_there_is_nothing_at_all_there_is_no_record() -> None:
    with connect(new_database()) as connection, pytest.raises(InputError, match="no record"):
        read_rules(connection)


def test_what_the_first_batch_says_is_text_of_one_form() -> None:
    rules = attrs.evolve(RULES, name="Құрылым")
    body = genesis_body(rules, {"b": "2", "a": "1"})
    document = json.loads(body)
    assert body == json.dumps(document, sort_keys=True, ensure_ascii=False)
    assert "Құрылым" in body
    assert document["format"] == 1
    again, settings = rules_of(body)
    assert (again.name, settings) == ("Құрылым", {"a": "1", "b": "2"})


@pytest.mark.parametrize(
    ("body", "epoch"),
    [
        (writer_body(7), 7),
        (writer_body(8, {"accepted_head": {"batch": 3}}), 8),
        ('{"epoch":7} ', -1),
        ('{"epoch": 7}', -1),
        ("{}", -1),
        ("[7]", -1),
        ("7", -1),
        ("", -1),
        ('{"epoch":"x"}', -1),
        ('{"epoch":null}', -1),
    ],
)
def test_a_claim_says_which_it_is_in_one_form_only(body: str, epoch: int) -> None:
    assert epoch_of(body) == epoch
