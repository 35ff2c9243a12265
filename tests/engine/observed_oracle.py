"""An oracle that counts what happens in it, and holds against each other what must be the same.

Agreement on days where nothing of interest happens would prove nothing.
"""

from collections import Counter
from dataclasses import dataclass, field

from skontro.engine import EventKind
from tests.engine.oracle import Oracle, Order


@dataclass
class ObservedOracle(Oracle):
    seen: Counter[str] = field(default_factory=Counter)

    def has_room(self, payer: int, waits: dict[int, int]) -> bool:
        has_room = super().has_room(payer, waits)
        above = waits[payer] > 10**18 // max(16, len(waits))
        self.seen["waits in the common part"] += above and has_room
        self.seen["has no room to wait"] += not has_room
        self.seen["waits in a huge share"] += not above and waits[payer] > 10**16
        return has_room

    def permitted(self, order: Order) -> bool:
        permitted = super().permitted(order)
        assert permitted == self.permitted_together([order])
        payer = self.accounts[order.payer]
        limits = (payer.net_sender_limit, payer.bilateral_limits.get(order.payee))
        broken = [limit and limit.count + order.amount > limit.amount for limit in limits]
        if payer.cover >= order.amount and not permitted:
            self.seen["blocked by a net-sender limit"] += broken == [True, False]
            self.seen["blocked by a bilateral limit"] += bool(broken[1])
            self.seen["blocked by a reservation"] += not any(broken)
        return permitted

    def post(self, order: Order) -> None:
        account = self.accounts[order.payer]
        before = dict(account.reserved)
        super().post(order)
        self.seen["used a reservation up"] += account.reserved != before
        self.seen["used credit"] += account.balance < 0

    def may_bypass(self, payer: int, payment_class: int) -> bool:
        may = super().may_bypass(payer, payment_class)
        bypass = self.rulebook.bypass
        self.seen["bypass stopped by ageing"] += bool(
            bypass and payment_class in bypass.classes and not may
        )
        return may

    def greatest_fifo_set(self, queued: list[Order]) -> list[Order]:
        """Whether by trying all sets or by unmarking, it is the same."""
        greatest = super().greatest_fifo_set(queued)
        assert greatest == self.by_unmarking(queued)
        return greatest

    def release(self, first: int, time: int) -> None:
        told = len(self.events)
        super().release(first, time)
        settled = [n for n, _, kind, _ in self.events[told:] if kind == EventKind.SETTLED]
        payers = {self.orders[number].payer for number in settled}
        self.seen["released a cascade"] += len(payers) > 1
        self.seen["released in a cascade of three"] += len(payers) > 2
