"""Legs of links with other systems, added to the oracle from the rules in words."""

from dataclasses import dataclass, field, replace

from skontro.engine import CommandKind, EventKind
from skontro.model import ReasonCode
from tests.engine.oracle import Command, Order
from tests.engine.oracle_books import Limit, withheld
from tests.engine.oracle_legs import LinkedOracle

ABOUT_LEGS = (
    CommandKind.PERMIT,
    CommandKind.EARMARK,
    CommandKind.COMPLETE,
    CommandKind.RELEASE,
)


@dataclass
class Earmark:
    """An order's amount on an account, and the limits of its payer that have counted it."""

    order: Order
    account: int
    counted: list[Limit]


@dataclass
class LinksOracle(LinkedOracle):
    earmarks: list[Earmark] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)  # accounts that ever held an earmark
    noted: list[Command] = field(default_factory=list)  # requests that others follow

    def apply(self, command: Command) -> None:
        if command.kind == CommandKind.SUBMIT_LINKED:
            self.let_happen_what_is_due(command.time)
            self.submit_linked(command)
        elif command.kind in ABOUT_LEGS:
            self.let_happen_what_is_due(command.time)
            self.about_legs(command)
            self.run_if_queues_have_grown(command.time)
        else:
            super().apply(command)

    def reasons_to_refuse(self, c: Command) -> set[ReasonCode]:
        reasons = super().reasons_to_refuse(c)
        if self.marked & {c.payer, c.payee}:
            reasons.add(ReasonCode.EARMARK_ACCOUNT)
        return reasons

    def submit_linked(self, c: Command) -> None:
        number = len(self.orders)
        leg = Order(number, c.payer, c.payee, c.amount, c.payment_class, c.earliest, c.latest)
        self.orders.append(leg)
        reasons = self.reasons_to_refuse(c)
        if not reasons and not self.may_wait(leg):
            reasons = {ReasonCode.WAITING_VALUE_TOO_LARGE}
        if reasons:
            self.refuse(leg, c.time, min(reasons).name)
        else:
            leg.state, leg.awaits, leg.is_aside = "held", True, True
            self.tell(number, c.time, EventKind.HELD, "LINK_AWAITED")

    def earmark_of(self, number: int) -> Earmark | None:
        return next((one for one in self.earmarks if one.order.number == number), None)

    def reason_in_order(self, number: int) -> str | None:
        if not 0 <= number < len(self.orders):
            return "ORDER_UNKNOWN"
        order = self.orders[number]
        if order.state == "earmarked":
            return "LINK_BEING_DECIDED"
        if order.state not in ("queued", "held"):
            return "ORDER_FINAL"
        return None if order.is_aside else "LEG_NOT_READY"

    def has_other_use(self, number: int) -> bool:
        account = self.accounts[number]
        live = [o for o in self.orders if o.state in ("queued", "held", "earmarked")]
        named = any(number in (order.payer, order.payee) for order in live)
        return named or account.balance != 0 or account.credit_line != 0

    def reasons_against(self, c: Command) -> set[str]:
        """What is wrong with the request, its order and its account."""
        reasons = set() if self.is_open else {"DAY_NOT_OPEN"}
        if c.kind in (CommandKind.COMPLETE, CommandKind.RELEASE):
            return reasons | (set() if self.earmark_of(c.order) else {"NOT_EARMARKED"})
        reason = self.reason_in_order(c.order)
        reasons |= {reason} if reason else set()
        if c.kind == CommandKind.PERMIT and c.latest is not None and c.latest < c.time:
            reasons.add("LATEST_TIME_PASSED")
        if c.kind == CommandKind.EARMARK and not self.exists(c.payee):
            reasons.add("NO_SETTLEMENT_ACCOUNT")
        elif c.kind == CommandKind.EARMARK and not reason:
            leg = self.orders[c.order]
            if c.payee in (leg.payer, leg.payee):
                reasons.add("SAME_ACCOUNT")
            if self.accounts[c.payee].currency != self.currency_of(leg):
                reasons.add("CURRENCIES_DIFFER")
            if c.payee not in self.marked and self.has_other_use(c.payee):
                reasons.add("EARMARK_ACCOUNT")
        return reasons

    def close(self, time: int) -> None:
        if self.is_open:
            self.noted = []
        super().close(time)

    def obstacle(self, leg: Order, time: int, others: tuple[Order, ...] = ()) -> str | None:
        """Why the leg would not settle at once if it entered with others; the first of all."""
        payer = self.accounts[leg.payer]
        legs = [o for o in (leg, *others) if o.payer == leg.payer]
        paid = sum(o.amount for o in legs)
        to_payee = sum(o.amount for o in legs if o.payee == leg.payee)
        early = leg.earliest is not None and leg.earliest > time
        if early or self.rulebook.in_runs_only:
            return "AWAITS_EARLIEST_TIME" if early else "AWAITS_RUN"
        queue = [o for o in self.queue(leg.payer) if o.payment_class <= leg.payment_class]
        higher = [o for o in queue if o.payment_class < leg.payment_class]
        if higher or (queue and not self.may_bypass_with(leg, legs)):
            return "ORDER_AHEAD"
        if payer.cover < paid + withheld(payer.reserved, leg.payment_class):
            return "INSUFFICIENT_LIQUIDITY" if payer.cover < paid else "LIQUIDITY_RESERVED"
        for name, limit, amount in (
            ("NET_SENDER_LIMIT_REACHED", payer.net_sender_limit, paid),
            ("BILATERAL_LIMIT_REACHED", payer.bilateral_limits.get(leg.payee), to_payee),
        ):
            if limit and limit.count + amount > limit.amount:
                return name
        return None

    def may_bypass_with(self, leg: Order, legs: list[Order]) -> bool:
        """Whether all legs of the class may bypass the first of the queue."""
        first = self.firsts[leg.payer, leg.payment_class]
        bypasses = first.bypasses
        same = [o for o in legs if o.payment_class == leg.payment_class]
        first.bypasses += len(same) - 1
        may = self.may_bypass(leg.payer, leg.payment_class)
        first.bypasses = bypasses
        return may

    def readiness(self, *numbers: int, time: int) -> str:
        """Why the legs would not settle together; NONE if they would."""
        if not self.is_open:
            return "DAY_NOT_OPEN"
        for place, number in enumerate(numbers):
            reason = self.reason_in_order(number)
            if reason or number in numbers[:place]:
                return reason or "LEG_NOT_READY"
        legs = [self.orders[number] for number in numbers]
        found = [self.obstacle(leg, time, self.without(leg, legs)) for leg in legs]
        return next((reason for reason in found if reason), "NONE")

    @staticmethod
    def without(leg: Order, legs: list[Order]) -> tuple[Order, ...]:
        return tuple(other for other in legs if other is not leg)

    def about_legs(self, c: Command) -> None:
        """A request about one leg, or about the last of several."""
        several = c.kind in (CommandKind.PERMIT, CommandKind.EARMARK)
        if not several or (c.amount <= 0 and not self.noted):
            self.about_leg(c)
            return
        account = c.payee if c.kind == CommandKind.EARMARK else -1
        self.noted.append(replace(c, payee=account))
        if c.amount > 0:
            return
        noted, self.noted = self.noted, []
        requests = [
            Command(c.kind, c.time, order=one.order, payee=one.payee, latest=c.latest)
            for one in noted
        ]
        refused = self.first_refused(requests)
        if refused:
            self.tell(refused[0], c.time, EventKind.REQUEST_REFUSED, refused[1])
        elif c.kind == CommandKind.EARMARK:
            for one in requests:
                self.earmark(one)
        else:
            self.settle_legs([self.orders[one.order] for one in requests], c.time)

    def first_refused(self, requests: list[Command]) -> tuple[int, str] | None:
        for place, c in enumerate(requests):
            reasons = self.reasons_against(c)
            if c.order in [one.order for one in requests[:place]]:
                reasons.add("LEG_NOT_READY")
            if reasons:
                return c.order, min(ReasonCode[name] for name in reasons).name
        legs = [self.orders[c.order] for c in requests]
        for leg in legs:
            obstacle = self.obstacle(leg, requests[0].time, self.without(leg, legs))
            if obstacle:
                return leg.number, obstacle
        return None

    def settle_legs(self, legs: list[Order], time: int) -> None:
        """Settle legs that are ready together, then release their payees."""
        for leg in legs:
            leg.awaits = leg.is_aside = False
            self.settle(leg, time)
        for leg in legs:
            self.release(leg.payee, time)

    def about_leg(self, c: Command) -> None:
        reasons = self.reasons_against(c)
        if reasons:
            lowest = min(ReasonCode[name] for name in reasons)
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, lowest.name)
            return
        obstacle = None
        if c.kind in (CommandKind.PERMIT, CommandKind.EARMARK):
            obstacle = self.obstacle(self.orders[c.order], c.time)
            if c.kind == CommandKind.PERMIT and obstacle != "AWAITS_EARLIEST_TIME":
                obstacle = None
        if obstacle:
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, obstacle)
        elif c.kind == CommandKind.PERMIT:
            self.permit(c)
        elif c.kind == CommandKind.EARMARK:
            self.earmark(c)
        else:
            self.end_earmark(c)

    def permit(self, c: Command) -> None:
        leg = self.orders[c.order]
        leg.awaits = leg.is_aside = False
        leg.latest = min((t for t in (leg.latest, c.latest) if t is not None), default=None)
        self.enter(leg, c.time)

    def earmark(self, c: Command) -> None:
        leg = self.orders[c.order]
        payer = self.accounts[leg.payer]
        before = self.queue_of_class(leg.payer, leg.payment_class)
        if before:
            self.firsts[leg.payer, leg.payment_class].bypasses += 1
        leg.awaits = leg.is_aside = False
        leg.state = "earmarked"
        payer.balance -= leg.amount
        self.accounts[c.payee].balance += leg.amount
        payer.reserved = self.used_up(payer.reserved, [leg])
        limits = [payer.net_sender_limit, payer.bilateral_limits.get(leg.payee)]
        counted = [limit for limit in limits if limit]
        for limit in counted:
            limit.count += leg.amount
        self.earmarks.append(Earmark(leg, c.payee, counted))
        self.marked.add(c.payee)
        reason = "BYPASSED_FIFO" if before else "NONE"
        self.tell(leg.number, c.time, EventKind.EARMARKED, reason)

    def end_earmark(self, c: Command) -> None:
        earmark = self.earmark_of(c.order)
        assert earmark is not None
        self.earmarks.remove(earmark)
        leg = earmark.order
        self.accounts[earmark.account].balance -= leg.amount
        if c.kind == CommandKind.COMPLETE:
            leg.state = "settled"
            self.accounts[leg.payee].balance += leg.amount
            self.count(leg.payee, leg.payer, -leg.amount)
            self.tell(leg.number, c.time, EventKind.COMPLETED)
            self.release(leg.payee, c.time)
        else:
            leg.state = "returned"
            self.accounts[leg.payer].balance += leg.amount
            self.give_back(earmark)
            self.tell(leg.number, c.time, EventKind.RELEASED, "LINK_NOT_COMMITTED")
            self.release(leg.payer, c.time)

    def give_back(self, earmark: Earmark) -> None:
        for limit in earmark.counted:
            limit.count -= earmark.order.amount

    def reason_against(self, c: Command) -> ReasonCode | None:
        reason = super().reason_against(c)
        if reason == ReasonCode.ORDER_FINAL and self.earmark_of(c.order):
            return ReasonCode.LINK_BEING_DECIDED
        return reason

    def reasons_against_control(self, c: Command) -> set[ReasonCode]:
        reasons = super().reasons_against_control(c)
        return reasons | ({ReasonCode.EARMARK_ACCOUNT} if c.payer in self.marked else set())

    def reasons_against_transfer(self, c: Command) -> set[ReasonCode]:
        reasons = super().reasons_against_transfer(c)
        return reasons | ({ReasonCode.EARMARK_ACCOUNT} if c.payer in self.marked else set())
