"""Random records of some business days, batch by batch, beside what they say told plainly."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from skontro.engine import CommandKind, EventKind, command, to_records
from skontro.ledger import Entry, OrderIndex, genesis, genesis_body, make_entry, request_rows
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.entry import digest
from skontro.model import NO_DIGEST, ReasonCode
from skontro.system import Batch, SettlementSystem
from tests.service.systems import MINUTE, NOON
from tests.system.test_settlement_system import RULES, _next

ENDS = {
    EventKind.REJECTED: "rejected",
    EventKind.HELD: "held",
    EventKind.QUEUED: "queued",
    EventKind.SETTLED: "settled",
    EventKind.RETURNED: "returned",
    EventKind.CANCELLED: "cancelled",
}


def new_order_index(days: int = 20) -> OrderIndex:
    order_index = OrderIndex(days)
    order_index.statements = AccountStatements(
        [account.opening_balance for account in RULES.directory.accounts]
    )
    return order_index


@dataclass
class Told:
    """An order, or what became of it: searched for, never indexed."""

    uetr: bytes
    payer: int
    payee: int
    status: str
    number: int | None = None


@dataclass
class PlainRecord:
    """Lists that are gone through from the beginning for each question."""

    orders: list[Told] = field(default_factory=list)
    #: Date, batch, position, debit, credit, amount, subject.
    moved: list[tuple[str, int, int, int, int, int, int]] = field(default_factory=list)
    waiting_for_a_date: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    date: str = ""
    is_over: bool = True
    numbered: int = 0

    def add(self, entry: Entry) -> None:
        batch = entry.batch
        step = json.loads(batch.body) if batch.kind.name == "STEP" else {}
        if step.get("kind") == "start":
            self.date, self.is_over = step["date"], False
            self.moved += [(self.date, *one) for one in self.waiting_for_a_date]
            self.waiting_for_a_date = []
        for row in to_records(batch.commands)[batch.commands.are_orders]:
            self._submit(row, is_release=batch.kind.name != "ORDERS")
        row = to_records(batch.commands)[0] if batch.kind.name == "REQUEST" else None
        if row is not None and any(row["uetr"].tobytes()) and row["acceptance"] <= -1:
            self.find(row["uetr"].tobytes()).status = "cancelled"
        for event in batch.events:
            status = ENDS.get(EventKind(int(event["kind"])))
            for order in self.orders if status else []:
                if order.number == int(event["order"]):
                    order.status = str(status)
        for position, one in enumerate(batch.postings.tolist()):
            subject, _, debit, credit, amount = one
            posting = (entry.number, position, debit, credit, amount, subject)
            if self.is_over:
                self.waiting_for_a_date.append(posting)
            else:
                self.moved.append((self.date, *posting))
        if len(batch.balances):
            self.is_over = True

    def _submit(self, row: np.void, *, is_release: bool) -> None:
        uetr, acceptance = row["uetr"].tobytes(), int(row["acceptance"])
        if is_release:
            order = self.find(uetr)
        else:
            order = Told(uetr, int(row["payer"]), int(row["payee"]), "")
            self.orders.append(order)
        order.status = "warehoused" if acceptance == -1 else "rejected"
        if acceptance < -1:
            order.status = "held"
        if acceptance == ReasonCode.RETURNED_WHILE_HELD:
            order.status = "returned"
        if acceptance == 0:
            order.number = self.numbered
            self.numbered += 1

    def find(self, uetr: bytes) -> Told:
        return next(order for order in self.orders if order.uetr == uetr)

    def listed(self, accounts: list[int] | None, statuses: list[str]) -> list[bytes]:
        return [
            order.uetr
            for order in self.orders
            if (accounts is None or order.payer in accounts or order.payee in accounts)
            and (not statuses or order.status in statuses)
        ]

    def statement(self, account: int, date: str, opening: int) -> list[tuple[int, ...]]:
        """Batch, position, subject, other account, change and balance of each entry."""
        balance, entries = opening, []
        for day, batch, position, debit, credit, amount, subject in self.moved:
            if account not in (debit, credit):
                continue
            change = amount if credit == account else -amount
            balance += change
            other = debit if credit == account else credit
            if day == date:
                entries.append((batch, position, subject, other, change, balance))
        return entries


def draw_batches(draw: random.Random, count: int) -> Iterator[tuple[Batch, SettlementSystem]]:
    """Batches over about a week, the system as it is after each."""
    system = SettlementSystem(RULES)
    time = NOON - 5 * 60 * MINUTE
    known: list[bytes] = []
    number = 0
    for _ in range(count):
        time += draw.choice([1, MINUTE, 40 * MINUTE, 200 * MINUTE, 400 * MINUTE]) + 20
        for batch in _next(system, draw, time):
            known += batch.commands.column("uetr")[batch.commands.are_orders].tolist()
            number += 1
            yield batch, system
        if known and draw.random() < 0.3:
            request = command(CommandKind.CANCEL, 0, uetr=draw.choice(known))
            number += 1
            yield system.request(system.last_time + 1, request), system
        if draw.random() < 0.2:
            batch, _ = system.commit_to_state(int(system.last_time) + 1, number)
            number += 1
            yield batch, system


def draw_entries(seed: int, count: int) -> Iterator[tuple[Entry, SettlementSystem]]:
    """The same as entries of a record; each order has a request of its own, some with a key."""
    draw = random.Random(seed)
    entry = genesis(genesis_body(RULES, {}), NOON - 6 * 60 * MINUTE)
    yield entry, SettlementSystem(RULES)
    for batch, system in draw_batches(draw, count):
        requests = [
            (
                draw.randrange(-1, 3),
                NO_DIGEST,
                digest(draw.randbytes(4)) if draw.random() < 0.5 else NO_DIGEST,
                digest(draw.randbytes(4)),
                place,
                1,
            )
            for place in range(len(batch.commands))
        ]
        rows = request_rows(requests or [(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
        entry = make_entry(entry.number + 1, batch, rows, entry.hash)
        yield entry, system
