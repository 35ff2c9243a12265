"""Queues in plain Python: who stands where, which may bypass which, and what a release settles."""

from dataclasses import dataclass, field

from skontro.engine import EventKind
from skontro.model import ReasonCode, Rulebook
from tests.engine.oracle_books import Books, Order

Event = tuple[int, int, EventKind, ReasonCode]


@dataclass
class First:
    """The first order of a class in an account's queue, and how often it was bypassed."""

    order: int
    bypasses: int = 0


@dataclass
class Queues(Books):
    rulebook: Rulebook = field(default_factory=Rulebook)
    orders: list[Order] = field(default_factory=list)
    firsts: dict[tuple[int, int], First] = field(default_factory=dict)
    last_place: int = 0
    first_place: int = 0
    joined: int = 0  # since the last run by which the rulebook answers joinings
    events: list[Event] = field(default_factory=list)

    def tell(self, number: int, time: int, kind: EventKind, reason: str = "NONE") -> None:
        self.events.append((number, time, kind, ReasonCode[reason]))

    def queue(self, payer: int) -> list[Order]:
        """The queued orders of an account, as they stand."""
        waiting = [o for o in self.orders if o.state == "queued" and o.payer == payer]
        return sorted(waiting, key=lambda o: (o.payment_class, o.place))

    def queue_of_class(self, payer: int, payment_class: int) -> list[Order]:
        return [order for order in self.queue(payer) if order.payment_class == payment_class]

    def put_last(self, order: Order) -> None:
        """Join the end of the queue of its class."""
        self.joined += 1
        self.last_place += 1
        order.place = self.last_place
        order.state = "queued"
        self.note_firsts(order.payer)

    def put_first(self, order: Order) -> None:
        self.first_place -= 1
        order.place = self.first_place
        self.note_firsts(order.payer)

    def finish(self, order: Order, state: str) -> None:
        order.state = state
        self.note_firsts(order.payer)

    def note_firsts(self, payer: int) -> None:
        """Start the count of bypasses again where another order became the first of a class."""
        for payment_class in (0, 1, 2):
            place = (payer, payment_class)
            queue = self.queue_of_class(*place)
            if not queue:
                self.firsts.pop(place, None)
            elif place not in self.firsts or self.firsts[place].order != queue[0].number:
                self.firsts[place] = First(queue[0].number)

    def may_bypass(self, payer: int, payment_class: int) -> bool:
        bypass = self.rulebook.bypass
        if bypass is None or payment_class not in bypass.classes:
            return False
        return self.firsts[payer, payment_class].bypasses < bypass.max_bypasses

    def next_to_settle(self, payer: int) -> Order | None:
        """The order that a release of the account would settle."""
        queue = self.queue(payer)
        if not queue or self.permitted(queue[0]):
            return queue[0] if queue else None
        if self.rulebook.bypass is None or not self.may_bypass(payer, queue[0].payment_class):
            return None
        behind = self.queue_of_class(payer, queue[0].payment_class)[1:]
        looked_at = behind[: self.rulebook.bypass.depth]
        return next((order for order in looked_at if self.permitted(order)), None)

    def settle(self, order: Order, time: int) -> None:
        """Settle one order, and count a bypass."""
        before = [
            o
            for o in self.queue_of_class(order.payer, order.payment_class)
            if order.state != "queued" or o.place < order.place
        ]
        if before:
            self.firsts[order.payer, order.payment_class].bypasses += 1
        self.post(order)
        self.finish(order, "settled")
        self.tell(order.number, time, EventKind.SETTLED, "BYPASSED_FIFO" if before else "NONE")

    def release(self, first: int, time: int) -> None:
        """Serve an account, then each payee that thereby could settle, first come first served."""
        turns = [first]
        while turns:
            payer = turns.pop(0)
            while (order := self.next_to_settle(payer)) is not None:
                self.settle(order, time)
                if order.payee not in turns and self.next_to_settle(order.payee) is not None:
                    turns.append(order.payee)
