"""Periods for tests, settled order by order in plain Python: first in, first out, no offsetting."""

import datetime
import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.files.tables import ACCOUNTS, ORDERS, STATEMENTS
from skontro.model import BusinessDay, Rate, RateTable, find_country, find_currency, from_timestamp

Account = tuple[str, str]


@attrs.frozen
class Bank:
    """A participant; `funds` gives opening balance and credit line by currency code."""

    bic: str
    name: str
    country: str
    funds: Mapping[str, tuple[int, int]]


@attrs.frozen
class Payment:
    """An order to be; `instructed` is (currency, minor units), `cancelled_at` a withdrawal."""

    payer: str
    payee: str
    currency: str
    amount: int
    submitted_at: int
    payment_class: str = "normal"
    instructed: tuple[str, int] | None = None
    cancelled_at: int | None = None


@attrs.define
class Outcome:
    status: str = "queued"
    reason: str | None = None
    entered_at: int | None = None
    queued_at: int | None = None
    final_at: int = 0

    @property
    def mechanism(self) -> str | None:
        if self.status != "settled":
            return None
        return "entry" if self.queued_at is None else "queue"


class Settlement:
    """One queue for each account; an order settles when it is first in it and has cover."""

    def __init__(self, banks: Sequence[Bank], payments: Sequence[Payment]) -> None:
        self.banks = {bank.bic: bank for bank in banks}
        self.payments = payments
        self.outcomes = [Outcome() for _ in payments]
        self.balance = {(b.bic, code): funds[0] for b in banks for code, funds in b.funds.items()}
        self.floor = {(b.bic, code): -funds[1] for b in banks for code, funds in b.funds.items()}
        self.lowest = dict(self.balance)
        self.queues: dict[Account, deque[int]] = defaultdict(deque)
        self.entries: list[tuple[Account, int, int, int, int]] = []

    def run(self, days: Sequence[BusinessDay]) -> None:
        steps: list[tuple[int, int, int, str]] = []
        number = count()
        for day in days:
            heapq.heappush(steps, (day.closes_at, next(number), -1, "close"))
        for order, payment in enumerate(self.payments):
            heapq.heappush(steps, (payment.submitted_at, next(number), order, "submit"))
            if payment.cancelled_at is not None:
                heapq.heappush(steps, (payment.cancelled_at, next(number), order, "cancel"))
        while steps:
            now, _, order, what = heapq.heappop(steps)
            getattr(self, what)(order, now)

    def submit(self, order: int, now: int) -> None:
        payment, outcome = self.payments[order], self.outcomes[order]
        payer, payee = (payment.payer, payment.currency), (payment.payee, payment.currency)
        if payer not in self.balance or payee not in self.balance:
            outcome.status, outcome.reason = "rejected", "NO_SETTLEMENT_ACCOUNT"
            outcome.final_at = now
            return
        outcome.entered_at = now
        self.queues[payer].append(order)
        self.release(payer, now)
        if outcome.status == "queued":
            outcome.queued_at = now

    def cancel(self, order: int, now: int) -> None:
        self.end(order, now, "cancelled", "CANCELLED_BY_PARTICIPANT")

    def close(self, _order: int, now: int) -> None:
        for queue in list(self.queues.values()):
            for order in list(queue):
                self.end(order, now, "returned", "RETURNED_AT_END_OF_DAY")

    def end(self, order: int, now: int, status: str, reason: str) -> None:
        outcome, payment = self.outcomes[order], self.payments[order]
        if outcome.status != "queued":
            return
        payer = (payment.payer, payment.currency)
        self.queues[payer].remove(order)
        outcome.status, outcome.reason, outcome.final_at = status, reason, now
        if status == "cancelled":
            self.release(payer, now)

    def release(self, account: Account, now: int) -> None:
        work = deque([account])
        while work:
            payer = work.popleft()
            while self.queues[payer] and self.settle_head(payer, now):
                payment = self.payments[self.entries[-1][1]]
                work.append((payment.payee, payment.currency))

    def settle_head(self, payer: Account, now: int) -> bool:
        order = self.queues[payer][0]
        amount = self.payments[order].amount
        if self.balance[payer] - amount < self.floor[payer]:
            return False
        self.queues[payer].popleft()
        payee = (self.payments[order].payee, self.payments[order].currency)
        for account, change in ((payer, -amount), (payee, amount)):
            self.balance[account] += change
            self.lowest[account] = min(self.lowest[account], self.balance[account])
            self.entries.append((account, order, change, self.balance[account], now))
        outcome = self.outcomes[order]
        outcome.status, outcome.final_at = "settled", now
        return True


def uetr(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def business_day(date: datetime.date, opens: int = 9, closes: int = 18) -> BusinessDay:
    return BusinessDay.at(date, datetime.time(opens), datetime.time(closes), datetime.UTC)  # type: ignore[arg-type]


def rate_table(units: Mapping[str, str], account_currency: str = "USD") -> RateTable:
    as_of = datetime.date(2026, 3, 2)
    return RateTable(
        find_currency(account_currency),
        [
            Rate(find_currency(code), Decimal(text), as_of, "test rates")
            for code, text in units.items()
        ],
    )


def settle(
    banks: Sequence[Bank],
    payments: Sequence[Payment],
    days: Sequence[BusinessDay],
    rates: RateTable,
    *,
    name: str = "Test period",
    time_zone: str = "UTC",
    provenance: Mapping[str, str] | None = None,
) -> Results:
    """Settle the payments and lay the outcome out in the three tables."""
    payments = sorted(payments, key=lambda payment: payment.submitted_at)
    settlement = Settlement(banks, payments)
    settlement.run(days)
    accounts = sorted(settlement.balance, key=lambda account: (account[1], account[0]))
    return Results(
        name=name,
        business_days=tuple(days),
        time_zone=time_zone,
        rates=rates,
        provenance=provenance or {},
        orders=_orders(settlement, days),
        accounts=_accounts(settlement, accounts),
        statements=_statements(settlement, accounts),
    )


def _timestamp(timestamp: int | None) -> datetime.datetime | None:
    return None if timestamp is None else from_timestamp(timestamp)


def _orders(settlement: Settlement, days: Sequence[BusinessDay]) -> pl.DataFrame:
    rows = []
    for number, (payment, outcome) in enumerate(
        zip(settlement.payments, settlement.outcomes, strict=True)
    ):
        date = next(day.date for day in days if payment.submitted_at < day.closes_at)
        instructed = payment.instructed or (None, None)
        rows.append(
            {
                "uetr": uetr(number),
                "payer": payment.payer,
                "payee": payment.payee,
                "currency": payment.currency,
                "amount_minor": payment.amount,
                "payment_class": payment.payment_class,
                "submitted_at": _timestamp(payment.submitted_at),
                "earliest_at": None,
                "latest_at": None,
                "instructed_currency": instructed[0],
                "instructed_amount_minor": instructed[1],
                "order": number,
                "business_date": date,
                "payer_country": settlement.banks[payment.payer].country,
                "payee_country": settlement.banks[payment.payee].country,
                "status": outcome.status,
                "reason": outcome.reason,
                "entered_at": _timestamp(outcome.entered_at),
                "queued_at": _timestamp(outcome.queued_at),
                "final_at": _timestamp(outcome.final_at),
                "mechanism": outcome.mechanism,
                "run": None,
                "row": None,
            }
        )
    return pl.DataFrame(rows, schema=ORDERS, orient="row")


def _accounts(settlement: Settlement, accounts: Sequence[Account]) -> pl.DataFrame:
    paid: dict[Account, int] = defaultdict(int)
    received: dict[Account, int] = defaultdict(int)
    for account, _, change, _, _ in settlement.entries:
        (paid if change < 0 else received)[account] += abs(change)
    rows = []
    for number, account in enumerate(accounts):
        bank = settlement.banks[account[0]]
        opening, credit = bank.funds[account[1]]
        lowest = settlement.lowest[account]
        rows.append(
            {
                "account": number,
                "bic": account[0],
                "name": bank.name,
                "country": find_country(bank.country).alpha3,
                "currency": account[1],
                "opening_balance_minor": opening,
                "credit_line_minor": credit,
                "closing_balance_minor": settlement.balance[account],
                "lowest_balance_minor": lowest,
                "liquidity_used_minor": opening - lowest,
                "paid_minor": Decimal(paid[account]),
                "received_minor": Decimal(received[account]),
                "transferred_in_minor": Decimal(0),
                "transferred_out_minor": Decimal(0),
            }
        )
    return pl.DataFrame(rows, schema=ACCOUNTS, orient="row")


def _statements(settlement: Settlement, accounts: Sequence[Account]) -> pl.DataFrame:
    number = {account: i for i, account in enumerate(accounts)}
    entry: dict[Account, int] = defaultdict(int)
    rows = []
    for account, order, change, balance, now in settlement.entries:
        entry[account] += 1
        payment = settlement.payments[order]
        rows.append(
            {
                "account": number[account],
                "bic": account[0],
                "currency": account[1],
                "entry": entry[account],
                "settled_at": _timestamp(now),
                "uetr": uetr(order),
                "counterparty": payment.payee if change < 0 else payment.payer,
                "debit_minor": -change if change < 0 else None,
                "credit_minor": change if change > 0 else None,
                "balance_minor": balance,
            }
        )
    return pl.DataFrame(rows, schema=STATEMENTS, orient="row").sort("account", "entry")
