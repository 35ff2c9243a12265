"""Lists, statements and receipts by page: right on random days, and no dearer on long ones."""

import hashlib
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import CommandKind, from_records
from skontro.ledger import Entry, OrderIndex, make_entry, request_rows
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.entry import NO_HASH
from skontro.ledger.keys import public_text
from skontro.ledger.order_records import STATUSES
from skontro.ledger.receipts import BatchProof, check_receipt
from skontro.model import NO_DIGEST
from skontro.model.hash_tree import path_in, root_from_path, tree_levels
from skontro.system import Batch, BatchKind
from skontro.system.batch import POSTING
from tests.command_rows import command_rows
from tests.draws import examples
from tests.ledger.drawn_record import PlainRecord, draw_entries, new_order_index
from tests.system.test_settlement_system import RULES

_ACCOUNTS = len(RULES.directory.accounts)
_NAMES = [str(status) for status in STATUSES]


class Reader:
    """Reads a list page by page, with anything happening between two pages."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        some = draw.sample(range(_ACCOUNTS), draw.randint(1, 3))
        self.accounts = draw.choice([None, some])
        self.statuses = draw.choice([[], [], draw.sample(_NAMES, 2), ["queued"], ["warehoused"]])
        self.at: int | None = 0
        self.read: list[bytes] = []

    def next_page(self, order_index: OrderIndex, plain: PlainRecord) -> None:
        if self.at is None:
            return
        limit, most = self.draw.randint(1, 4), self.draw.randint(1, 6)
        page = order_index.page(self.accounts, self.statuses, self.at, limit, most)
        uetrs = [order["uetr"].tobytes() for order in page.orders]
        end = order_index.count if page.following is None else page.following
        meant = {order.uetr for order in plain.orders[self.at : end]}
        wanted = plain.listed(self.accounts, self.statuses)
        assert uetrs == [uetr for uetr in wanted if uetr in meant]
        assert len(uetrs) <= limit
        assert page.looked_at <= most
        assert page.following is None or page.following > self.at
        self.at = page.following
        self.read += uetrs


@given(seed=st.integers(0, 2**32), count=st.integers(5, 60))
@settings(max_examples=examples(60), deadline=None)
def test_each_order_is_on_one_page_whatever_happens_between_pages(seed: int, count: int) -> None:
    draw = random.Random(seed)
    order_index, plain = new_order_index(), PlainRecord()
    readers: list[Reader] = []
    for entry, _ in draw_entries(seed, count):
        order_index.add(entry)
        plain.add(entry)
        if draw.random() < 0.3:
            readers.append(Reader(draw))
        for reader in readers:
            if draw.random() < 0.5:
                reader.next_page(order_index, plain)
    for reader in [*readers, Reader(draw)]:
        while reader.at is not None:
            reader.next_page(order_index, plain)
        assert len(set(reader.read)) == len(reader.read)


def statement(
    statements: AccountStatements, account: int, date: str, draw: random.Random
) -> tuple[int, list[tuple[int, ...]]]:
    """Opening balance and all entries, read by pages of any length."""
    after, entries = (0, -1), []
    while True:
        page = statements.page(account, date, after, draw.randint(1, 5))
        assert page is not None
        entries += [
            (one.batch, one.position, one.subject, one.other, one.change, one.balance)
            for one in page.entries
        ]
        if not page.more:
            return page.opening, entries
        after = entries[-1][:2]


@given(seed=st.integers(0, 2**32), count=st.integers(5, 60))
@settings(max_examples=examples(60), deadline=None)
def test_statements_say_what_the_postings_say(seed: int, count: int) -> None:
    draw = random.Random(seed)
    order_index, plain, dates, balances = new_order_index(), PlainRecord(), [], None
    for entry, system in draw_entries(seed, count):
        order_index.add(entry)
        plain.add(entry)
        balances = system.engine.balances
        if plain.date and plain.date not in dates:
            dates.append(plain.date)
    assert balances is not None
    for account, held in enumerate(RULES.directory.accounts):
        balance = held.opening_balance
        for date in dates:
            opening, entries = statement(order_index.statements, account, date, draw)
            assert opening == balance
            assert entries == plain.statement(account, date, held.opening_balance)
            balance = entries[-1][-1] if entries else opening
        later = sum(
            (one[3] == account) * one[4] - (one[2] == account) * one[4]
            for one in plain.waiting_for_a_date
        )
        assert balance + later == balances[account]
    assert order_index.statements.page(0, "2001-01-01", (0, -1), 5) is None


def long_day(orders: int) -> OrderIndex:
    """An order index with so many settled orders of which two are of the accounts 4 and 5."""
    order_index = OrderIndex()
    batch = Batch(BatchKind.STEP, 0, body='{"date":"2026-11-24","due":0,"kind":"start"}')
    order_index.add(make_entry(0, batch, request_rows([(-1, *[NO_DIGEST] * 3, 0, 0)]), NO_HASH))
    uetr = 0
    for number in range(1, 5):
        rows = command_rows(orders // 4, CommandKind.SUBMIT, number)
        rows["payer"], rows["payee"], rows["amount"] = 0, 1, 1
        if number % 2:
            rows["payer"][7], rows["payee"][7] = 4, 5
        uetrs = np.zeros((len(rows), 2), np.int64)
        uetrs[:, 0] = np.arange(uetr + 1, uetr + 1 + len(rows))
        uetr += len(rows)
        rows["uetr"] = uetrs.view("V16").ravel()
        postings = np.zeros(len(rows), POSTING)
        postings["subject"] = np.arange(order_index.count, order_index.count + len(rows))
        postings["debit"], postings["credit"] = rows["payer"], rows["payee"]
        postings["amount"] = 1
        batch = Batch(BatchKind.ORDERS, number, from_records(rows), postings=postings)
        requests = request_rows([(0, *[NO_DIGEST] * 3, 0, len(rows))])
        order_index.add(make_entry(number, batch, requests, NO_HASH))
    return order_index


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each look into blocks gave out."""
    found: list[int] = []

    def counting(name: str, size: Callable[[Any], int]) -> None:
        method = getattr(ChunkedArray, name)

        def counted(self: ChunkedArray, *arguments: Any) -> Any:
            records = method(self, *arguments)
            found.append(size(records))
            return records

        monkeypatch.setattr(ChunkedArray, name, counted)

    counting("take", len)
    counting("between", len)
    counting("__getitem__", lambda _: 1)
    return found


@pytest.mark.long
def test_a_page_looks_at_no_more_records_on_a_long_day(looks: list[int]) -> None:
    """Ten thousand orders and a hundred times as many: the same work, but for a few halvings."""
    work = []
    for order_index in (long_day(10_000), long_day(1_000_000)):
        looks.clear()
        assert len(order_index.page([4, 5], [], 0, 100).orders) == 2
        assert len(order_index.page(None, [], 0, 100).orders) == 100
        assert len(order_index.page([0], [], order_index.count // 2, 100).orders) == 100
        assert len(order_index.page([0], ["settled"], 0, 100, 500).orders) == 0
        lists = sum(looks)
        looks.clear()
        for account in (0, 1, 4):
            page = order_index.statements.page(account, "2026-11-24", (2, 5), 100)
            assert page is not None
            assert page.opening == 0
        work.append((lists, sum(looks)))
    assert work[0][0] == work[1][0]
    assert work[1][1] - work[0][1] <= 3 * 7


@given(st.lists(st.integers(0, 3), min_size=1, max_size=70))
@settings(max_examples=examples(40), deadline=None)
def test_every_request_of_a_batch_has_a_receipt_that_can_be_checked(sizes: list[int]) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    rows = command_rows(sum(sizes), CommandKind.SUBMIT, 5)
    rows["amount"] = np.arange(len(rows))
    starts = np.cumsum([0, *sizes])
    requests = [
        (0, *[NO_DIGEST] * 3, int(start), size) for start, size in zip(starts, sizes, strict=False)
    ]
    entry = make_entry(
        3, Batch(BatchKind.ORDERS, 5, from_records(rows)), request_rows(requests), NO_HASH
    )
    entry = Entry(**{**_fields(entry), "signature": key.sign(entry.hash)})
    proof, text = BatchProof.of(entry), public_text(key)
    for position in range(len(rows)):
        place = proof.request_of(position)
        assert place is not None
        assert starts[place] <= position < starts[place] + sizes[place]
    for place, size in enumerate(sizes):
        checked = check_receipt(proof.receipt(place, text), text)
        assert [order.amount for order in checked.orders] == [
            *range(int(starts[place]), int(starts[place]) + size)
        ]
    assert proof.request_of(len(rows)) is None


@pytest.mark.parametrize("place", [-1, 3, 4, 2**42 + 1])
def test_a_path_leads_to_the_root_from_its_own_place_only(place: int) -> None:
    leaves = [b"one", b"two", b"three"]
    levels = tree_levels(b"".join(hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves))
    path = path_in(levels, 1)
    assert root_from_path(b"two", 1, 3, path) == levels[-1]
    with pytest.raises(ValueError, match="no leaf"):
        root_from_path(b"two", place, 3, path)


def _fields(entry: Entry) -> dict[str, Any]:
    import attrs

    return {one.name: getattr(entry, one.name) for one in attrs.fields(Entry)}
