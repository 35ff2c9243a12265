"""What offsetting looks at: the queued orders of every account in queue order, and its cover."""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import InputError

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

#: Cover and queued value of one snapshot together, so that no position can leave int64.
MAX_TOTAL: Final = 2**62


@attrs.frozen(eq=False)
class QueueSnapshot:
    """n queued orders of m accounts, payer by payer, each payer's in the order of its queue.

    Attributes:
        first: m + 1 positions; the orders of account a are those from first[a] up to first[a + 1].
        payee: account number of each order, n.
        amount: minor units of each order, n, greater than zero.
        cover: what each account can pay without going below its floor, m, in minor units.
    """

    first: Int64s
    payee: Int32s
    amount: Int64s
    cover: Int64s

    def __attrs_post_init__(self) -> None:
        if len(self.first) != len(self.cover) + 1 or len(self.payee) != len(self.amount):
            raise InputError("queue snapshot: columns of different lengths")
        ends = self.first.tolist()
        if ends[0] != 0 or ends[-1] != len(self.payee) or np.any(np.diff(self.first) < 0):
            raise InputError("queue snapshot: column first does not divide the orders")
        if len(self) and not 0 <= int(self.payee.min()) <= int(self.payee.max()) < len(self.cover):
            raise InputError("queue snapshot: column payee has an account that does not exist")
        if np.any(self.amount <= 0) or np.any(self.cover < 0):
            raise InputError("queue snapshot: an amount is not positive, or a cover is negative")
        if _exact_sum(self.amount) + _exact_sum(self.cover) > MAX_TOTAL:
            raise InputError(f"queue snapshot: amounts and cover add up to more than {MAX_TOTAL}")

    def __len__(self) -> int:
        return len(self.payee)

    @classmethod
    def of(cls, payer: Int32s, payee: Int32s, amount: Int64s, cover: Int64s) -> "QueueSnapshot":
        """A snapshot of orders that stand payer by payer already.

        Raises:
            InputError: the payers fall, or the columns contradict themselves.
        """
        if np.any(np.diff(payer) < 0):
            raise InputError("queue snapshot: orders do not stand payer by payer")
        first = np.searchsorted(payer, np.arange(len(cover) + 1)).astype(np.int64)
        return cls(first, payee, amount, cover)


def _exact_sum(values: Int64s) -> int:
    """The sum as Python's integer; high and low halves cannot leave int64 by themselves."""
    low = int((values & 0xFFFF_FFFF).sum())
    return (int((values >> 32).sum()) << 32) + low
