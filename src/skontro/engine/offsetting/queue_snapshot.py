"""Snapshot of the queues for offsetting: orders in queue order, cover, reservations, limits."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.records import NOTHING, UNLIMITED
from skontro.model import MAX_MONEY_PER_CURRENCY, MAX_WAITING_PER_CURRENCY, InputError

Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

#: Cover and queued value of one currency together, so that no position can leave int64.
MAX_TOTAL: Final = MAX_MONEY_PER_CURRENCY + MAX_WAITING_PER_CURRENCY

_NORMAL: Final = 2


class Queues(NamedTuple):
    """Columns of a `QueueSnapshot`, as kernels take them."""

    first: Int64s
    payee: Int32s
    amount: Int64s
    payment_class: Int8s
    limit: Int32s
    opposite: Int32s
    counterleg: Int32s
    cover: Int64s
    net_left: Int64s


@attrs.frozen(eq=False)
class QueueSnapshot:
    """n queued orders of m accounts, payer by payer, each payer's in the order of its queue.

    Attributes:
        first: m + 1 positions; the orders of account a are those from first[a] up to first[a + 1].
        payee: account number of each order, n.
        amount: minor units of each order, n, greater than zero.
        payment_class: of each order, n; never falls within a queue.
        order: the engine's number of each order, n.
        limit: for each order, n, which bilateral limit counts it, or NOTHING.
        opposite: for each order, n, which bilateral limit of its payee it relieves, or NOTHING.
        counterleg: for each order, n, the position of its counterleg here, or NOTHING.
        cover: what each account can pay without going below its floor, m, in minor units.
        currency: position of each account's currency, m.
        reserved: amounts reserved for urgent and for high orders, m times 2, in minor units.
        net_left: net-sender limit less its count, m; below zero where overrun; or UNLIMITED.
        pair_left: the same for each bilateral limit.
    """

    first: Int64s
    payee: Int32s
    amount: Int64s
    payment_class: Int8s
    order: Int64s
    limit: Int32s
    opposite: Int32s
    counterleg: Int32s
    cover: Int64s
    currency: Int32s
    reserved: Int64s
    net_left: Int64s
    pair_left: Int64s

    def __attrs_post_init__(self) -> None:
        for name in ("payee", "payment_class", "order", "limit", "opposite", "counterleg"):
            if len(getattr(self, name)) != len(self.amount):
                raise InputError(f"queue snapshot: column {name} is of another length than amount")
        for name in ("currency", "reserved", "net_left"):
            if len(getattr(self, name)) != len(self.cover):
                raise InputError(f"queue snapshot: column {name} is of another length than cover")
        ends = self.first.tolist()
        if len(ends) != len(self.cover) + 1 or ends[0] != 0 or ends[-1] != len(self):
            raise InputError("queue snapshot: column first does not divide the orders")
        if np.any(np.diff(self.first) < 0):
            raise InputError("queue snapshot: column first does not divide the orders")
        if len(self) and not 0 <= int(self.payee.min()) <= int(self.payee.max()) < len(self.cover):
            raise InputError("queue snapshot: column payee has an account that does not exist")
        if np.any(self.amount <= 0) or np.any(self.cover < 0):
            raise InputError("queue snapshot: an amount is not positive, or a cover is negative")
        legs = np.flatnonzero(self.counterleg != NOTHING)
        if np.any(self.counterleg[self.counterleg[legs]] != legs):
            raise InputError("queue snapshot: column counterleg does not join pairs")
        self._refuse_too_much()

    def __len__(self) -> int:
        return len(self.amount)

    @property
    def payer(self) -> Int32s:
        """Account number of each order's payer, n."""
        return np.repeat(np.arange(len(self.cover), dtype=np.int32), np.diff(self.first))

    @classmethod
    def of(cls, payer: Int32s, payee: Int32s, amount: Int64s, cover: Int64s) -> "QueueSnapshot":
        """A snapshot of normal orders sorted by payer, in one currency, without controls.

        Raises:
            InputError: the payers fall, or the columns contradict themselves.
        """
        if np.any(np.diff(payer) < 0):
            raise InputError("queue snapshot: orders are not sorted by payer")
        orders, accounts = len(payee), len(cover)
        return cls(
            first=np.searchsorted(payer, np.arange(accounts + 1)).astype(np.int64),
            payee=payee,
            amount=amount,
            payment_class=np.full(orders, _NORMAL, np.int8),
            order=np.arange(orders, dtype=np.int64),
            limit=np.full(orders, NOTHING, np.int32),
            opposite=np.full(orders, NOTHING, np.int32),
            counterleg=np.full(orders, NOTHING, np.int32),
            cover=cover,
            currency=np.zeros(accounts, np.int32),
            reserved=np.zeros((accounts, 2), np.int64),
            net_left=np.full(accounts, UNLIMITED, np.int64),
            pair_left=np.empty(0, np.int64),
        )

    @property
    def queues(self) -> Queues:
        """The columns that kernels read."""
        return Queues(*(getattr(self, name) for name in Queues._fields))

    @property
    def currency_of_order(self) -> Int32s:
        """Position of each order's currency, n."""
        return self.currency[self.payer]

    def in_currency(self, position: int) -> "QueueSnapshot":
        """The orders of one currency alone, with all accounts: see `in_currencies`."""
        return self.in_currencies([position])

    def in_currencies(self, positions: Sequence[int]) -> "QueueSnapshot":
        """The orders of some currencies alone, with all accounts.

        A leg whose counterleg is in another currency is left out.
        """
        kept = np.isin(self.currency_of_order, positions)
        kept &= (self.counterleg == NOTHING) | kept[self.counterleg]
        orders = {
            name: getattr(self, name)[kept]
            for name in (
                "payee", "amount", "payment_class", "order", "limit", "opposite", "counterleg"
            )
        }  # fmt: skip
        # Positions among the kept; the last one means NOTHING.
        moved = np.append(np.where(kept, np.cumsum(kept) - 1, NOTHING), NOTHING).astype(np.int32)
        orders["counterleg"] = moved[orders["counterleg"]]
        first = np.concatenate([[0], np.cumsum(kept)])[self.first]
        return attrs.evolve(self, first=first.astype(np.int64), **orders)

    def _refuse_too_much(self) -> None:
        of_order = self.currency_of_order
        for position in np.unique(self.currency).tolist():
            total = exact_sum(self.amount[of_order == position])
            total += exact_sum(self.cover[self.currency == position])
            if total > MAX_TOTAL:
                raise InputError(
                    f"queue snapshot: amounts and cover add up to {total}, more than {MAX_TOTAL}"
                )


def exact_sum(values: Int64s) -> int:
    """The sum as Python's integer; high and low halves cannot leave int64 by themselves (R19)."""
    low = int((values & 0xFFFF_FFFF).sum())
    return (int((values >> 32).sum()) << 32) + low
