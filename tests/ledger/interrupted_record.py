"""Records of days that outages interrupt, and the late payments found in them one by one."""

import datetime
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skontro.engine import CommandKind, from_records
from skontro.ledger import Entry, OrderIndex, genesis, genesis_body, make_entry, request_rows
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.recovery import writer_body
from skontro.model import NO_DIGEST, PaymentType, Rulebook
from skontro.system import NO_SCREENING, Batch, BatchKind, Rules, SettlementSystem
from tests.command_rows import command_rows
from tests.service.systems import MINUTE, NOON, OFFICE_HOURS, directory

#: Tuesday; RUB closes at 15:00 for customers, at 16:00 for banks, all at 18:00.
TUESDAY = datetime.date(2026, 11, 24)
MIDNIGHT = NOON - 12 * 60 * MINUTE
RULES = Rules("Test", directory(1_000), Rulebook(), OFFICE_HOURS, screening=NO_SCREENING)
CURRENCY_OF = [account.currency.code for account in RULES.directory.accounts]
KZT, RUB = 0, 1
_EPOCH = datetime.date(1970, 1, 1)


def at(day: int, hour: int, minute: int = 0) -> int:
    """A time of a day; 0 is Tuesday."""
    return MIDNIGHT + ((24 * day + hour) * 60 + minute) * MINUTE


def number(day: int) -> int:
    """A date by the day, days since 1970."""
    return (TUESDAY - _EPOCH).days + day


@dataclass
class InterruptedRecord:
    """A system with its record, without a database.

    record = InterruptedRecord()
    record.run_to(at(0, 14))
    uetr = record.order(amount=5_000)
    record.outage(at(0, 20))
    """

    rules: Rules = RULES
    system: SettlementSystem = field(init=False)
    index: OrderIndex = field(default_factory=OrderIndex)
    entries: list[Entry] = field(default_factory=list)
    epoch: int = 0
    used: int = 0
    reached: int = 0

    def __post_init__(self) -> None:
        self.system = SettlementSystem(self.rules)
        balances = [account.opening_balance for account in self.rules.directory.accounts]
        self.index.statements = AccountStatements(balances)
        self._add(genesis(genesis_body(self.rules, {}), at(0, 6)))
        self.claim(at(0, 6) + 1)

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.index.add(entry)

    def batch(self, batch: Batch) -> None:
        count = len(batch.commands)
        rows = request_rows(
            [(0, NO_DIGEST, NO_DIGEST, NO_DIGEST, place, 1) for place in range(count)]
            or [(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)]
        )
        last = self.entries[-1]
        self._add(make_entry(last.number + 1, batch, rows, last.hash))

    def claim(self, time: int) -> None:
        self.epoch += 1
        self.system.last_time = time
        self.batch(Batch(BatchKind.WRITER, time, body=writer_body(self.epoch)))

    @property
    def time(self) -> int:
        return max(int(self.system.last_time), self.reached)

    def catch_up(self, time: int) -> None:
        """All steps that are due, as late as it is."""
        while (step := self.system.step(max(time, self.time + 1))) is not None:
            self.batch(step)

    def run_to(self, time: int) -> None:
        """Steps when they are due, up to this time."""
        while (due := self.system.clock.next_step(self.time).due) <= time:
            self.catch_up(due)
        self.reached = time

    def outage(self, until: int) -> None:
        self.claim(until)
        self.catch_up(until + 1)

    def order(
        self,
        time: int | None = None,
        *,
        currency: int = KZT,
        amount: int = 10,
        payer: int = 0,
        payee: int = 1,
        value_date: int = 0,
        payment_type: PaymentType = PaymentType.CUSTOMER,
        details: bytes = NO_DIGEST,
    ) -> bytes:
        """Submit an order at a time, now by default; its UETR."""
        now = max(time or 0, self.time + 1)
        rows = command_rows(1, CommandKind.SUBMIT, now)
        rows["payer"], rows["payee"] = payer + 3 * currency, payee + 3 * currency
        rows["amount"], rows["payment_class"] = amount, 2
        rows["value_date"], rows["payment_type"] = value_date, int(payment_type)
        self.used += 1
        uetr = self.used.to_bytes(16, "big")
        rows["uetr"], rows["details"] = np.void(uetr), np.void(details)
        self.batch(self.system.orders(now, from_records(rows)))
        return uetr


def draw_record(seed: int, acts: int) -> InterruptedRecord:
    """Some days with orders that repeat each other, and outages of up to two days."""
    draw, record = random.Random(seed), InterruptedRecord()
    terms: list[dict[str, Any]] = []
    record.run_to(at(0, draw.choice([7, 9, 14])))
    for _ in range(acts):
        now = record.time
        if draw.random() < 0.25:
            minutes = draw.choice([1, 60, 120, 200, 700, 1_500, 3_000])
            record.outage(now + minutes * MINUTE)
        elif draw.random() < 0.3:
            record.run_to(now + draw.choice([1, 30, 90, 240, 900]) * MINUTE)
        else:
            if not terms or draw.random() < 0.25:
                terms.append(_terms(record, draw))
            # Later ones often repeat earlier ones.
            one = draw.choice(terms[-4:]) | ({} if draw.random() < 0.3 else {"value_date": 0})
            record.order(now + draw.choice([1, MINUTE, 7 * MINUTE]), **one)
        if draw.random() < 0.2:
            record.batch(_liquidity(record, draw))
    return record


def _terms(record: InterruptedRecord, draw: random.Random) -> dict[str, Any]:
    today = record.system.clock.date or TUESDAY
    return {
        "currency": draw.choice([KZT, RUB]),
        "amount": draw.choice([20, 20, 20, 990]),
        "payer": draw.choice([0, 1]),
        "payee": 2,
        "value_date": draw.choice([0, 0, 0, (today - _EPOCH).days + draw.randrange(3)]),
        "payment_type": draw.choice([*PaymentType]),
        "details": draw.choice([NO_DIGEST, bytes(31) + b"\1"]),
    }


def _liquidity(record: InterruptedRecord, draw: random.Random) -> Batch:
    """Orders that bring liquidity to those that wait."""
    rows = command_rows(1, CommandKind.SUBMIT, record.time + 1)
    record.used += 1
    rows["payer"], rows["payee"] = draw.choice([(2, 0), (2, 1), (5, 3)])
    rows["amount"], rows["uetr"] = 700, np.void(record.used.to_bytes(16, "big"))
    return record.system.orders(record.time + 1, from_records(rows))


#: UETR, due date, date of settlement, settled.
Late = tuple[bytes, int, int, bool]


def late_payments(record: InterruptedRecord, batch: int) -> list[Late]:
    """The late payments of the outage that ended with a batch, searched for one by one."""
    entries = record.entries
    ended = entries[batch].batch.time
    before = max(e.number for e in entries[:batch] if e.batch.kind != BatchKind.WRITER)
    began = entries[before].batch.time
    if entries[before].batch.kind == BatchKind.GENESIS:
        began = entries[before + 1].batch.time
    steps = [
        (entry.batch.time, json.loads(entry.batch.body))
        for entry in entries
        if entry.batch.kind == BatchKind.STEP
    ]
    days = [(time, _of(step["date"])) for time, step in steps if step["kind"] == "start"]

    def day_of(time: int) -> int:
        return max([day for start, day in days if start <= time], default=days[0][1])

    running = day_of(began)
    missed = {}
    for time, step in steps:
        if time > began and step["due"] <= ended and _of(step["date"]) == running:
            missed[step["kind"], step.get("currency", "")] = step["due"]
    orders = record.index.orders(record.index.base, record.index.count)
    repeats = [one for one in orders if one["status"] == 2 and one["time"] > ended]
    repeats = [one for one in repeats if day_of(one["time"]) > running]
    following = [day for start, day in days if start > began]
    found: list[Late] = []
    for one in orders:
        uetr, due = one["uetr"].tobytes(), running
        if not _is_lost(one, running, missed, began, ended, day_of):
            due = int(one["value_date"])
            was_skipped = following and running < due < following[0] and one["time"] <= began
            refused = (int(one["entry_status"]), int(one["status"]), int(one["reason"]))
            if not was_skipped or refused != (6, 3, 84):  # warehoused, then rejected
                continue
        match = [other for other in repeats if _key(other) == _key(one)]
        if match:
            repeats = [other for other in repeats if other is not match[0]]
            found.append((uetr, due, day_of(match[0]["status_time"]), True))
        else:
            found.append((uetr, due, days[-1][1], False))
    return found


def _is_lost(
    one: np.void,
    running: int,
    missed: dict[tuple[str, str], int],
    began: int,
    ended: int,
    day_of: Callable[[int], int],
) -> bool:
    end = missed.get(("end_of_day", ""))
    status, reason, time = int(one["status"]), int(one["reason"]), int(one["time"])
    if status == 4 and reason == 52:  # returned at the end of the day
        return end is not None and time <= began and one["status_time"] >= ended
    if status != 3 or time <= ended:  # rejected
        return False
    currency = CURRENCY_OF[one["payer"]]
    cut_off = "interbank_cut_off" if one["payment_type"] else "customer_cut_off"
    missed_cut_off = missed.get((cut_off, currency))
    due = {82: missed_cut_off, 83: missed_cut_off, 84: end, 30: end}.get(reason)
    if due is None or time - ended > due - began:
        return False
    if reason == 84:
        return bool(one["value_date"] == running)
    return day_of(time) == running and (reason != 30 or one["value_date"] == 0)


def _key(one: np.void) -> Sequence[object]:
    names = ("payer", "payee", "amount", "payment_type")
    return [*(int(one[name]) for name in names), one["details"].tobytes()]


def _of(date: str) -> int:
    return (datetime.date.fromisoformat(date) - _EPOCH).days
