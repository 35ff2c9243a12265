"""Watches an engine from outside: its events beside the commands, and nothing of its inside.

Keeps the accounts and the queues by what is reported, and says where a report breaks a promise:
floors, reservations and limits kept at every single or simultaneous settlement, queues in order,
bypass bounded, no head left that could settle, and runs recorded as they were posted.
"""

from collections import defaultdict

from skontro.engine import CommandKind, EventKind
from skontro.model import ReasonCode, Rulebook, SettlementAccount
from tests.engine.oracle import Command, Event, Run

WITHOUT_BYPASS = (ReasonCode.OFFSET_ALL_OR_NOTHING, ReasonCode.OFFSET_IN_GREATEST_FIFO_SET)
TOGETHER = (
    ReasonCode.OFFSET_ON_ENTRY,
    ReasonCode.OFFSET_IN_BILATERAL_PASS,
    ReasonCode.OFFSET_FOR_MAXIMUM_VALUE,
    *WITHOUT_BYPASS,
)


class Onlooker:
    def __init__(
        self, table: list[SettlementAccount], rulebook: Rulebook, currencies: list[str]
    ) -> None:
        self.rulebook = rulebook
        self.currencies = currencies
        self.currency = [account.currency.code for account in table]
        self.balance = [account.opening_balance for account in table]
        self.credit = [account.credit_line for account in table]
        self.reserved = [[0, 0] for _ in table]
        self.orders: list[Command] = []
        self.queues: list[list[list[int]]] = [[[], [], []] for _ in table]
        # Limits as [amount, count] by account and counterparty; -1 stands for all others.
        self.limits: dict[tuple[int, int], list[int]] = {}
        self.bypasses: dict[int, int] = defaultdict(int)
        self.class_of: dict[int, int] = {}
        self.together: list[int] = []
        self.of_run: list[int] = []

    def watch(self, command: Command, events: list[Event], runs: list[Run]) -> None:
        """One command, what was reported of it, and the records of the runs in it."""
        if command.kind == CommandKind.SUBMIT:
            self.class_of[len(self.orders)] = command.payment_class
            self.orders.append(command)
        records = iter(runs)
        for number, _, kind, reason in events:
            if kind == EventKind.SETTLED and reason in TOGETHER:
                self.settled_together(number, reason)
                continue
            self.end_of_together()
            if kind == EventKind.OFFSETTING_RAN:
                self.check_run(number, next(records))
                continue
            self.of_run = []
            self.happened(command, number, kind, reason)
        self.end_of_together()
        self.of_run = []
        assert next(records, None) is None
        self.no_head_could_settle()

    def happened(self, command: Command, number: int, kind: EventKind, reason: ReasonCode) -> None:
        match kind:
            case EventKind.SETTLED:
                self.settled(number, reason)
            case EventKind.QUEUED:
                self.queue_of(number).append(number)
            case EventKind.RETURNED | EventKind.CANCELLED:
                self.leave(number)
            case EventKind.CLASS_CHANGED:
                self.change_class(number, command.payment_class)
            case EventKind.MOVED_IN_QUEUE:
                self.move(number, to_front=command.kind == CommandKind.MOVE_TO_FRONT)
            case EventKind.DAY_CLOSED:
                assert not any(any(classes) for classes in self.queues)
                self.reserved = [[0, 0] for _ in self.reserved]
                self.limits = {}
            case EventKind.CREDIT_LINE_SET:
                self.credit[number] = command.amount
                assert self.balance[number] >= -command.amount
            case EventKind.RESERVATION_SET:
                self.reserved[number][command.payment_class] = command.amount
            case EventKind.LIMIT_SET:
                self.set_limit(number, command.payee, command.amount)
            case EventKind.LIQUIDITY_MOVED if command.kind == CommandKind.TRANSFER_IN:
                self.balance[command.payer] += command.amount
            case EventKind.LIQUIDITY_MOVED:
                account = command.payer
                self.balance[account] -= command.amount
                assert self.balance[account] + self.credit[account] >= sum(self.reserved[account])

    def set_limit(self, account: int, other: int, amount: int) -> None:
        if amount < 0:
            self.limits.pop((account, other), None)
        else:
            self.limits.setdefault((account, other), [0, 0])[0] = amount

    def queue_of(self, number: int) -> list[int]:
        return self.queues[self.orders[number].payer][self.class_of[number]]

    def leave(self, number: int) -> None:
        """Leave the queue, if it stands in one; who becomes first has not been bypassed yet."""
        queue = self.queue_of(number)
        if number in queue:
            was_first = queue[0] == number
            queue.remove(number)
            self.bypasses.pop(number, None)
            if was_first and queue:
                self.bypasses.pop(queue[0], None)

    def change_class(self, number: int, to_class: int) -> None:
        waits = number in self.queue_of(number)
        if to_class != self.class_of[number]:
            if waits:
                self.leave(number)
            self.class_of[number] = to_class
            if waits:
                self.queue_of(number).append(number)

    def move(self, number: int, *, to_front: bool) -> None:
        queue = self.queue_of(number)
        first = queue[0]
        queue.remove(number)
        queue.insert(0 if to_front else len(queue), number)
        if queue[0] != first:
            self.bypasses.pop(first, None)
            self.bypasses.pop(queue[0], None)

    def settled(self, number: int, reason: ReasonCode) -> None:
        """One order by itself."""
        payer, payment_class = self.orders[number].payer, self.class_of[number]
        classes = self.queues[payer]
        assert not any(classes[:payment_class]), "an order of a higher class waits"
        queue = classes[payment_class]
        bypasses = bool(queue) and queue[0] != number
        assert bypasses == (reason == ReasonCode.BYPASSED_FIFO)
        if bypasses:
            bypass = self.rulebook.bypass
            assert bypass is not None
            assert payment_class in bypass.classes
            self.bypasses[queue[0]] += 1
            assert self.bypasses[queue[0]] <= bypass.max_bypasses
            assert number not in queue or queue.index(number) <= bypass.depth
        self.post([number])

    def settled_together(self, number: int, reason: ReasonCode) -> None:
        if self.together and reason == ReasonCode.OFFSET_IN_BILATERAL_PASS:
            last = self.orders[self.together[-1]]
            order = self.orders[number]
            if {last.payer, last.payee} != {order.payer, order.payee}:
                self.end_of_together()
        if reason in WITHOUT_BYPASS:
            classes = self.queues[self.orders[number].payer]
            waiting = [n for queue in classes for n in queue if n not in self.together]
            assert waiting[0] == number, "an order bypassed another of its queue"
        self.together.append(number)

    def end_of_together(self) -> None:
        if self.together:
            self.post(self.together)
            self.of_run += self.together
            self.together = []

    def post(self, numbers: list[int]) -> None:
        """Post orders that settle simultaneously, then look at everybody who paid."""
        counts = {towards: count for towards, (_, count) in self.limits.items()}
        lowest_class: dict[int, int] = {}
        for number in numbers:
            order, payment_class = self.orders[number], self.class_of[number]
            payer, payee = order.payer, order.payee
            self.balance[payer] -= order.amount
            self.balance[payee] += order.amount
            for towards, paid in (
                ((payer, payee), order.amount),
                ((payer, -1), order.amount),
                ((payee, payer), -order.amount),
                ((payee, -1), -order.amount),
            ):
                if towards in self.limits:
                    self.limits[towards][1] += paid
            if payment_class < 2:
                left = self.reserved[payer][payment_class] - order.amount
                self.reserved[payer][payment_class] = max(0, left)
            lowest_class[payer] = max(lowest_class.get(payer, 0), payment_class)
            self.leave(number)
        for payer, payment_class in lowest_class.items():
            kept = sum(self.reserved[payer][:payment_class])
            assert self.balance[payer] + self.credit[payer] >= kept, "not covered"
        for towards, (amount, count) in self.limits.items():
            assert count <= max(amount, counts[towards]), "a limit is broken"

    def check_run(self, number: int, run: Run) -> None:
        orders = [
            order
            for order in (self.orders[settled] for settled in self.of_run)
            if self.currency[order.payer] == self.currencies[run.currency]
        ]
        net: dict[int, int] = defaultdict(int)
        for order in orders:
            net[order.payer] -= order.amount
            net[order.payee] += order.amount
        value = sum(order.amount for order in orders)
        moved = sum(amount for amount in net.values() if amount > 0)
        assert run.number == number
        assert run.settled == len(orders) <= run.considered
        assert (run.value, run.posted, run.freed) == (value, value, value - moved)

    def no_head_could_settle(self) -> None:
        for payer, classes in enumerate(self.queues):
            waiting = [number for queue in classes for number in queue]
            if not waiting:
                continue
            head, payment_class = self.orders[waiting[0]], self.class_of[waiting[0]]
            room = self.balance[payer] + self.credit[payer]
            room -= sum(self.reserved[payer][:payment_class])
            for towards in ((payer, head.payee), (payer, -1)):
                if towards in self.limits:
                    amount, count = self.limits[towards]
                    room = min(room, amount - count)
            assert head.amount > room, "the head could settle"

    @property
    def queued(self) -> int:
        return sum(len(queue) for classes in self.queues for queue in classes)
