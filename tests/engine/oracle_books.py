"""Accounts and what they may pay: cover, reservations and limits of the rules, in plain Python."""

from dataclasses import dataclass, field

URGENT, HIGH, NORMAL = 0, 1, 2


@dataclass
class Limit:
    amount: int
    count: int = 0  # paid less received since the limit was set


@dataclass
class Account:
    balance: int
    credit_line: int
    currency: str
    reserved: dict[int, int] = field(default_factory=lambda: {URGENT: 0, HIGH: 0})
    net_sender_limit: Limit | None = None
    bilateral_limits: dict[int, Limit] = field(default_factory=dict)

    @property
    def cover(self) -> int:
        return self.balance + self.credit_line


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
    place: int = 0  # in the queue of its class; the lowest is first
    counterleg: int | None = None
    awaits: bool = False  # held until its counterleg is submitted, or its link may go on
    is_aside: bool = False  # the leg of a link, held until it is permitted or earmarked


def withheld(reserved: dict[int, int], payment_class: int) -> int:
    """What is kept for higher classes than this one."""
    return sum(amount for kept_for, amount in reserved.items() if kept_for < payment_class)


def total(orders: list[Order]) -> int:
    return sum(order.amount for order in orders)


@dataclass
class Books:
    """All accounts, and which orders they may pay."""

    accounts: list[Account]

    def used_up(self, reserved: dict[int, int], orders: list[Order]) -> dict[int, int]:
        """What is left of an account's reservations after orders of its own."""
        return {
            kept_for: max(0, amount - total([o for o in orders if o.payment_class == kept_for]))
            for kept_for, amount in reserved.items()
        }

    def permitted(self, order: Order) -> bool:
        payer = self.accounts[order.payer]
        if payer.cover < order.amount + withheld(payer.reserved, order.payment_class):
            return False
        limits = [payer.net_sender_limit, payer.bilateral_limits.get(order.payee)]
        return all(limit.count + order.amount <= limit.amount for limit in limits if limit)

    def permitted_together(self, orders: list[Order]) -> bool:
        payers = {order.payer for order in orders}
        return all(self.may_pay(payer, orders) for payer in sorted(payers))

    def may_pay(self, number: int, orders: list[Order]) -> bool:
        """Whether one payer may pay its part of orders that settle simultaneously."""
        account = self.accounts[number]
        paid = [order for order in orders if order.payer == number]
        received = [order for order in orders if order.payee == number]
        if not paid:
            return True
        cover = account.cover - total(paid) + total(received)
        left = self.used_up(account.reserved, paid)
        if cover < withheld(left, max(order.payment_class for order in paid)):
            return False
        for limit, others in self.limits_touched(account, paid):
            rise = total([order for order in paid if order.payee in others])
            rise -= total([order for order in received if order.payer in others])
            if rise > 0 and limit.count + rise > limit.amount:
                return False
        return True

    def limits_touched(self, account: Account, paid: list[Order]) -> list[tuple[Limit, set[int]]]:
        """The limits of the account that its orders touch, and towards whom they count."""
        everybody = set(range(len(self.accounts)))
        payees = sorted({order.payee for order in paid})
        limits = [(account.net_sender_limit, everybody)]
        limits += [(account.bilateral_limits.get(payee), {payee}) for payee in payees]
        return [(limit, others) for limit, others in limits if limit]

    def post(self, order: Order) -> None:
        payer, payee = self.accounts[order.payer], self.accounts[order.payee]
        payer.balance -= order.amount
        payee.balance += order.amount
        payer.reserved = self.used_up(payer.reserved, [order])
        self.count(order.payer, order.payee, order.amount)
        self.count(order.payee, order.payer, -order.amount)

    def count(self, number: int, other: int, paid: int) -> None:
        """Let an account's limits know what it paid (above zero) or received (below zero)."""
        account = self.accounts[number]
        for limit in (account.net_sender_limit, account.bilateral_limits.get(other)):
            if limit:
                limit.count += paid

    def money(self, currency: str) -> int:
        """Balances and credit lines of a currency."""
        return sum(account.cover for account in self.accounts if account.currency == currency)

    def credit(self, currency: str) -> int:
        """Credit lines of a currency, which count alone where its balances are below zero."""
        return sum(a.credit_line for a in self.accounts if a.currency == currency)
