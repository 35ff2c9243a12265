"""After a restart, lists, statements and answers are what they were before it."""

import random
from collections.abc import Sequence

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import Entry, Journal, OrderIndex, connect, recover
from skontro.model import NO_DIGEST
from skontro.service.api.record_queries import History
from skontro.system import BatchKind
from tests.draws import seeds
from tests.ledger.drawn_record import PlainRecord, draw_entries, new_order_index
from tests.ledger.test_order_index_pages import statement
from tests.service.systems import new_database
from tests.system.test_settlement_system import RULES

_ACCOUNTS = range(len(RULES.directory.accounts))


def everything(
    order_index: OrderIndex, dates: Sequence[str], entries: Sequence[Entry]
) -> list[object]:
    """All that can be asked of an order index, by pages."""
    draw = random.Random(1)
    found: list[object] = [order_index.base, order_index.count]
    for accounts in (None, *([one] for one in _ACCOUNTS)):
        at: int | None = 0
        while at is not None:
            page = order_index.page(accounts, [], at, 7)
            found.append(page.orders.tobytes())
            at = page.following
    for date in dates:
        for account in _ACCOUNTS:
            known = order_index.statements.page(account, date, (0, -1), 1) is not None
            found.append(statement(order_index.statements, account, date, draw) if known else None)
    keys = [row["key"].tobytes() for entry in entries for row in entry.rows["request"]]
    return [*found, *(order_index.answer(key) for key in keys if key != NO_DIGEST)]


@pytest.mark.parametrize("seed", seeds(range(8)))
def test_a_restart_changes_no_page(seed: int) -> None:
    draw = random.Random(seed)
    days, count = draw.choice([1, 2, 3, 20]), draw.randint(30, 60)
    url = new_database()
    journal = Journal(url)
    order_index, plain, dates, entries = new_order_index(days), PlainRecord(), [], []
    key = Ed25519PrivateKey.generate()
    state = b""
    for unsigned, system in draw_entries(seed, count):
        entry = attrs.evolve(unsigned, signature=key.sign(unsigned.hash))
        entries.append(entry)
        if entry.number == 0:
            journal.claim(lambda _head, _epoch, first=entry: [first])
        else:
            journal.append([entry])
        order_index.add(entry)
        plain.add(entry)
        if plain.date and plain.date not in dates:
            dates.append(plain.date)
        # Also between the seal of a day and the start of the next.
        if entry.batch.kind == BatchKind.SNAPSHOT:
            journal.write_snapshot(entry.number - 1, state)
        state = system.snapshot()
    with connect(url) as connection:
        again = recover(connection, RULES, days, key.public_key()).order_index
    assert everything(again, dates, entries) == everything(order_index, dates, entries)
    _days_out_of_memory_are_read_from_the_record(url, order_index, plain, dates)
    journal.close()


def _days_out_of_memory_are_read_from_the_record(
    url: str, order_index: OrderIndex, plain: PlainRecord, dates: Sequence[str]
) -> None:
    history = History(url)
    for account, held in enumerate(RULES.directory.accounts):
        for date in dates[:-1]:
            kept = order_index.statements.page(account, date, (0, -1), 1_000)
            after, entries = (0, -1), []
            while True:
                page = history.old_statement(account, held.opening_balance, date, after, 3)
                assert page is not None
                entries += page.entries
                if not page.more:
                    break
                after = (entries[-1].batch, entries[-1].position)
            if kept is not None:
                assert (page.opening, tuple(entries)) == (kept.opening, kept.entries)
            told = [(e.batch, e.position, e.subject, e.other, e.change, e.balance) for e in entries]
            assert told == plain.statement(account, date, held.opening_balance)
    history.close()
