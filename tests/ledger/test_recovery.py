"""Nothing is served from a snapshot, or from rows before it, that was not signed."""

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import psycopg
import pytest

from skontro.files.system_rules import read_system
from skontro.ledger import read_headers
from skontro.ledger.entry import chain_hash, digest
from skontro.model import InvariantBroken
from skontro.service.api.record_queries import History
from skontro.simulation.live_day import read_live_day
from skontro.system import Rules, SettlementSystem
from tests.ledger.records import VIEWS
from tests.service.systems import (
    BANKS,
    DAY,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    copy_of,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at

MILLIONS = 500_000_000

Change = Callable[[psycopg.Connection[tuple[object, ...]]], object]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A system of two days; its last snapshot has orders in the warehouse and proposals."""
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    url = new_database()
    with live_system(folder, url, Clock(at(10))) as system:
        _morning(system)
        system.move_to(at(19))
        system.move_to(at(10) + DAY)
        _morning(system)
        system.move_to(at(19) + DAY)
    return folder, url


def _morning(system: LiveSystem) -> None:
    system.bank(0).submit(order(0, 1, "10.00"))
    system.bank(0).submit(order(0, 1, "5.00", value_date="2026-12-01"))
    wish = {"kind": "transfer_in", "participant": BANKS[0], "currency": "KZT", "amount": "1.00"}
    system.operator(0).propose(wish)


def _started_balance(folder: Path, url: str) -> int:
    # The kept head is another test's matter: what is found here is found without it.
    (folder / "head.json").unlink(missing_ok=True)
    with live_system(folder, url, Clock(at(20) + DAY)) as system:
        return int(system.service.sequencer.view.balances[0])


def _changed(url: str, *changes: Change | str) -> str:
    copy = copy_of(url)
    with psycopg.connect(copy, autocommit=True) as connection:
        for change in changes:
            if isinstance(change, str):
                assert connection.execute(change.encode()).rowcount >= 1, change
            else:
                change(connection)
    return copy


def _last_snapshot(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[int, bytes]:
    row = connection.execute(
        "SELECT batch, state FROM snapshot ORDER BY batch DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return int(str(row[0])), bytes(row[1])  # type: ignore[arg-type]


def _forged(rules: Rules, forge: Callable[[SettlementSystem], None], state: bytes) -> bytes:
    system = SettlementSystem(rules)
    system.restore(state)
    assert system.snapshot() == state
    forge(system)
    assert system.snapshot() != state
    return system.snapshot()


def _rich(system: SettlementSystem) -> None:
    system.engine._state.accounts["balance"][0] += MILLIONS
    system.engine._state.currencies["money"][0] += MILLIONS


def _generous_warehouse(system: SettlementSystem) -> None:
    assert len(system.warehouse) == 2
    system.warehouse._rows["amount"][0] += MILLIONS


def _generous_proposal(system: SettlementSystem) -> None:
    first, *others = system.four_eyes.open
    action = attrs.evolve(first.action, amount=MILLIONS)
    system.four_eyes.open = (attrs.evolve(first, action=action), *others)


def _later_day(system: SettlementSystem) -> None:
    system.clock.date = datetime.date(2027, 1, 1)


def _nobody_suspended_but(system: SettlementSystem) -> None:
    system.suspended = [BANKS[1]]


FORGERIES = (_rich, _generous_warehouse, _generous_proposal, _later_day, _nobody_suspended_but)


def test_a_start_from_the_snapshot_serves_what_was_settled(kept: tuple[Path, str]) -> None:
    folder, url = kept
    before = 1_000_000 - 2 * 1_000
    assert _started_balance(folder, copy_of(url)) == before


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_snapshot_is_never_served(
    kept: tuple[Path, str], forge: Callable[[SettlementSystem], None]
) -> None:
    folder, url = kept
    rules = read_system(folder)

    def change(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        number, state = _last_snapshot(connection)
        connection.execute(
            "UPDATE snapshot SET state = %s WHERE batch = %s",
            [_forged(rules, forge, state), number],
        )

    copy = _changed(url, change)
    with pytest.raises(InvariantBroken, match="table snapshot, batch"):
        _started_balance(folder, copy)
    # As the message advises.
    with psycopg.connect(copy, autocommit=True) as connection:
        number, _ = _last_snapshot(connection)
        connection.execute("DELETE FROM snapshot WHERE batch = %s", [number])
    assert _started_balance(folder, copy) == 1_000_000 - 2 * 1_000


def _forge_with_chain(rules: Rules, *, rechain: bool) -> Change:
    """The snapshot, the batch that names its hash, and, if asked, all hashes from there on."""

    def change(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        number, state = _last_snapshot(connection)
        forged = _forged(rules, _rich, state)
        connection.execute("UPDATE snapshot SET state = %s WHERE batch = %s", [forged, number])
        body = {"batch": number, "sha256": hashlib.sha256(forged).hexdigest()}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        connection.execute("UPDATE journal SET body = %s WHERE batch = %s", [text, number + 1])
        if rechain:
            _rechain(connection, number + 1)

    return change


def _rechain(connection: psycopg.Connection[tuple[object, ...]], first: int) -> None:
    """Hashes that fit again from a batch without rows on; only the signatures do not."""
    from skontro.ledger import own_request
    from skontro.ledger.entry import commitments_of, content_hash, header_bytes
    from skontro.ledger.postgres.tables import TABLES

    previous = read_headers(connection, first - 1, first - 1)[0].hash
    for header in read_headers(connection, first, 2**62):
        content = header.content
        if header.number == first:
            rows = {table.name: table.none for table in TABLES} | {"request": own_request(0)}
            head = header_bytes(header.number, header.kind, header.time, header.counts)
            content = content_hash(head, commitments_of(rows, header.body))
        hashed = chain_hash(previous, content)
        connection.execute(
            "UPDATE journal SET previous_hash = %s, content = %s, hash = %s WHERE batch = %s",
            [previous, content, hashed, header.number],
        )
        previous = hashed


@pytest.mark.parametrize("rechain", [False, True])
def test_a_forger_who_also_changes_the_chain_is_found_out(
    kept: tuple[Path, str], rechain: bool
) -> None:
    folder, url = kept
    copy = _changed(url, _forge_with_chain(read_system(folder), rechain=rechain))
    with pytest.raises(InvariantBroken, match="signature" if rechain else "batch"):
        _started_balance(folder, copy)
    # The first attempt has claimed the record and signed that: the second is not deceived by it.
    with pytest.raises(InvariantBroken, match="signature" if rechain else "batch"):
        _started_balance(folder, copy)


def test_a_snapshot_of_which_no_hash_was_recorded_is_not_used(kept: tuple[Path, str]) -> None:
    folder, url = kept
    last = "SELECT max(batch) FROM snapshot"
    copy = _changed(
        url, f"INSERT INTO snapshot SELECT batch + 1, state FROM snapshot WHERE batch = ({last})"
    )
    with pytest.raises(InvariantBroken, match="no hash of such a snapshot"):
        _started_balance(folder, copy)


REMEMBERED = (
    "UPDATE command SET uetr[1] = gen_random_uuid() WHERE batch = ({first})",
    "UPDATE command SET amount[1] = amount[1] + 1 WHERE batch = ({first})",
    "UPDATE event SET reason[1] = reason[1] + 1 WHERE batch = ({first})",
    "UPDATE event SET kind[1] = kind[1] # 1 WHERE batch = ({first})",
    "UPDATE request SET key[1] = set_byte(key[1], 0, get_byte(key[1], 0) # 1) "
    "WHERE batch = ({first})",
    "UPDATE request SET content[1] = set_byte(content[1], 0, get_byte(content[1], 0) # 1) "
    "WHERE batch = ({first})",
    "UPDATE journal SET body = replace(body, 'start', 'stare') "
    """WHERE kind = 5 AND body LIKE '%"kind":"start"%' AND batch < ({first})""",
    "UPDATE journal SET time = time + 1 WHERE batch = ({first})",
    "UPDATE journal SET kind = 3 WHERE batch = ({first})",
    "UPDATE posting SET amount[1] = amount[1] + 1 WHERE batch = ({first})",
)


@pytest.mark.parametrize("change", REMEMBERED)
def test_rows_before_the_snapshot_are_not_trusted_either(
    kept: tuple[Path, str], change: str
) -> None:
    """With one bit less in a UETR or a key, what was paid could be paid again."""
    folder, url = kept
    first = "SELECT min(batch) FROM journal WHERE kind = 2"
    copy = _changed(url, change.format(first=first))
    with pytest.raises(InvariantBroken):
        _started_balance(folder, copy)


def test_a_forged_end_is_not_signed_and_served(kept: tuple[Path, str]) -> None:
    """A batch that an intruder appends: whoever claims the record signs what follows it."""
    folder, url = kept

    def append(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        connection.execute(
            "INSERT INTO journal SELECT batch + 1, kind, time + 1, requests, commands, events, "
            "runs, postings, balances, link_statements, body, hash, content, %s, signature "
            "FROM journal ORDER BY batch DESC LIMIT 1",
            [digest(b"a")],
        )
        last = "SELECT max(batch) FROM journal"
        connection.execute(
            "INSERT INTO request SELECT batch + 1, participant, person, key, content, "
            f"first_command, commands FROM request WHERE batch = ({last}) - 1"
        )
        _rechain(connection, int(str(connection.execute(last).fetchone()[0])))  # type: ignore[index]

    copy = _changed(url, append)
    for _ in range(2):
        with pytest.raises(InvariantBroken):
            _started_balance(folder, copy)


def test_a_day_is_not_replayed_from_a_forged_snapshot(kept: tuple[Path, str]) -> None:
    folder, url = kept
    rules = read_system(folder)
    second = datetime.date(2026, 11, 25)

    def forge(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        row = connection.execute("SELECT batch, state FROM snapshot ORDER BY batch").fetchone()
        assert row is not None
        forged = _forged(rules, _rich, bytes(row[1]))  # type: ignore[arg-type]
        connection.execute("UPDATE snapshot SET state = %s WHERE batch = %s", [forged, row[0]])

    assert read_live_day(url, second).scenario.payments.height == 1
    with pytest.raises(InvariantBroken, match="table snapshot"):
        read_live_day(_changed(url, forge), second)
    last = "(SELECT max(batch) FROM posting)"
    with pytest.raises(InvariantBroken):
        read_live_day(
            _changed(url, f"UPDATE command SET amount[1] = 1 WHERE batch = {last}"), second
        )
    # Nothing but what was given counts; what follows from it is computed anew.
    other = _changed(url, f"UPDATE event SET reason[1] = 1 WHERE batch = {last}")
    assert read_live_day(other, second).results.orders.equals(
        read_live_day(url, second).results.orders
    )


def test_every_snapshot_has_its_hash_in_the_batch_after_it(kept: tuple[Path, str]) -> None:
    _, url = kept
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT batch, state FROM snapshot").fetchall()
        assert len(rows) == 2
        for batch, state in rows:
            (header,) = read_headers(connection, int(str(batch)) + 1, int(str(batch)) + 1)
            hashed = hashlib.sha256(bytes(state)).hexdigest()  # type: ignore[arg-type]
            assert header.kind == 6
            assert header.body == f'{{"batch":{batch},"sha256":"{hashed}"}}'
            assert np.count_nonzero(header.counts) == 1


def test_nothing_that_is_served_comes_from_a_view(kept: tuple[Path, str]) -> None:
    folder, url = kept
    with psycopg.connect(copy_of(url), autocommit=True) as connection:
        for view in VIEWS:
            connection.execute(f"DROP VIEW {view}".encode())
        without = f"postgresql://postgres:@/{connection.info.dbname}?host={connection.info.host}"
    pages = []
    for one in (url, without):
        history = History(one)
        pages.append(history.old_statement(0, 1_000_000, "2026-11-24", (0, -1), 10))
        history.close()
    assert pages[0] == pages[1]
    assert pages[0] is not None
    assert len(pages[0].entries) == 1
    assert _started_balance(folder, without) == 1_000_000 - 2 * 1_000
