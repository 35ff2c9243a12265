"""Random accounts, rulebooks and days, with numbers so small that orders meet and limits bind.

They come of a seed: drawn by Hypothesis, so many commands would take longer than all else.
"""

from random import Random

from skontro.engine import CommandKind
from skontro.model import (
    MAX_AMOUNT,
    Algorithm,
    Bypass,
    PaymentClass,
    Rulebook,
    SettlementAccount,
    WhenQueued,
    find_currency,
)
from tests.engine.days import Case, bic, new_oracle
from tests.engine.oracle import Command

ON_DEMAND = (Algorithm.ALL_OR_NOTHING, Algorithm.GREATEST_FIFO_SET, Algorithm.BILATERAL_PASS)

#: As the size of one unit, brings sums close to what the engine can carry.
HUGE = 8 * 10**16

WEIGHTS = {
    CommandKind.SUBMIT: 60,
    CommandKind.CANCEL: 3,
    CommandKind.CHANGE_CLASS: 3,
    CommandKind.MOVE_TO_FRONT: 2,
    CommandKind.MOVE_TO_END: 2,
    CommandKind.SET_CREDIT_LINE: 3,
    CommandKind.SET_RESERVATION: 5,
    CommandKind.SET_NET_SENDER_LIMIT: 5,
    CommandKind.SET_BILATERAL_LIMIT: 5,
    CommandKind.TRANSFER_IN: 2,
    CommandKind.TRANSFER_OUT: 2,
    CommandKind.OFFSET: 6,
    CommandKind.SELECT: 3,
    CommandKind.OPEN_DAY: 1,
    CommandKind.CLOSE_DAY: 1,
}


def draw_accounts(random: Random, unit: int, most: int) -> list[SettlementAccount]:
    count, of_the_first_currency = random.randint(2, most), random.randint(2, most)
    return [
        draw_account(random, number, "KZT" if number < of_the_first_currency else "UZS", unit, 7)
        for number in range(count)
    ]


def draw_account(random: Random, number: int, code: str, unit: int, most: int) -> SettlementAccount:
    """Few of those that have credit begin with some of it in use."""
    opening = random.randint(0, 12 if unit == 1 else most)
    credit = random.choice([0, 0, 3])
    owing = credit if opening < 2 else 0
    return SettlementAccount(
        bic(number), find_currency(code), (opening - owing) * unit, credit * unit
    )


def draw_rulebook(random: Random) -> Rulebook:
    bypass = Bypass(
        random.choice([(PaymentClass.NORMAL,), tuple(PaymentClass)]),
        depth=random.randint(1, 3),
        max_bypasses=random.randint(1, 3),
    )
    when_queued = WhenQueued(random.randint(1, 8), random.choice(ON_DEMAND))
    return Rulebook(
        offset_on_entry=random.random() < 0.4,
        bypass=bypass if random.random() < 0.5 else None,
        when_queued=when_queued if random.random() < 0.25 else None,
    )


def draw_case(seed: int) -> Case:
    """Accounts, a rulebook, and one day or more."""
    random = Random(seed)
    unit = random.choice([1, 1, 1, 1, HUGE])
    table, rulebook = draw_accounts(random, unit, most=6), draw_rulebook(random)
    writer = DayWriter(random, unit, table, rulebook)
    return Case(table, rulebook, writer.write(random.randint(20, 90)))


def draw_large_case(seed: int) -> Case:
    """So many accounts, orders and limits that the engine has to make more room for them."""
    random = Random(seed)
    table, rulebook = draw_accounts(random, 1, most=20), draw_rulebook(random)
    return Case(table, rulebook, DayWriter(random, 1, table, rulebook).write(600))


class DayWriter:
    """Writes one command after the other, knowing by the rules which orders are queued then."""

    def __init__(
        self, random: Random, unit: int, table: list[SettlementAccount], rulebook: Rulebook
    ) -> None:
        self.random = random
        self.unit = unit
        self.oracle = new_oracle(table, rulebook)
        self.oddity = random.choice([0, 0.02, 0.06])
        # Of its own, so that changes of times leave all other draws as they are.
        self.of_times = Random(repr(random.getstate()[1][:3]))
        self.time = 0
        self.commands: list[Command] = []

    def write(self, length: int) -> list[Command]:
        self.add(CommandKind.OPEN_DAY)
        for _ in range(length):
            self.time += self.random.choice([0, 0, 1, 1, 2])
            [kind] = self.random.choices([*WEIGHTS], [*WEIGHTS.values()])
            self.write_one(kind)
            if self.of_times.random() < 0.08:
                self.change_times()
        self.time += self.random.randint(0, 12)
        self.add(CommandKind.CLOSE_DAY)
        return self.commands

    def add(self, kind: CommandKind, **values: int | None) -> None:
        self.commands.append(Command(kind, self.time, **values))  # type: ignore[arg-type]
        self.oracle.apply(self.commands[-1])

    def odd(self) -> bool:
        return self.random.random() < self.oddity

    def write_one(self, kind: CommandKind) -> None:
        match kind:
            case CommandKind.SUBMIT:
                self.submit()
            case CommandKind.CANCEL | CommandKind.MOVE_TO_FRONT | CommandKind.MOVE_TO_END:
                self.add(kind, order=self.order())
            case CommandKind.CHANGE_CLASS:
                self.add(kind, order=self.order(), payment_class=self.payment_class())
            case CommandKind.OFFSET:
                self.add(kind, amount=self.random.randint(0, 7) if self.odd() else self.algorithm())
            case CommandKind.SELECT:
                self.choose()
            case CommandKind.OPEN_DAY:
                self.add(kind)
            case CommandKind.CLOSE_DAY:
                self.add(kind)
                if not self.odd():
                    self.add(CommandKind.OPEN_DAY)
            case _:
                self.about_account(kind)

    def submit(self) -> None:
        earliest = self.time + self.random.randint(-1, 4) if self.random.random() < 0.08 else None
        latest = self.time + self.random.randint(0, 9) if self.random.random() < 0.15 else None
        if latest is not None and self.odd():
            latest -= self.random.randint(0, 9)
        elif latest is not None and earliest is not None:
            latest = max(earliest, latest)
        self.add_order(CommandKind.SUBMIT, self.account(), earliest, latest)

    def add_order(
        self,
        kind: CommandKind,
        payer: int,
        earliest: int | None,
        latest: int | None,
        **more: int,
    ) -> None:
        self.add(
            kind,
            payer=payer,
            payee=self.counterparty(payer),
            amount=self.amount_of_order(),
            payment_class=self.payment_class(),
            earliest=earliest,
            latest=latest,
            **more,
        )

    def change_times(self) -> None:
        """Mostly of an order that waits for such a time; rarely neither time."""
        random, orders = self.of_times, self.oracle.orders
        timed = [
            order.number
            for order in orders
            if order.state == "held" or (order.state == "queued" and order.latest is not None)
        ]
        other = not timed or random.random() < 0.2
        number = random.randint(-1, len(orders)) if other else random.choice(timed)
        earliest = self.time + random.randint(-1, 5) if random.random() < 0.5 else None
        awaited = None if other else orders[number].earliest
        if awaited is not None and awaited > self.time + 1 and random.random() < 0.6:
            earliest = random.randint(self.time + 1, awaited - 1)
        latest = self.time + random.randint(0, 9) if random.random() < 0.6 else None
        if earliest is not None and latest is not None and random.random() < 0.8:
            latest = max(earliest, latest)
        if latest is not None and random.random() < 0.04:
            latest = self.time - 1
        self.add(CommandKind.CHANGE_TIMES, order=number, earliest=earliest, latest=latest)

    def choose(self) -> None:
        """Often orders that may settle together, and mostly at once their settlement."""
        some = self.oracle.queued_in("KZT")
        if some and self.random.random() < 0.7:
            some = self.random.sample(some, self.random.randint(1, len(some)))
            numbers = [order.number for order in self.oracle.by_unmarking(some)]
        else:
            numbers = [self.order() for _ in range(2)]
        for number in numbers:
            self.add(CommandKind.SELECT, order=number)
        if self.random.random() < 0.7:
            self.add(CommandKind.SETTLE_SELECTED)

    def about_account(self, kind: CommandKind) -> None:
        account = self.account()
        if kind == CommandKind.SET_RESERVATION:
            reserved_for = 2 if self.odd() else self.random.randint(0, 1)
            amount = self.amount(0, 8)
            self.add(kind, payer=account, amount=amount, payment_class=reserved_for)
        elif kind == CommandKind.SET_BILATERAL_LIMIT:
            payee = self.counterparty(account)
            self.add(kind, payer=account, payee=payee, amount=self.limit())
        elif kind == CommandKind.SET_NET_SENDER_LIMIT:
            self.add(kind, payer=account, amount=self.limit())
        else:
            self.add(kind, payer=account, amount=self.amount(0, 9))

    def account(self) -> int:
        count = len(self.oracle.accounts)
        return self.random.choice([-1, count]) if self.odd() else self.random.randrange(count)

    def counterparty(self, account: int) -> int:
        """Another account in the same currency, where there is one."""
        accounts = self.oracle.accounts
        if self.odd() or not 0 <= account < len(accounts):
            return self.random.randint(-1, len(accounts))
        currency = accounts[account].currency
        others = [i for i, a in enumerate(accounts) if i != account and a.currency == currency]
        return self.random.choice(others or [0])

    def amount(self, least: int, most: int) -> int:
        if self.odd():
            return self.random.choice([-2, -1, 0, MAX_AMOUNT, MAX_AMOUNT + 1])
        return self.random.randint(least, most) * self.unit

    def amount_of_order(self) -> int:
        """Where units are huge, from less than an account's share of what may wait to far more."""
        if self.unit == 1 or self.odd():
            return self.amount(1, 12)
        return self.random.choice((1, 2, 3, 6, 12, 24, 36)) * (self.unit // 4)

    def limit(self) -> int:
        return -1 if self.random.random() < 0.1 else self.amount(0, 12)

    def payment_class(self) -> int:
        return self.random.choice([-1, 3]) if self.odd() else self.random.choice([2, 2, 2, 1, 0])

    def algorithm(self) -> int:
        return self.random.choice(ON_DEMAND)

    def order(self) -> int:
        """Mostly one that waits."""
        orders = self.oracle.orders
        waiting = [order.number for order in orders if order.state in ("queued", "held")]
        if waiting and self.random.random() < 0.85:
            return self.random.choice(waiting)
        return self.random.randint(-1, len(orders))
