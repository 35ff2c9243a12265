"""Legs of links with other systems, added to the oracle from the rules in words."""

from dataclasses import dataclass, field

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

    def apply(self, command: Command) -> None:
        if command.kind == CommandKind.SUBMIT_LINKED:
            self.let_happen_what_is_due(command.time)
            self.submit_linked(command)
        elif command.kind in ABOUT_LEGS:
            self.let_happen_what_is_due(command.time)
            self.about_leg(command)
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

    def obstacle(self, leg: Order, time: int) -> str | None:
        """Why the leg would not settle alone and at once if it entered; the first of all."""
        payer = self.accounts[leg.payer]
        early = leg.earliest is not None and leg.earliest > time
        if early or self.rulebook.in_runs_only:
            return "AWAITS_EARLIEST_TIME" if early else "AWAITS_RUN"
        queue = [o for o in self.queue(leg.payer) if o.payment_class <= leg.payment_class]
        higher = [o for o in queue if o.payment_class < leg.payment_class]
        if higher or (queue and not self.may_bypass(leg.payer, leg.payment_class)):
            return "ORDER_AHEAD"
        if payer.cover < leg.amount + withheld(payer.reserved, leg.payment_class):
            return "INSUFFICIENT_LIQUIDITY" if payer.cover < leg.amount else "LIQUIDITY_RESERVED"
        for name, limit in (
            ("NET_SENDER_LIMIT_REACHED", payer.net_sender_limit),
            ("BILATERAL_LIMIT_REACHED", payer.bilateral_limits.get(leg.payee)),
        ):
            if limit and limit.count + leg.amount > limit.amount:
                return name
        return None

    def readiness(self, number: int, time: int) -> str:
        if not self.is_open:
            return "DAY_NOT_OPEN"
        reason = self.reason_in_order(number)
        return reason or self.obstacle(self.orders[number], time) or "NONE"

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
