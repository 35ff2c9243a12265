"""The settlement rules once more, in plain Python, slow and obvious.

Written from the rules in words and sharing no code with the engine but the numbers of kinds and
reasons. Queues are lists that are searched and sorted over and over; due orders are found by
looking at all of them; sets of orders that settle together are found by trying all sets.
"""

from dataclasses import dataclass

from skontro.engine import CommandKind, EventKind
from skontro.model import MAX_AMOUNT, MAX_WAITING_PER_CURRENCY, Algorithm, ReasonCode
from tests.engine.oracle_books import HIGH, URGENT, Account, Order
from tests.engine.oracle_offsetting import Run
from tests.engine.oracle_queues import Event
from tests.engine.oracle_requests import Command, Requests

__all__ = ["Account", "Command", "Event", "Oracle", "Order", "Run"]

ON_DEMAND = (Algorithm.ALL_OR_NOTHING, Algorithm.GREATEST_FIFO_SET, Algorithm.BILATERAL_PASS)


@dataclass
class Oracle(Requests):
    is_open: bool = False

    def apply(self, command: Command) -> None:
        self.let_happen_what_is_due(command.time)
        match command.kind:
            case CommandKind.SUBMIT:
                self.submit(command)
            case CommandKind.OPEN_DAY:
                self.open(command.time)
            case CommandKind.CLOSE_DAY:
                self.close(command.time)
            case CommandKind.CHANGE_TIMES:
                self.change_times(command)
            case CommandKind.OFFSET:
                self.offset_on_demand(command)
            case CommandKind.SETTLE_SELECTED:
                self.settle_selected(command.time)
            case CommandKind.TRANSFER_IN | CommandKind.TRANSFER_OUT:
                self.transfer(command)
            case (
                CommandKind.SET_CREDIT_LINE
                | CommandKind.SET_RESERVATION
                | CommandKind.SET_NET_SENDER_LIMIT
                | CommandKind.SET_BILATERAL_LIMIT
            ):
                self.control(command)
            case _:
                self.request(command)
        self.run_if_queues_have_grown(command.time)

    def run_if_queues_have_grown(self, time: int) -> None:
        rule = self.rulebook.when_queued
        if rule is not None and self.joined >= rule.orders:
            self.joined = 0
            self.offset(rule.algorithm, time)

    def let_happen_what_is_due(self, now: int) -> None:
        while True:
            due = []
            for order in self.orders:
                if order.state == "held" and order.earliest is not None:
                    due.append((order.earliest, order.number))
                if order.state == "queued" and order.latest is not None:
                    due.append((order.latest + 1, order.number))
            if not due or min(due)[0] > now:
                return
            time, number = min(due)
            order = self.orders[number]
            if order.state == "held":
                self.enter(order, time)
            else:
                self.finish(order, "returned")
                self.tell(number, time, EventKind.RETURNED, "RETURNED_AT_LATEST_TIME")
                self.release(order.payer, time)
            self.run_if_queues_have_grown(time)

    def reasons_to_refuse(self, c: Command) -> set[ReasonCode]:
        reasons = self.reasons_between(c)
        if c.payment_class not in (0, 1, 2):
            reasons.add(ReasonCode.UNKNOWN_CLASS)
        if c.amount <= 0:
            reasons.add(ReasonCode.AMOUNT_NOT_POSITIVE)
        if c.amount > MAX_AMOUNT:
            reasons.add(ReasonCode.AMOUNT_TOO_LARGE)
        if c.earliest is not None and c.latest is not None and c.latest < c.earliest:
            reasons.add(ReasonCode.TIMES_OUT_OF_ORDER)
        if not self.is_open:
            reasons.add(ReasonCode.DAY_NOT_OPEN)
        if c.latest is not None and c.latest < c.time:
            reasons.add(ReasonCode.LATEST_TIME_PASSED)
        return reasons

    def submit(self, c: Command) -> None:
        number = len(self.orders)
        order = Order(number, c.payer, c.payee, c.amount, c.payment_class, c.earliest, c.latest)
        self.orders.append(order)
        reasons = self.reasons_to_refuse(c)
        if reasons:
            self.refuse(order, c.time, min(reasons).name)
        elif c.earliest is None or c.earliest <= c.time:
            self.enter(order, c.time)
        elif self.may_wait(order):
            order.state = "held"
            self.tell(number, c.time, EventKind.HELD)
        else:
            self.refuse(order, c.time, "WAITING_VALUE_TOO_LARGE")

    def refuse(self, order: Order, time: int, reason: str) -> None:
        order.state = "rejected"
        self.tell(order.number, time, EventKind.REJECTED, reason)

    def may_wait(self, order: Order) -> bool:
        """Whether the order has room to wait, or does so already."""
        if order.state == "held":
            return True
        currency = self.currency_of(order)
        waits = {n: 0 for n, a in enumerate(self.accounts) if a.currency == currency}
        for other in self.orders:
            if other.state in ("queued", "held") and self.currency_of(other) == currency:
                waits[other.payer] += other.amount
        waits[order.payer] += order.amount
        return self.has_room(order.payer, waits)

    def has_room(self, payer: int, waits: dict[int, int]) -> bool:
        """Whether an account may have so much waiting, all accounts of a currency beside it."""
        share = 10**18 // max(16, len(waits))
        above = {number: max(0, value - share) for number, value in waits.items()}
        left_for_all_others = 2 * 10**18 - sum(above.values())
        has_room = above[payer] == 0 or above[payer] <= left_for_all_others
        return has_room and sum(waits.values()) <= MAX_WAITING_PER_CURRENCY

    def enter(self, order: Order, time: int) -> None:
        queue = self.queue(order.payer)
        higher = [o for o in queue if o.payment_class < order.payment_class]
        same = [o for o in queue if o.payment_class == order.payment_class]
        in_turn = not higher and not same
        in_front = not higher and same and self.may_bypass(order.payer, order.payment_class)
        if (in_turn or in_front) and self.permitted(order):
            self.settle(order, time)
            self.release(order.payee, time)
        elif (
            (in_turn or in_front)
            and self.rulebook.offset_on_entry
            and self.offset_on_entry(order, time)
        ):
            pass
        elif self.may_wait(order):
            self.put_last(order)
            self.tell(order.number, time, EventKind.QUEUED)
        else:
            self.refuse(order, time, "WAITING_VALUE_TOO_LARGE")

    def offset_on_demand(self, c: Command) -> None:
        if c.amount in ON_DEMAND:
            self.offset(Algorithm(c.amount), c.time)
        else:
            self.tell(-1, c.time, EventKind.REQUEST_REFUSED, "UNKNOWN_ALGORITHM")

    def settle_selected(self, time: int) -> None:
        orders = [self.orders[number] for number in sorted(set(self.selected))]
        self.selected = []
        if not self.settle_chosen_orders(orders, time):
            self.tell(-1, time, EventKind.REQUEST_REFUSED, "SELECTION_NOT_PERMITTED")

    def open(self, time: int) -> None:
        if self.is_open:
            self.tell(-1, time, EventKind.REQUEST_REFUSED, "DAY_ALREADY_OPEN")
        else:
            self.is_open = True
            self.tell(-1, time, EventKind.DAY_OPENED)

    def close(self, time: int) -> None:
        if not self.is_open:
            self.tell(-1, time, EventKind.REQUEST_REFUSED, "DAY_NOT_OPEN")
            return
        queued = [order for payer in range(len(self.accounts)) for order in self.queue(payer)]
        held = [order for order in self.orders if order.state == "held"]
        for order in queued + held:
            self.finish(order, "returned")
            self.tell(order.number, time, EventKind.RETURNED, "RETURNED_AT_END_OF_DAY")
        for account in self.accounts:
            account.reserved = {URGENT: 0, HIGH: 0}
            account.net_sender_limit = None
            account.bilateral_limits = {}
        self.selected = []
        self.joined = 0
        self.is_open = False
        self.tell(-1, time, EventKind.DAY_CLOSED)
