"""Orders of links in the order index, and earmarks in statements, over two days."""

import attrs
import numpy as np

from skontro.engine import (
    NO_COMMANDS,
    Commands,
    Engine,
    close_day,
    complete,
    earmark,
    join,
    open_day,
    release,
    submit_linked,
)
from skontro.ledger import OrderIndex, make_entry, request_rows
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.entry import NO_DIGEST, NO_HASH
from skontro.ledger.order_records import STATUSES
from skontro.model import ReasonCode, SettlementAccount, find_currency
from skontro.system import Batch, BatchKind
from skontro.system.earmark_postings import named_earmarks
from skontro.system.order_columns import OrderColumns
from tests.engine.days import bic

BALANCES = (100, 0, 0)


def _step(date: str, kind: str, due: int) -> str:
    return f'{{"date":"{date}","due":{due},"kind":"{kind}"}}'


class Ledger:
    """An engine, and the order index of what it did, batch by batch."""

    def __init__(self) -> None:
        tenge = find_currency("KZT")
        self.engine = Engine([SettlementAccount(bic(n), tenge, b) for n, b in enumerate(BALANCES)])
        self.index, self.columns = OrderIndex(), OrderColumns()
        self.index.statements = AccountStatements(list(BALANCES))
        self.number = 0

    def begin(self, date: str, time: int) -> None:
        self.columns = OrderColumns(self.engine.orders)
        self.add(BatchKind.STEP, time, NO_COMMANDS, _step(date, "start", time))
        self.add(BatchKind.STEP, time, open_day(time), _step(date, "open", time))

    def seal(self, date: str, time: int) -> None:
        """The index compares the balances with the sums of postings."""
        self.add(BatchKind.STEP, time, close_day(time), _step(date, "end_of_day", time))
        self.add(BatchKind.STEP, time, NO_COMMANDS, _step(date, "seal", time), is_seal=True)

    def add(
        self,
        kind: BatchKind,
        time: int,
        commands: Commands,
        body: str = "{}",
        *,
        is_seal: bool = False,
    ) -> None:
        named = named_earmarks(self.engine, commands.accepted)
        events = self.engine.apply(commands.accepted).copy()
        accepted = commands.accepted
        self.columns.add(accepted.take(accepted.are_orders))
        postings = self.columns.postings(accepted, events, 0, named)
        batch = Batch(kind, time, commands, body, events, postings=postings)
        if is_seal:
            balances = np.stack([self.engine.balances, self.engine.credit_lines], axis=1)
            batch = attrs.evolve(batch, balances=balances)
        orders = int(commands.are_orders.sum())
        requests = request_rows([(7 + n, *[NO_DIGEST] * 3, 0, 1) for n in range(orders)])
        self.index.add(make_entry(self.number, batch, requests, NO_HASH))
        self.number += 1

    def links(self, *commands: Commands) -> None:
        together = join(commands)
        body = '{"cancelled":[],"proofs":[],"refused":[],"repeated":[],"terms":[]}'
        self.add(BatchKind.LINKS, int(together.time[-1]), together, body)

    def statuses(self) -> list[tuple[str, str, int]]:
        orders = self.index.orders(0, self.index.count)
        return [
            (STATUSES[int(o["status"])], ReasonCode(int(o["reason"])).name, int(o["status_time"]))
            for o in orders
        ]

    def statement(self, account: int, date: str) -> list[tuple[int, int, int, int]]:
        """Order, other account, change and balance of each entry."""
        page = self.index.statements.page(account, date, (0, -1), 100)
        assert page is not None
        return [(e.subject, e.other, e.change, e.balance) for e in page.entries]


def leg(number: int, amount: int) -> Commands:
    return submit_linked(2, 0, 1, amount, 2).evolve(
        uetr=np.frombuffer(bytes([number + 1] * 16), "V16")
    )


def test_an_order_is_earmarked_until_it_is_settled_or_returned() -> None:
    ledger = Ledger()
    ledger.begin("2026-11-24", 1)
    ledger.add(BatchKind.ORDERS, 2, join([leg(n, 10 + n) for n in range(3)]))
    assert ledger.statuses() == [("held", "LINK_AWAITED", 2)] * 3
    ledger.links(earmark(3, 0, 2), earmark(3, 1, 2), complete(3, 1), earmark(4, 2, 2))
    assert ledger.statuses() == [("earmarked", "NONE", 3), ("settled", "NONE", 3),
                                 ("earmarked", "NONE", 4)]  # fmt: skip
    page = ledger.index.page([1], ["earmarked"], 0, 10)
    assert page.indices.tolist() == [0, 2]
    assert ledger.index.order(0)["entry_status"] == STATUSES.index("held")
    ledger.seal("2026-11-24", 5)
    assert [one for one, _, _ in ledger.statuses()] == ["earmarked", "settled", "earmarked"]
    ledger.begin("2026-11-25", 6)
    ledger.links(complete(7, 0), release(8, 2))
    assert ledger.statuses() == [("settled", "NONE", 7), ("settled", "NONE", 3),
                                 ("returned", "LINK_NOT_COMMITTED", 8)]  # fmt: skip
    ledger.seal("2026-11-25", 9)
    assert ledger.statement(2, "2026-11-24") == [
        (0, 0, 10, 10), (1, 0, 11, 21), (1, 1, -11, 10), (2, 0, 12, 22),
    ]  # fmt: skip
    assert ledger.statement(2, "2026-11-25") == [(0, 1, -10, 12), (2, 0, -12, 0)]
    assert ledger.statement(1, "2026-11-25") == [(0, 2, 10, 21)]
    assert ledger.statement(0, "2026-11-25") == [(2, 2, 12, 79)]
