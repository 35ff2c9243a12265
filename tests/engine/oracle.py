"""The rules of gross settlement once more, in plain Python, slow and obvious.

Written from the rules in words and sharing no code with the engine but the numbers of kinds and
reasons. Queues are lists that are searched and sorted over and over; due orders are found by
looking at all of them. Where the engine keeps a work list, this looks at every account again until
nothing moves.
"""

from dataclasses import dataclass, field

from skontro.engine import CommandKind, EventKind
from skontro.model import MAX_AMOUNT, ReasonCode


@dataclass
class Account:
    balance: int
    credit_line: int
    currency: str


@dataclass
class Order:
    number: int
    payer: int
    payee: int
    amount: int
    payment_class: int
    earliest: int | None
    latest: int | None
    state: str = "new"
    joined: int = 0  # rises with every joining of a queue


@dataclass
class Command:
    kind: CommandKind
    time: int
    payer: int = -1
    payee: int = -1
    amount: int = 0
    payment_class: int = -1
    order: int = -1
    earliest: int | None = None
    latest: int | None = None


Event = tuple[int, int, EventKind, ReasonCode]


@dataclass
class Oracle:
    accounts: list[Account]
    overtaking: bool = False  # a wrong rule on purpose, to see that the comparison notices
    orders: list[Order] = field(default_factory=list)
    is_open: bool = False
    joinings: int = 0
    events: list[Event] = field(default_factory=list)

    def apply(self, command: Command) -> None:
        self.let_happen_what_is_due(command.time)
        match command.kind:
            case CommandKind.SUBMIT:
                self.submit(command)
            case CommandKind.CANCEL | CommandKind.CHANGE_CLASS:
                self.request(command)
            case CommandKind.OPEN_DAY:
                if self.is_open:
                    self.tell(-1, command.time, EventKind.REQUEST_REFUSED, "DAY_ALREADY_OPEN")
                else:
                    self.is_open = True
                    self.tell(-1, command.time, EventKind.DAY_OPENED)
            case CommandKind.CLOSE_DAY:
                self.close(command.time)

    def tell(self, order: int, time: int, kind: EventKind, reason: str = "NONE") -> None:
        self.events.append((order, time, kind, ReasonCode[reason]))

    def queue(self, payer: int) -> list[Order]:
        waiting = [o for o in self.orders if o.state == "queued" and o.payer == payer]
        return sorted(waiting, key=lambda o: (o.payment_class, o.joined))

    def covered(self, order: Order) -> bool:
        account = self.accounts[order.payer]
        return account.balance - order.amount >= -account.credit_line

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
                order.state = "returned"
                self.tell(number, time, EventKind.RETURNED, "RETURNED_AT_LATEST_TIME")
                self.release_all(order.payer, time)

    def reasons_to_refuse(self, c: Command) -> set[ReasonCode]:
        reasons = set()
        known = all(0 <= a < len(self.accounts) for a in (c.payer, c.payee))
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
        if not known:
            reasons.add(ReasonCode.NO_SETTLEMENT_ACCOUNT)
        if c.payer == c.payee:
            reasons.add(ReasonCode.SAME_ACCOUNT)
        if known and self.accounts[c.payer].currency != self.accounts[c.payee].currency:
            reasons.add(ReasonCode.CURRENCIES_DIFFER)
        if c.latest is not None and c.latest < c.time:
            reasons.add(ReasonCode.LATEST_TIME_PASSED)
        return reasons

    def submit(self, c: Command) -> None:
        number = len(self.orders)
        order = Order(number, c.payer, c.payee, c.amount, c.payment_class, c.earliest, c.latest)
        self.orders.append(order)
        reasons = self.reasons_to_refuse(c)
        if reasons:
            order.state = "refused"
            self.tell(number, c.time, EventKind.REFUSED, min(reasons).name)
        elif c.earliest is not None and c.earliest > c.time:
            order.state = "held"
            self.tell(number, c.time, EventKind.HELD)
        else:
            self.enter(order, c.time)

    def enter(self, order: Order, time: int) -> None:
        before = [o for o in self.queue(order.payer) if o.payment_class <= order.payment_class]
        if self.covered(order) and (self.overtaking or not before):
            self.settle(order, time)
            self.release_all(order.payee, time)
        else:
            self.join(order)
            self.tell(order.number, time, EventKind.QUEUED)

    def join(self, order: Order) -> None:
        self.joinings += 1
        order.joined = self.joinings
        order.state = "queued"

    def settle(self, order: Order, time: int) -> None:
        self.accounts[order.payer].balance -= order.amount
        self.accounts[order.payee].balance += order.amount
        order.state = "settled"
        self.tell(order.number, time, EventKind.SETTLED)

    def release_all(self, first: int, time: int) -> None:
        """Serve each account whose head has become coverable, first come first served."""
        turns = [first]
        while turns:
            payer = turns.pop(0)
            while (queue := self.queue(payer)) and self.covered(queue[0]):
                self.settle(queue[0], time)
                payee = queue[0].payee
                heads = self.queue(payee)
                if heads and self.covered(heads[0]) and payee not in turns:
                    turns.append(payee)

    def request(self, c: Command) -> None:
        if c.kind == CommandKind.CHANGE_CLASS and c.payment_class not in (0, 1, 2):
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, "UNKNOWN_CLASS")
            return
        if not 0 <= c.order < len(self.orders):
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, "ORDER_UNKNOWN")
            return
        order = self.orders[c.order]
        if order.state not in ("held", "queued"):
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, "ORDER_FINAL")
        elif c.kind == CommandKind.CANCEL:
            order.state = "cancelled"
            self.tell(c.order, c.time, EventKind.CANCELLED, "CANCELLED_BY_PARTICIPANT")
            self.release_all(order.payer, c.time)
        else:
            self.tell(c.order, c.time, EventKind.CLASS_CHANGED)
            if order.payment_class != c.payment_class:
                order.payment_class = c.payment_class
                if order.state == "queued":
                    self.join(order)
                    self.release_all(order.payer, c.time)

    def close(self, time: int) -> None:
        if not self.is_open:
            self.tell(-1, time, EventKind.REQUEST_REFUSED, "DAY_NOT_OPEN")
            return
        queued = [order for payer in range(len(self.accounts)) for order in self.queue(payer)]
        held = [order for order in self.orders if order.state == "held"]
        for order in queued + held:
            order.state = "returned"
            self.tell(order.number, time, EventKind.RETURNED, "RETURNED_AT_END_OF_DAY")
        self.is_open = False
        self.tell(-1, time, EventKind.DAY_CLOSED)
