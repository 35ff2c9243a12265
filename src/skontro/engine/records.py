"""The memory of the engine: fixed-size records of signed integers in NumPy arrays.

Numba wraps silently on overflow and turns int64 with uint64 into floats. So every integer here is
signed, and every amount was bounded on input (`MAX_AMOUNT`, `MAX_MONEY_PER_CURRENCY`).
"""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

#: An array of the records below; field types are in the dtype, unseen by a type checker.
Records: TypeAlias = npt.NDArray[Any]

#: Number of payment classes, and so of queues per account.
CLASSES: Final = 3

#: The absence of a slot, an order or an account.
NOTHING: Final = -1

#: Bits of `flags` for classes, and the bits for accounts that have controls, that had linked legs
#: in their queue, or that ever held an earmark.
CLASS_BITS: Final = (1 << CLASSES) - 1
CONTROLLED: Final = 1 << CLASSES
LINKED: Final = 2 << CLASSES
HOLDS_EARMARKS: Final = 4 << CLASSES

#: The counterleg of a first leg before the second leg comes.
AWAITED: Final = -2

#: In place of a counterleg: the leg of a link with other systems, set aside until it may enter.
SET_ASIDE: Final = -3

#: A limit that is not set.
UNLIMITED: Final = np.iinfo(np.int64).max

#: Lower bound of a count of net payments.
LOWEST_COUNT: Final = -(4 * 10**18)

#: In `needed` of an account without a queue: more than any cover; in `next_due`: never.
NOT_WAITING: Final = np.iinfo(np.int64).max

# Values of the counter `asked` in addition to the numbers of algorithms.
WHEN_QUEUED: Final = 100  # the rulebook's run when queues have grown
SETTLE_SELECTED: Final = 101  # the selected orders, as the set of the largest value

#: Orders of one queue that are adjacent in memory: a block of four cache lines.
BLOCK_LENGTH: Final = 16

#: Most orders of one day: their numbers within it and their queue slots are int32.
MAX_ORDERS_PER_DAY: Final = 2**30

#: One settlement account; 32 bytes, only the fields that every order needs.
ACCOUNT: Final = np.dtype(
    [
        ("balance", np.int64),  # minor units
        ("credit_line", np.int64),  # minor units; the floor is its negative
        ("needed", np.int64),  # least cover for an order of the queue to settle; or NOT_WAITING
        ("currency", np.int32),  # position among the currencies
        ("flags", np.int32),  # bit c while an order of class c is queued, and the bits above
    ]
)

#: Reservations and limits of one account; unused unless the account is CONTROLLED.
CONTROL: Final = np.dtype(
    [
        ("reserved_urgent", np.int64),  # minor units
        ("reserved_high", np.int64),
        ("limit", np.int64),  # of the net sender; NO_LIMIT for none
        ("count", np.int64),  # paid less received since the limit was set
        ("overrun", np.int32),  # 1 while the count is above a limit set below it
        ("bilateral", np.int32),  # 1 if it ever had a bilateral limit on this day
    ]
)

#: One bilateral limit, in a table with open addressing by payer and payee.
LIMIT: Final = np.dtype(
    [
        ("payer", np.int32),  # NOTHING where the slot is free
        ("payee", np.int32),
        ("limit", np.int64),  # NO_LIMIT when it was ended
        ("count", np.int64),
        ("overrun", np.int64),
    ]
)

#: One currency.
CURRENCY: Final = np.dtype(
    [
        ("money", np.int64),  # sum of balances, which only liquidity transfers change
        ("credit", np.int64),  # sum of credit lines
        ("waiting", np.int64),  # value of the orders that are queued or held
        ("share", np.int64),  # of each account in that value
        ("common", np.int64),  # value that accounts have queued or held above their shares
    ]
)

#: The rulebook as kernels read it; one record.
RULES: Final = np.dtype(
    [
        ("offset_on_entry", np.int64),  # 1 or 0
        ("bypass_classes", np.int64),  # bit c is set if bypass is allowed in class c
        ("bypass_depth", np.int64),
        ("max_bypasses", np.int64),
        ("when_queued", np.int64),  # queued orders that trigger a run; or NOT_WAITING
        ("in_runs_only", np.int64),  # 1 if orders settle only in runs, else 0
        ("position_limits", np.int64),  # 1 or 0
        ("aggregate_high", np.int64),  # aggregate short position limit: see `position_limits`
        ("aggregate_low", np.int64),
    ]
)

#: Prices of a minor unit of one currency under position limits: see `position_limits`.
PRICE: Final = np.dtype(
    [
        ("plain", np.int64),
        ("positive", np.int64),  # of positive balances
        ("negative", np.int64),  # of negative balances
    ]
)

#: One run of offsetting in one currency.
RUN: Final = np.dtype(
    [
        ("number", np.int64),
        ("time", np.int64),
        ("algorithm", np.int32),
        ("currency", np.int32),
        ("considered", np.int64),  # orders
        ("settled", np.int64),  # orders
        ("value", np.int64),  # value settled as reported by the algorithm, minor units
        ("posted", np.int64),  # value posted, minor units
        ("freed", np.int64),  # value less what accounts paid more than they received
    ]
)

#: One queue, of one account and class: the slots of its first order and of the last one to join.
QUEUE: Final = np.dtype([("first", np.int32), ("last", np.int32)])

#: One slot in a queue; 16 bytes. The slot of an order that has left is a gap.
QUEUED_ORDER: Final = np.dtype(
    [
        ("amount", np.int64),
        ("order", np.int32),  # its number since the day opened; NOTHING in a gap
        ("payee", np.int32),
    ]
)

#: One block of `BLOCK_LENGTH` queue slots.
BLOCK: Final = np.dtype(
    [
        ("next", np.int32),  # block that continues the queue, or the next free block
        ("queue", np.int32),  # number of the queue it belongs to
    ]
)

#: One held order, awaiting its earliest time or its counterleg.
HELD_ORDER: Final = np.dtype(
    [
        ("order", np.int64),  # its number; NOTHING in a free slot
        ("amount", np.int64),
        ("earliest", np.int64),
        ("latest", np.int64),  # last time at which it may settle
        ("payer", np.int32),
        ("payee", np.int32),
        ("payment_class", np.int32),
        ("next_free", np.int32),
    ]
)

#: A timer of an order, void if the order is final by then.
TIMER: Final = np.dtype(
    [
        ("due", np.int64),
        ("order", np.int64),
        ("what", np.int64),  # ENTERS or EXPIRES
    ]
)

# Purposes of timers.
ENTERS: Final = 0  # the order's earliest time has come
EXPIRES: Final = 1  # the order's latest time has passed

#: The slot of an order of the day: see `State`.
SLOT: Final = np.dtype(np.int32)

#: One more than the number since the day opened of an order's counterleg; 0 where it is no leg;
#: one more than AWAITED where the counterleg has not come, or than SET_ASIDE.
COUNTERLEG: Final = np.dtype(np.int32)

#: A leg noted to be permitted or earmarked with others.
LEG_TOGETHER: Final = np.dtype(
    [
        ("order", np.int64),
        ("account", np.int64),  # for its earmark
    ]
)

#: One turn of an account in the release of queues, and a mark by account number.
TURN: Final = np.dtype(
    [
        ("account", np.int32),  # whose turn it is
        ("listed", np.int32),  # 1 while the account with the number of this row has a turn to come
    ]
)

#: The engine's counters, one record.
COUNTERS: Final = np.dtype(
    [
        ("orders", np.int64),  # orders ever submitted; the next one gets this number
        ("first_order_of_day", np.int64),  # every order before it is final
        ("last_time", np.int64),  # of the last command applied
        ("queued", np.int64),
        ("held", np.int64),
        ("blocks", np.int64),  # blocks of queues ever used on this day
        ("free_block", np.int64),  # first free block among them
        ("held_slots", np.int64),  # slots for held orders ever used on this day
        ("free_held_slot", np.int64),  # first free slot among them
        ("placed", np.int64),  # one more than the last order of the day that did not settle at once
        ("timers", np.int64),  # in the heap
        ("next_due", np.int64),  # when the first timer is due; NOT_WAITING without a timer
        ("events", np.int64),  # written in the running batch
        ("day_open", np.int64),
        ("joined", np.int64),  # orders that joined queues since the last run triggered by them
        ("transfers", np.int64),  # liquidity transfers ever asked for
        ("runs", np.int64),  # runs of offsetting ever
        ("runs_of_batch", np.int64),  # records of runs in the running batch
        ("selected", np.int64),  # orders selected to settle together
        ("together", np.int64),  # legs noted to be permitted or earmarked with others
        ("limits", np.int64),  # slots of bilateral limits in use
        ("earmarks", np.int64),  # open ones
        ("linked", np.int64),  # one more than the number since the day opened of the last leg
        ("asked", np.int64),  # run requested by the kernel: an `Algorithm`, or NOTHING
        ("asked_at", np.int64),  # timestamp of that run
    ]
)

#: One event of an order, with time and reason.
EVENT: Final = np.dtype(
    [
        ("order", np.int64),  # number of the order; NOTHING for events of the day
        ("time", np.int64),
        ("kind", np.int32),  # an `EventKind`
        ("reason", np.int32),  # a `ReasonCode`
    ]
)


_CACHE_LINE: Final = 64


def zeroed(length: int, kind: np.dtype[Any]) -> Records:
    """Zeroed records aligned to a cache line, so that no record needlessly spans two.

    Unused memory is never touched, and costs nothing where the system maps it lazily.
    """
    size = length * kind.itemsize
    memory = np.zeros(size + _CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % _CACHE_LINE
    return memory[start : start + size].view(kind)


class State(NamedTuple):
    """The complete state that kernels read and write.

    Attributes:
        accounts: `ACCOUNT` by account number.
        queues: `QUEUE` by account number times `CLASSES` plus class.
        queue_slots: `QUEUED_ORDER`, `BLOCK_LENGTH` for each block.
        blocks: `BLOCK` by block number.
        held: `HELD_ORDER` by slot.
        slot_of_order: slot of each order of the day, by number since the day opened. Positive: its
            queue slot plus one; negative: minus one minus its slot among held orders; 0 where it
            needed none. Another order may have taken the slot since.
        timers: `TIMER` as a binary heap; the last record is spare.
        counters: one record of `COUNTERS`.
        work_list: `TURN`, as many as accounts.
        events: `EVENT`, with capacity for all events of the running batch.
        bypasses: number of bypasses of the first order of each queue, by queue number.
        controls: `CONTROL` by account number.
        limits: `LIMIT`, a power of two of them.
        currencies: `CURRENCY` by position.
        rules: one record of `RULES`.
        runs: `RUN`, with capacity for all runs of the running batch.
        selected: numbers of selected orders.
        together: `LEG_TOGETHER`, as many as the counter of this name.
        counterlegs: `COUNTERLEG` by number since the day opened, as far as the counter `linked`.
        next_of_holder: by account number, the next account of the same participant, in a ring.
        prices: `PRICE` by currency; none without position limits.
        waiting: by account number, the value of its orders that are queued or held.
        earmarks: `EARMARK` of `structures.earmarks`.
    """

    accounts: Records
    queues: Records
    queue_slots: Records
    blocks: Records
    held: Records
    slot_of_order: Records
    timers: Records
    counters: Records
    work_list: Records
    events: Records
    bypasses: Records
    controls: Records
    limits: Records
    currencies: Records
    rules: Records
    runs: Records
    selected: Records
    together: Records
    counterlegs: Records
    next_of_holder: Records
    prices: Records
    waiting: Records
    earmarks: Records
