"""Random days on which some orders are linked legs, in two currencies or three."""

from random import Random

from skontro.engine import CommandKind
from skontro.model import Rulebook, SettlementAccount, WhenQueued
from tests.engine.days import Case
from tests.engine.drawn_days import HUGE, ON_DEMAND, DayWriter, draw_account, draw_rulebook
from tests.engine.oracle_legs import LinkedOracle


def draw_linked_case(seed: int) -> Case:
    random = Random(seed)
    unit = random.choice([1, 1, 1, 1, 1, HUGE])
    codes = random.choice([("KZT", "UZS"), ("KZT", "RUB", "UZS")])
    table = [
        draw_account(random, number, code, unit, 5)
        for number, code in enumerate(code for code in codes for _ in range(random.randint(2, 3)))
    ]
    rulebook = draw_rulebook(random)
    if random.random() < 0.15:
        when = WhenQueued(random.randint(2, 8), random.choice(ON_DEMAND))
        rulebook = Rulebook(when_queued=when, in_runs_only=True)
    writer = LegWriter(random, unit, table, rulebook)
    return Case(table, rulebook, writer.write(random.randint(20, 80)))


class LegWriter(DayWriter):
    """Writes legs in the place of half of the orders; the second leg at once or later."""

    def __init__(
        self, random: Random, unit: int, table: list[SettlementAccount], rulebook: Rulebook
    ) -> None:
        super().__init__(random, unit, table, rulebook)
        self.oracle = LinkedOracle(
            self.oracle.accounts, rulebook, currencies=list(self.oracle.currencies)
        )

    def submit(self) -> None:
        if self.random.random() < 0.5:
            super().submit()
            return
        waiting = [o for o in self.oracle.orders if o.awaits and not o.is_aside]
        awaited = [order.number for order in waiting]
        if awaited and self.random.random() < 0.5:
            self.second(self.random.choice(awaited))
            return
        self.leg(self.account(), -1)
        if self.random.random() < 0.7:
            self.second(len(self.oracle.orders) - 1)

    def second(self, counterleg: int) -> None:
        """Often the payee of the first pays its payer, each with its account in the currency."""
        if self.odd():
            counterleg = self.order()
        accounts, orders = self.oracle.accounts, self.oracle.orders
        others = list(range(len(accounts)))
        payer = orders[counterleg].payer if 0 <= counterleg < len(orders) else -1
        if 0 <= payer < len(accounts) and not self.odd():
            currency = accounts[payer].currency
            others = [i for i, account in enumerate(accounts) if account.currency != currency]
        self.leg(self.random.choice(others), counterleg)

    def leg(self, payer: int, counterleg: int) -> None:
        earliest = self.time + self.random.randint(-1, 4) if self.random.random() < 0.1 else None
        latest = self.time + self.random.randint(0, 9) if self.random.random() < 0.2 else None
        self.add_order(CommandKind.SUBMIT_LEG, payer, earliest, latest, order=counterleg)

    def choose(self) -> None:
        """Mostly orders of all currencies that may settle together; else any two."""
        queued = [o for currency in self.oracle.currencies for o in self.oracle.queued_in(currency)]
        together = self.oracle.greatest_linked_set(queued)
        if together and self.random.random() < 0.8:
            numbers = [order.number for order in together]
        else:
            numbers = [self.order() for _ in range(2)]
        for number in numbers:
            self.add(CommandKind.SELECT, order=number)
        if self.random.random() < 0.8:
            self.add(CommandKind.SETTLE_SELECTED)
