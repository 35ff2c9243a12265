"""Requests about orders and accounts in plain Python."""

from dataclasses import dataclass, field

from skontro.engine import CommandKind, EventKind
from skontro.model import MAX_AMOUNT, MAX_MONEY_PER_CURRENCY, ReasonCode
from tests.engine.oracle_books import HIGH, URGENT, Limit, Order
from tests.engine.oracle_offsetting import Offsetting


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


@dataclass
class Requests(Offsetting):
    selected: list[int] = field(default_factory=list)
    transfers: int = 0

    def exists(self, account: int) -> bool:
        return 0 <= account < len(self.accounts)

    def reasons_between(self, c: Command) -> set[ReasonCode]:
        """What is wrong with the two accounts of an order or a bilateral limit."""
        reasons = set()
        known = self.exists(c.payer) and self.exists(c.payee)
        if not known:
            reasons.add(ReasonCode.NO_SETTLEMENT_ACCOUNT)
        if c.payer == c.payee:
            reasons.add(ReasonCode.SAME_ACCOUNT)
        if known and self.accounts[c.payer].currency != self.accounts[c.payee].currency:
            reasons.add(ReasonCode.CURRENCIES_DIFFER)
        return reasons

    def is_leg(self, number: int) -> bool:
        """Whether an order that waits has a counterleg, awaits one, or is the leg of a link."""
        return self.orders[number].awaits or self.orders[number].counterleg is not None

    def reasons_against_times(self, c: Command) -> set[ReasonCode]:
        """Why other times are refused, apart from an order that is unknown or final."""
        reasons = set()
        known = 0 <= c.order < len(self.orders)
        state = self.orders[c.order].state if known else "unknown"
        earliest, latest = c.earliest, c.latest
        if state == "held" and not self.is_leg(c.order):
            order = self.orders[c.order]
            earliest = order.earliest if earliest is None else earliest
            latest = order.latest if latest is None else latest
        if earliest is not None and latest is not None and latest < earliest:
            reasons.add(ReasonCode.TIMES_OUT_OF_ORDER)
        if c.latest is not None and c.latest < c.time:
            reasons.add(ReasonCode.LATEST_TIME_PASSED)
        if c.earliest is None and c.latest is None:
            reasons.add(ReasonCode.NOTHING_TO_CHANGE)
        if state == "queued" and c.earliest is not None and c.earliest > c.time:
            reasons.add(ReasonCode.ORDER_HAS_ENTERED)
        if state in ("queued", "held") and self.is_leg(c.order):
            reasons.add(ReasonCode.TIMES_OF_LEG)
        return reasons

    def change_times(self, c: Command) -> None:
        reasons = self.reasons_against_times(c)
        about_order = self.reason_against(c)
        if about_order is not None:
            reasons.add(about_order)
        if reasons:
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, min(reasons).name)
            return
        order = self.orders[c.order]
        self.tell(c.order, c.time, EventKind.TIMES_CHANGED)
        order.latest = order.latest if c.latest is None else c.latest
        if order.state == "held":
            order.earliest = order.earliest if c.earliest is None else c.earliest
            if c.earliest is not None and c.earliest <= c.time:
                self.enter(order, c.time)

    def enter(self, order: Order, time: int) -> None:
        raise NotImplementedError

    def reason_against(self, c: Command) -> ReasonCode | None:
        """Why a request about an order is refused."""
        if c.kind == CommandKind.CHANGE_CLASS and c.payment_class not in (0, 1, 2):
            return ReasonCode.UNKNOWN_CLASS
        if not 0 <= c.order < len(self.orders):
            return ReasonCode.ORDER_UNKNOWN
        state = self.orders[c.order].state
        if state not in ("held", "queued"):
            return ReasonCode.ORDER_FINAL
        also_held = (CommandKind.CANCEL, CommandKind.CHANGE_CLASS, CommandKind.CHANGE_TIMES)
        if state == "held" and c.kind not in also_held:
            return ReasonCode.ORDER_NOT_QUEUED
        return None

    def request(self, c: Command) -> None:
        reason = self.reason_against(c)
        if reason is not None:
            self.tell(c.order, c.time, EventKind.REQUEST_REFUSED, reason.name)
            return
        order = self.orders[c.order]
        match c.kind:
            case CommandKind.CANCEL:
                self.finish(order, "cancelled")
                self.tell(c.order, c.time, EventKind.CANCELLED, "CANCELLED_BY_PARTICIPANT")
            case CommandKind.CHANGE_CLASS:
                self.tell(c.order, c.time, EventKind.CLASS_CHANGED)
                if order.payment_class != c.payment_class:
                    order.payment_class = c.payment_class
                    if order.state == "queued":
                        self.put_last(order)
            case CommandKind.MOVE_TO_FRONT:
                self.tell(c.order, c.time, EventKind.MOVED_IN_QUEUE)
                self.put_first(order)
            case CommandKind.MOVE_TO_END:
                self.tell(c.order, c.time, EventKind.MOVED_IN_QUEUE)
                self.put_last(order)
            case CommandKind.SELECT:
                self.tell(c.order, c.time, EventKind.SELECTED)
                self.selected.append(c.order)
        self.release(order.payer, c.time)

    def reasons_against_control(self, c: Command) -> set[ReasonCode]:
        reasons = set()
        if c.kind == CommandKind.SET_RESERVATION and c.payment_class not in (URGENT, HIGH):
            reasons.add(ReasonCode.UNKNOWN_CLASS)
        if c.amount > MAX_AMOUNT:
            reasons.add(ReasonCode.AMOUNT_TOO_LARGE)
        of_limit = c.kind in (CommandKind.SET_NET_SENDER_LIMIT, CommandKind.SET_BILATERAL_LIMIT)
        if c.amount < (-1 if of_limit else 0):
            reasons.add(ReasonCode.AMOUNT_NEGATIVE)
        if c.kind == CommandKind.SET_BILATERAL_LIMIT:
            reasons |= self.reasons_between(c)
        elif not self.exists(c.payer):
            reasons.add(ReasonCode.NO_SETTLEMENT_ACCOUNT)
        elif c.kind == CommandKind.SET_CREDIT_LINE:
            account = self.accounts[c.payer]
            others = self.money(account.currency) - account.credit_line
            credit = self.credit(account.currency) - account.credit_line
            if max(others, credit) + c.amount > MAX_MONEY_PER_CURRENCY:
                reasons.add(ReasonCode.TOO_MUCH_MONEY)
            if -account.balance > c.amount:
                reasons.add(ReasonCode.CREDIT_IN_USE)
        return reasons

    def control(self, c: Command) -> None:
        reasons = self.reasons_against_control(c)
        if reasons:
            self.tell(c.payer, c.time, EventKind.CONTROL_REFUSED, min(reasons).name)
            return
        account = self.accounts[c.payer]
        match c.kind:
            case CommandKind.SET_CREDIT_LINE:
                account.credit_line = c.amount
                self.tell(c.payer, c.time, EventKind.CREDIT_LINE_SET)
            case CommandKind.SET_RESERVATION:
                account.reserved[c.payment_class] = c.amount
                self.tell(c.payer, c.time, EventKind.RESERVATION_SET)
            case CommandKind.SET_NET_SENDER_LIMIT:
                account.net_sender_limit = changed(account.net_sender_limit, c.amount)
                self.tell(c.payer, c.time, EventKind.LIMIT_SET)
            case CommandKind.SET_BILATERAL_LIMIT:
                limit = changed(account.bilateral_limits.pop(c.payee, None), c.amount)
                if limit is not None:
                    account.bilateral_limits[c.payee] = limit
                self.tell(c.payer, c.time, EventKind.LIMIT_SET)
        self.release(c.payer, c.time)

    def reasons_against_transfer(self, c: Command) -> set[ReasonCode]:
        reasons = set()
        if c.amount <= 0:
            reasons.add(ReasonCode.AMOUNT_NOT_POSITIVE)
        if c.amount > MAX_AMOUNT:
            reasons.add(ReasonCode.AMOUNT_TOO_LARGE)
        if not self.exists(c.payer):
            reasons.add(ReasonCode.NO_SETTLEMENT_ACCOUNT)
        elif c.kind == CommandKind.TRANSFER_IN:
            if self.money(self.accounts[c.payer].currency) + c.amount > MAX_MONEY_PER_CURRENCY:
                reasons.add(ReasonCode.TOO_MUCH_MONEY)
        elif self.accounts[c.payer].cover < c.amount + sum(
            self.accounts[c.payer].reserved.values()
        ):
            reasons.add(ReasonCode.INSUFFICIENT_LIQUIDITY)
        return reasons

    def transfer(self, c: Command) -> None:
        number = self.transfers
        self.transfers += 1
        reasons = self.reasons_against_transfer(c)
        if reasons:
            self.tell(number, c.time, EventKind.LIQUIDITY_REFUSED, min(reasons).name)
            return
        coming_in = c.kind == CommandKind.TRANSFER_IN
        self.accounts[c.payer].balance += c.amount if coming_in else -c.amount
        self.tell(number, c.time, EventKind.LIQUIDITY_MOVED)
        self.release(c.payer, c.time)


def changed(limit: Limit | None, amount: int) -> Limit | None:
    """The same limit with another amount and the same count; below zero there is none."""
    if amount < 0:
        return None
    if limit is None:
        return Limit(amount)
    limit.amount = amount
    return limit
