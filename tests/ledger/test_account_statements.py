"""Records by account and statements of accounts in large batches, and of accounts opened later."""

import json
from typing import Any

import numpy as np
import pytest

from skontro.engine import EVENT, CommandKind, Commands, EventKind, command, commands_of
from skontro.ledger import Entry, OrderIndex, make_entry, request_rows
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.chunked_array import ByAccount
from skontro.ledger.entry import NO_HASH, digest
from skontro.ledger.idempotency import Answers
from skontro.ledger.order_records import STATUS_OF_KIND, STATUSES, status_name
from skontro.ledger.postgres.tables import Records
from skontro.model import NO_DIGEST, InvariantBroken, OrderStatus, ReasonCode
from skontro.system import Batch, BatchKind
from skontro.system.batch import POSTING

KEY, CONTENT = digest(b"key"), digest(b"content")


def test_records_of_an_account_keep_their_order_in_a_large_batch() -> None:
    draw = np.random.default_rng(5)
    rows, plain = ByAccount(np.int64), dict[int, list[int]]()
    for first, count in ((0, 3), (3, 5_000), (5_003, 0), (5_003, 1), (5_004, 700)):
        accounts = draw.integers(-1, 6, count).astype(np.int32)
        rows.append(accounts, np.arange(first, first + count))
        for index, account in enumerate(accounts.tolist(), first):
            plain.setdefault(account, []).append(index)
    for account in range(-2, 8):
        assert rows.of(account).tolist() == plain.get(account, [])


def postings(moves: list[tuple[int, int, int]]) -> Records:
    rows = np.zeros(len(moves), POSTING)
    rows["debit"], rows["credit"], rows["amount"] = np.array(moves).T
    rows["subject"], rows["time"] = np.arange(len(moves)) + 40, np.arange(len(moves)) + 70
    return rows


def entry(number: int, **fields: Any) -> Entry:
    requests = request_rows([(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
    return make_entry(number, Batch(BatchKind.STEP, number, **fields), requests, NO_HASH)


def test_balances_after_each_of_many_postings_of_a_batch() -> None:
    draw = np.random.default_rng(9)
    sides = draw.integers(-1, 4, (3_000, 2))
    moves = [(a, b, 1 + n) for n, (a, b) in enumerate(sides.tolist()) if a != b]
    statements = AccountStatements([100, 200, 300, 400])
    statements.begin_day("2026-11-24")
    statements.add(entry(6, postings=postings(moves)))
    for account in range(4):
        page = statements.page(account, "2026-11-24", (0, -1), 10_000)
        assert page is not None
        assert (page.opening, page.more) == (100 * (account + 1), False)
        balance, expected = page.opening, []
        for place, (debit, credit, amount) in enumerate(moves):
            if account in (debit, credit):
                change = amount if credit == account else -amount
                balance += change
                other = debit if credit == account else credit
                expected.append((6, place, place + 40, place + 70, other, change, balance))
        found = [(e.batch, e.position, e.subject, e.time, e.other, e.change, e.balance)
                 for e in page.entries]  # fmt: skip
        assert found == expected
        # Pages that end with the last entry, just before it and in the middle.
        for limit in (len(found), len(found) - 1, 7):
            part = statements.page(account, "2026-11-24", (6, -1), limit)
            assert part is not None
            assert len(part.entries) == limit
            assert part.more == (limit < len(found))
        middle = found[500]
        rest = statements.page(account, "2026-11-24", (middle[0], middle[1]), 3)
        assert rest is not None
        assert [e.balance for e in rest.entries] == [one[-1] for one in found[501:504]]


@pytest.mark.parametrize("opened", [1, 2, 5])
def test_accounts_that_are_opened_later_begin_with_nothing(opened: int) -> None:
    statements = AccountStatements([100])
    statements.begin_day("2026-11-24")
    last = opened
    statements.add(entry(1, postings=postings([(0, last, 30), (last, 0, 10)])))
    page = statements.page(last, "2026-11-24", (0, -1), 5)
    assert page is not None
    assert page.opening == 0
    assert [(e.change, e.balance) for e in page.entries] == [(30, 30), (-10, 20)]
    # A day is sealed with accounts on which nothing has moved, too.
    balances = np.zeros((opened + 2, 2), np.int64)
    balances[[0, last], 0] = 80, 20
    balances[:, 1] = 7
    statements.add(entry(2, balances=balances))
    statements.begin_day("2026-11-25")
    for account, opening in ((0, 80), (last, 20), (opened + 1, 0), (opened + 9, 0)):
        page = statements.page(account, "2026-11-25", (0, -1), 5)
        assert page is not None
        assert (page.opening, page.entries, page.more) == (opening, (), False)


def test_a_day_is_not_sealed_with_other_balances_than_moved() -> None:
    for wrong in ([101, 200], [100, 201], [100, 200, 1], [200, 100]):
        statements = AccountStatements([100, 200])
        balances = np.stack([np.array(wrong), np.zeros(len(wrong), np.int64)], axis=1)
        with pytest.raises(InvariantBroken, match="batch 4: the closing balances are others"):
            statements.add(entry(4, balances=balances))


def test_only_the_last_days_are_kept() -> None:
    statements = AccountStatements([1])
    for day in range(1, 5):
        statements.begin_day(f"2026-11-0{day}")
    statements.keep(2)
    known = [statements.page(0, f"2026-11-0{day}", (0, -1), 1) is not None for day in range(1, 5)]
    assert known == [False, False, True, True]


def events(*kinds: tuple[EventKind, ReasonCode]) -> Records:
    rows = np.zeros(len(kinds), EVENT)
    rows["kind"] = [int(kind) for kind, _ in kinds]
    rows["reason"] = [int(reason) for _, reason in kinds]
    return rows


def asked(kind: BatchKind, **fields: Any) -> Entry:
    requests = request_rows([(0, NO_DIGEST, KEY, CONTENT, 0, len(fields.get("commands", ())))])
    return make_entry(8, Batch(kind, 5, **fields), requests, NO_HASH)


def request(acceptance: int = 0) -> Commands:
    return command(CommandKind.CANCEL, 5, order=0, acceptance=acceptance)


_REFUSED, _MOVED = ReasonCode.ORDER_FINAL, ReasonCode.NONE


@pytest.mark.parametrize(
    ("answered", "reason", "subject"),
    [
        (asked(BatchKind.ORDERS, commands=commands_of(2, time=5)), 0, -1),
        (asked(BatchKind.REQUEST, commands=request(-1)), 0, -1),
        (asked(BatchKind.REQUEST, commands=request(int(ReasonCode.ORDER_NOT_WAREHOUSED))),
         int(ReasonCode.ORDER_NOT_WAREHOUSED), -1),
        (asked(BatchKind.REQUEST, commands=request(),
               events=events((EventKind.REQUEST_REFUSED, _REFUSED))), int(_REFUSED), -1),
        (asked(BatchKind.REQUEST, commands=request(),
               events=events((EventKind.CANCELLED, ReasonCode.CANCELLED_BY_PARTICIPANT),
                             (EventKind.SETTLED, _MOVED))), 0, -1),
        (asked(BatchKind.DECISION, body=json.dumps({"reason": 0, "proposal": 3})), 0, 3),
        (asked(BatchKind.DECISION, body=json.dumps({"reason": int(_REFUSED), "proposal": -1})),
         int(_REFUSED), -1),
        (asked(BatchKind.DECISION, body=json.dumps({"reason": 0, "proposal": 3}),
               events=events((EventKind.SETTLED, _MOVED),
                             (EventKind.LIQUIDITY_REFUSED, _REFUSED),
                             (EventKind.CONTROL_REFUSED, ReasonCode.AMOUNT_NEGATIVE))),
         int(_REFUSED), 3),
    ],
)  # fmt: skip
def test_the_same_request_is_told_what_became_of_it(
    answered: Entry, reason: int, subject: int
) -> None:
    answers = Answers()
    answers.add(answered)
    found = answers.find(KEY)
    assert found is not None
    assert (found.content, found.batch, found.reason, found.subject) == (
        CONTENT,
        8,
        reason,
        subject,
    )
    assert answers.find(NO_DIGEST) is None
    for day, known in ((1, True), (2, True), (3, False)):
        answers.begin_day()
        answers.keep(3)
        assert (answers.find(KEY) is not None) == known, day


def test_the_latest_answer_stands() -> None:
    answers = Answers()
    for number in (8, 9):
        answers.begin_day()
        requests = request_rows([(0, NO_DIGEST, KEY, CONTENT, 0, 0)])
        batch = Batch(BatchKind.DECISION, 5, body='{"reason":0,"proposal":1}')
        answers.add(make_entry(number, batch, requests, NO_HASH))
    found = answers.find(KEY)
    assert found is not None
    assert found.batch == 9


def test_what_an_event_makes_of_an_order() -> None:
    told = {kind: STATUSES[STATUS_OF_KIND[kind]] for kind in EventKind if STATUS_OF_KIND[kind] >= 0}
    assert told == {
        **{EventKind[one.name]: one for one in OrderStatus if one.name in EventKind.__members__},
        EventKind.EARMARKED: "earmarked",
        EventKind.COMPLETED: OrderStatus.SETTLED,
        EventKind.RELEASED: OrderStatus.RETURNED,
    }
    names = [status_name(number) for number in range(len(STATUSES))]
    assert names == [*OrderStatus, "warehoused", "earmarked"]


def test_a_register_of_nothing() -> None:
    order_index = OrderIndex()
    assert (order_index.base, order_index.count, order_index.uetrs.next_index) == (0, 0, 0)
    page = order_index.page(None, [], 0, 5)
    assert (len(page.orders), page.following, page.looked_at) == (0, None, 0)
    assert order_index.index_of(bytes(16)) is None
    assert order_index.index_of_number(0) is None
    assert order_index.answer(KEY) is None
