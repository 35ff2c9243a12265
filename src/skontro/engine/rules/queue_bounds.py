"""Bounds on the value that each account may have queued and held, so that sums fit 64 bits.

Each account has a share of its own, which no other can use. Value above the share comes out of a
part common to the accounts of the currency. An account may use as much of it as it leaves free. So
the common part never runs out, however many accounts draw on it.

Source of the rule for the common part: A. K. Choudhury and E. L. Hahne, Dynamic queue length
thresholds for shared-memory packet switches, IEEE/ACM Transactions on Networking 6 (1998) 2.
"""

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import llvm_inline
from skontro.engine.records import Records, State
from skontro.model import (
    COMMON_WAITING_PER_CURRENCY,
    MAX_WAITING_PER_CURRENCY,
    MIN_WAITING_SHARES,
    SHARED_WAITING_PER_CURRENCY,
)

Int64s = npt.NDArray[np.int64]


def shares(currency_of_account: Records, currencies: int) -> Int64s:
    """The share of each account, in minor units, by currency (R13, R14)."""
    accounts = np.bincount(currency_of_account, minlength=currencies)
    return SHARED_WAITING_PER_CURRENCY // np.maximum(accounts, MIN_WAITING_SHARES)


def in_common(waiting: Records, currency_of_account: Records, share: Records) -> Int64s:
    """The waiting value of accounts above their shares, in minor units, by currency (R13, R14)."""
    common = np.zeros(len(share), np.int64)
    above = np.maximum(0, waiting - share[currency_of_account])
    np.add.at(common, currency_of_account, above)
    return common


@llvm_inline
def may_wait(state: State, account: int, amount: int) -> bool:
    """Whether an order of this account and amount has room to wait (R12, R13, R14)."""
    currency = state.currencies[state.accounts[account]["currency"]]
    if currency["waiting"] + amount > MAX_WAITING_PER_CURRENCY:
        return False
    above = state.waiting[account] - currency["share"]
    after = above + amount
    if after <= 0:
        return True
    left = COMMON_WAITING_PER_CURRENCY - currency["common"] - (after - max(0, above))
    return bool(after <= left)


@llvm_inline
def start_waiting(state: State, account: int, amount: int) -> None:
    """An order of this account is queued or held from now on (R13)."""
    _change(state, account, amount)


@llvm_inline
def stop_waiting(state: State, account: int, amount: int) -> None:
    """An order of this account that was queued or held is so no longer (R13)."""
    _change(state, account, -amount)


@llvm_inline
def _change(state: State, account: int, change: int) -> None:
    currency = state.currencies[state.accounts[account]["currency"]]
    before = state.waiting[account]
    after = before + change
    state.waiting[account] = after
    currency["waiting"] += change
    share = currency["share"]
    if before > share or after > share:
        currency["common"] += max(0, after - share) - max(0, before - share)
