"""Offsetting in plain Python: by trying every set while there are few, else by unmarking."""

import itertools
import math
from dataclasses import dataclass, field
from typing import NamedTuple

from skontro.engine import EventKind
from skontro.model import Algorithm, ReasonCode
from tests.engine.oracle_books import Order, total
from tests.engine.oracle_queues import Queues

#: So many sets are tried one by one.
MAX_SETS = 300


class Run(NamedTuple):
    number: int
    time: int
    algorithm: int
    currency: int
    considered: int
    settled: int
    value: int
    posted: int
    freed: int


@dataclass
class Offsetting(Queues):
    currencies: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.currencies:
            self.currencies = list(dict.fromkeys(account.currency for account in self.accounts))

    def queued_in(self, currency: str) -> list[Order]:
        """The queued orders of a currency, account by account in queue order."""
        return [
            order
            for number, account in enumerate(self.accounts)
            if account.currency == currency
            for order in self.queue(number)
        ]

    def offset(self, algorithm: Algorithm, time: int) -> None:
        """A run over all queues on demand or because they have grown."""
        considered = {currency: self.queued_in(currency) for currency in self.currencies}
        considered = {currency: queued for currency, queued in considered.items() if queued}
        selected = {
            currency: self.choose_by(algorithm, queued, time)
            for currency, queued in considered.items()
        }
        if algorithm != Algorithm.BILATERAL_PASS:
            self.settle_together([o for some in selected.values() for o in some], algorithm, time)
        self.end_run(algorithm, time, selected, considered)

    def choose_by(self, algorithm: Algorithm, queued: list[Order], time: int) -> list[Order]:
        if algorithm == Algorithm.BILATERAL_PASS:
            return self.bilateral_pass(queued, time)
        if algorithm == Algorithm.GREATEST_FIFO_SET:
            return self.greatest_fifo_set(queued)
        return queued if self.permitted_together(queued) else []

    def settle_chosen_orders(self, orders: list[Order], time: int) -> bool:
        """Settle a set found elsewhere, which may be empty, or refuse it whole."""
        allowed = all(order.state == "queued" for order in orders)
        if not allowed or not self.permitted_together(orders):
            return False
        considered = {currency: self.queued_in(currency) for currency in self.currencies}
        considered = {currency: queued for currency, queued in considered.items() if queued}
        selected = {
            currency: [o for o in orders if self.accounts[o.payer].currency == currency]
            for currency in considered
        }
        self.settle_together(orders, Algorithm.MAXIMUM_VALUE, time)
        self.end_run(Algorithm.MAXIMUM_VALUE, time, selected, considered)
        return True

    def offset_on_entry(self, order: Order, time: int) -> bool:
        """Settle a new order together with the head of the payee's queue, if that can be."""
        heads = self.queue(order.payee)[:1]
        pair = [order, *heads]
        if not heads or heads[0].payee != order.payer or not self.permitted_together(pair):
            return False
        for one in pair:
            self.post(one)
            self.finish(one, "settled")
            self.tell(one.number, time, EventKind.SETTLED, "OFFSET_ON_ENTRY")
        self.report(Algorithm.BILATERAL_ON_ENTRY, time, self.currency_of(order), pair, 2)
        self.release(order.payee, time)
        self.release(order.payer, time)
        return True

    def currency_of(self, order: Order) -> str:
        return self.accounts[order.payer].currency

    def posting_order(self, orders: list[Order]) -> list[Order]:
        """Account by account, in queue order."""
        return sorted(orders, key=lambda o: (o.payer, o.payment_class, o.place))

    def settle_together(self, orders: list[Order], algorithm: Algorithm, time: int) -> None:
        reason = ReasonCode(60 + algorithm).name
        for order in self.posting_order(orders):
            self.post(order)
            order.state = "settled"
            self.tell(order.number, time, EventKind.SETTLED, reason)
        for number in range(len(self.accounts)):
            self.note_firsts(number)

    def end_run(
        self,
        algorithm: Algorithm,
        time: int,
        settled: dict[str, list[Order]],
        considered: dict[str, list[Order]],
    ) -> None:
        """Report a run currency by currency, then release every account that it touched."""
        for currency, orders in settled.items():
            self.report(algorithm, time, currency, orders, len(considered[currency]))
        orders = [order for some in settled.values() for order in some]
        for number in sorted({o.payer for o in orders} | {o.payee for o in orders}):
            self.release(number, time)

    def report(
        self, algorithm: Algorithm, time: int, currency: str, orders: list[Order], considered: int
    ) -> None:
        net = [
            total([o for o in orders if o.payer == number])
            - total([o for o in orders if o.payee == number])
            for number in range(len(self.accounts))
        ]
        value = total(orders)
        freed = value - sum(paid for paid in net if paid > 0)
        number, position = len(self.runs), self.currencies.index(currency)
        counted = (considered, len(orders), value, value, freed)
        self.runs.append(Run(number, time, algorithm, position, *counted))
        self.tell(number, time, EventKind.OFFSETTING_RAN)

    def greatest_fifo_set(self, queued: list[Order]) -> list[Order]:
        """The union of all permitted sets without bypass; these are beginnings of queues."""
        queues = [list(queue) for _, queue in itertools.groupby(queued, key=lambda o: o.payer)]
        if math.prod(len(queue) + 1 for queue in queues) > MAX_SETS:
            return self.by_unmarking(queued)
        beginnings = [[queue[:length] for length in range(len(queue) + 1)] for queue in queues]
        sets = [list(itertools.chain(*some)) for some in itertools.product(*beginnings)]
        in_some = {o.number for orders in sets if self.permitted_together(orders) for o in orders}
        union = [order for order in queued if order.number in in_some]
        if not self.permitted_together(union):
            raise RuntimeError("there is no greatest set without bypass")
        return union

    def by_unmarking(self, queued: list[Order]) -> list[Order]:
        """While a payer may not pay what is marked, unmark its last; lower numbers first."""
        marked = list(queued)
        while True:
            unable = [o.payer for o in marked if not self.may_pay(o.payer, marked)]
            if not unable:
                return marked
            marked.remove([o for o in marked if o.payer == min(unable)][-1])

    def bilateral_pass(self, queued: list[Order], time: int) -> list[Order]:
        """Offset pair after pair of one currency; all the orders that settled."""
        between: dict[tuple[int, int], list[Order]] = {}
        for order in queued:
            one, other = sorted((order.payer, order.payee))
            between.setdefault((one, other), []).append(order)
        settled = []
        for pair in self.pairs_in_turn(between):
            orders = self.by_unmarking(between[pair])
            self.settle_together(orders, Algorithm.BILATERAL_PASS, time)
            settled += orders
        return settled

    def pairs_in_turn(self, between: dict[tuple[int, int], list[Order]]) -> list[tuple[int, int]]:
        """Pairs that owe each other, the smallest difference first."""

        def difference(pair: tuple[int, int]) -> int:
            there = [order for order in between[pair] if order.payer == pair[0]]
            return abs(2 * total(there) - total(between[pair]))

        both_ways = [pair for pair, some in between.items() if len({o.payer for o in some}) == 2]
        return sorted(both_ways, key=lambda pair: (difference(pair), pair))
