"""Linked legs and settlement in runs only, added to the oracle from the rules in words."""

import itertools
from dataclasses import dataclass

from skontro.engine import CommandKind, EventKind
from skontro.model import Algorithm, ReasonCode
from tests.engine.oracle import Command, Oracle, Order


@dataclass
class LinkedOracle(Oracle):
    def apply(self, command: Command) -> None:
        if command.kind != CommandKind.SUBMIT_LEG:
            super().apply(command)
            return
        self.let_happen_what_is_due(command.time)
        self.submit_leg(command)
        self.run_if_queues_have_grown(command.time)

    def pair_of(self, order: Order) -> list[Order]:
        """The order alone, or both legs, the first leg first."""
        if order.counterleg is None:
            return [order]
        return sorted([order, self.orders[order.counterleg]], key=lambda leg: leg.number)

    def submit_leg(self, c: Command) -> None:
        number = len(self.orders)
        leg = Order(number, c.payer, c.payee, c.amount, c.payment_class, c.earliest, c.latest)
        self.orders.append(leg)
        reasons = self.reasons_to_refuse(c)
        if c.order == -1:
            if not reasons and not self.may_wait(leg):
                reasons = {ReasonCode.WAITING_VALUE_TOO_LARGE}
            if reasons:
                self.refuse(leg, c.time, min(reasons).name)
            else:
                leg.state, leg.awaits = "held", True
                self.tell(number, c.time, EventKind.HELD, "AWAITS_COUNTERLEG")
            return
        first = self.orders[c.order] if 0 <= c.order < number else None
        if first is None or first.state != "held" or not first.awaits or first.is_aside:
            reasons.add(ReasonCode.COUNTERLEG_UNKNOWN)
        else:
            if self.exists(c.payer) and self.currency_of(first) == self.currency_of(leg):
                reasons.add(ReasonCode.LEGS_IN_ONE_CURRENCY)
            earliest = max((t for t in (first.earliest, c.earliest) if t is not None), default=None)
            latest = min((t for t in (first.latest, c.latest) if t is not None), default=None)
            if earliest is not None and latest is not None and latest < earliest:
                reasons.add(ReasonCode.NO_COMMON_TIME)
        if reasons or first is None:
            self.refuse(leg, c.time, min(reasons).name)
        else:
            self.complete(first, leg, earliest, latest, c.time)

    def complete(
        self, first: Order, leg: Order, earliest: int | None, latest: int | None, time: int
    ) -> None:
        enters = earliest is None or earliest <= time
        if not (enters and self.settles_at_once([first, leg])) and not self.may_wait(leg):
            self.refuse(leg, time, "WAITING_VALUE_TOO_LARGE")
            return
        first.awaits = False
        first.counterleg, leg.counterleg = leg.number, first.number
        first.earliest = leg.earliest = earliest
        first.latest = leg.latest = latest
        if enters:
            self.enter_pair(first, leg, time)
        else:
            leg.state = "held"
            self.tell(leg.number, time, EventKind.HELD)

    def in_turn(self, order: Order) -> bool:
        """Whether nothing of the same or a higher class waits before an order that enters."""
        queue = self.queue(order.payer)
        return not [o for o in queue if o.payment_class <= order.payment_class]

    def settles_at_once(self, legs: list[Order]) -> bool:
        return not self.rulebook_runs_only and all(
            self.in_turn(leg) and self.permitted(leg) for leg in legs
        )

    @property
    def rulebook_runs_only(self) -> bool:
        return self.rulebook.in_runs_only

    def enter_pair(self, first: Order, second: Order, time: int) -> None:
        if self.settles_at_once([first, second]):
            for leg in (first, second):
                self.settle(leg, time)
            self.release(first.payee, time)
            self.release(second.payee, time)
            return
        for leg in (first, second):
            self.put_last(leg)
            self.tell(leg.number, time, EventKind.QUEUED)

    def enter(self, order: Order, time: int) -> None:
        if not self.rulebook_runs_only:
            super().enter(order, time)
        elif self.may_wait(order):
            self.put_last(order)
            self.tell(order.number, time, EventKind.QUEUED)
        else:
            self.refuse(order, time, "WAITING_VALUE_TOO_LARGE")

    def let_happen_what_is_due(self, now: int) -> None:
        while due := [found for order in self.orders for found in self.due_of(order)]:
            time, number = min(due)
            if time > now:
                return
            order = self.orders[number]
            if order.state == "held" and not order.awaits:
                pair = self.pair_of(order)
                if len(pair) == 1:
                    self.enter(order, time)
                else:
                    self.enter_pair(pair[0], pair[1], time)
            else:
                self.return_late(order, time)
            self.run_if_queues_have_grown(time)

    def due_of(self, order: Order) -> list[tuple[int, int]]:
        if order.counterleg is not None and order.counterleg < order.number:
            return []  # a pair is due with its first leg
        if order.state == "held" and not order.awaits:
            return [] if order.earliest is None else [(order.earliest, order.number)]
        waits = order.state == "queued" or order.awaits
        if order.state in ("queued", "held") and waits and order.latest is not None:
            return [(order.latest + 1, order.number)]
        return []

    def return_late(self, order: Order, time: int) -> None:
        pair = self.pair_of(order)
        queued = [leg for leg in pair if leg.state == "queued"]
        for leg in pair:
            self.finish(leg, "returned")
            self.tell(leg.number, time, EventKind.RETURNED, "RETURNED_AT_LATEST_TIME")
        for leg in queued:
            self.release(leg.payer, time)

    def request(self, c: Command) -> None:
        live = 0 <= c.order < len(self.orders) and self.orders[c.order].state in ("queued", "held")
        if c.kind != CommandKind.CANCEL or not live or self.orders[c.order].counterleg is None:
            super().request(c)
            return
        order = self.orders[c.order]
        other = self.orders[order.counterleg or 0]
        queued = order.state == "queued"
        for leg, reason in (
            (order, "CANCELLED_BY_PARTICIPANT"),
            (other, "COUNTERLEG_CANCELLED"),
        ):
            self.finish(leg, "cancelled")
            self.tell(leg.number, c.time, EventKind.CANCELLED, reason)
        for leg in (order, other) if queued else ():
            self.release(leg.payer, c.time)

    def head_settles(self, head: Order) -> bool:
        if not self.permitted(head):
            return False
        if head.counterleg is None:
            return True
        other = self.orders[head.counterleg]
        return self.queue(other.payer)[0] is other and self.permitted(other)

    def next_to_settle(self, payer: int) -> Order | None:
        queue = self.queue(payer)
        if self.rulebook_runs_only or not queue:
            return None
        if self.head_settles(queue[0]):
            return queue[0]
        if self.rulebook.bypass is None or not self.may_bypass(payer, queue[0].payment_class):
            return None
        behind = self.queue_of_class(payer, queue[0].payment_class)[1:]
        looked_at = behind[: self.rulebook.bypass.depth]
        free = (o for o in looked_at if o.counterleg is None and self.permitted(o))
        return next(free, None)

    def release(self, first: int, time: int) -> None:
        turns = [first]
        while turns:
            payer = turns.pop(0)
            while (order := self.next_to_settle(payer)) is not None:
                legs = [order]
                if order.counterleg is not None:
                    legs.append(self.orders[order.counterleg])
                for leg in legs:
                    self.settle(leg, time)
                others = [leg.payee for leg in legs] + [leg.payer for leg in legs[1:]]
                for account in others:
                    if account not in turns and self.next_to_settle(account) is not None:
                        turns.append(account)

    def offset_on_entry(self, order: Order, time: int) -> bool:
        heads = self.queue(order.payee)[:1]
        return all(head.counterleg is None for head in heads) and super().offset_on_entry(
            order, time
        )

    def offset(self, algorithm: Algorithm, time: int) -> None:
        considered = {currency: self.queued_in(currency) for currency in self.currencies}
        considered = {currency: queued for currency, queued in considered.items() if queued}
        if algorithm == Algorithm.BILATERAL_PASS:
            single = {
                currency: [o for o in queued if o.counterleg is None]
                for currency, queued in considered.items()
            }
            selected = {c: self.bilateral_pass(queued, time) for c, queued in single.items()}
        else:
            everything = [order for queued in considered.values() for order in queued]
            if algorithm == Algorithm.GREATEST_FIFO_SET:
                settled = self.greatest_linked_set(everything)
            else:
                settled = self.whole_currencies(considered)
            selected = {
                currency: [order for order in queued if order in settled]
                for currency, queued in considered.items()
            }
            self.settle_together(settled, algorithm, time)
        self.end_run(algorithm, time, selected, considered)

    def is_closed(self, orders: list[Order]) -> bool:
        """Whether both legs of each pair are among the orders, or neither."""
        numbers = [order.number for order in orders]
        return all(o.counterleg is None or o.counterleg in numbers for o in orders)

    def greatest_linked_set(self, queued: list[Order]) -> list[Order]:
        """Take away from the end of queues, one by one, what can be in no permitted set."""
        marked = list(queued)
        while True:
            numbers = [order.number for order in marked]
            last = {order.payer: order for order in marked}
            bad = [order for payer, order in last.items() if not self.may_pay(payer, marked)]
            bad += [o for o in marked if o.counterleg is not None and o.counterleg not in numbers]
            if not bad:
                return marked
            out = bad[-1]
            queue = [o for o in marked if o.payer == out.payer]
            behind = queue[queue.index(out) :]
            marked = [o for o in marked if o not in behind]

    def whole_currencies(self, considered: dict[str, list[Order]]) -> list[Order]:
        """The orders of all currencies that are in some set of whole currencies that may settle."""
        found: list[str] = []
        for size in range(1, len(considered) + 1):
            for some in itertools.combinations(considered, size):
                orders = [order for currency in some for order in considered[currency]]
                if self.is_closed(orders) and self.permitted_together(orders):
                    found += some
        return [o for currency, queued in considered.items() if currency in found for o in queued]

    def settle_chosen_orders(self, orders: list[Order], time: int) -> bool:
        return self.is_closed(orders) and super().settle_chosen_orders(orders, time)
