"""The memory of the engine: fixed-size records of signed integers in NumPy arrays.

Numba wraps on overflow without a word and turns int64 with uint64 into floats, so every integer
here is signed and every amount was bounded when it entered (`MAX_AMOUNT`,
`MAX_MONEY_PER_CURRENCY`).
"""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

#: An array of the records below; the field types are in the dtype, out of a type checker's reach.
Records: TypeAlias = npt.NDArray[Any]

#: Number of payment classes, and so of queues per account.
CLASSES: Final = 3

#: No slot, no order, no account.
NOTHING: Final = -1

#: Bits of `waiting` that stand for classes, and those that say that the account has controls, or
#: had linked legs in its queue.
CLASS_BITS: Final = (1 << CLASSES) - 1
CONTROLLED: Final = 1 << CLASSES
LINKED: Final = 2 << CLASSES

#: Of the first leg of a pair: its counterleg has not come yet.
AWAITED: Final = -2

#: What is left of a limit that is not there.
UNLIMITED: Final = np.iinfo(np.int64).max

#: A count of net payments stops falling here; no limit is so far below zero.
LOWEST_COUNT: Final = -(4 * 10**18)

#: In `needed` of an account without a queue: more than any cover; in `next_due`: never.
NOT_WAITING: Final = np.iinfo(np.int64).max

# Values of the counter `asked` beside the numbers of algorithms.
WHEN_QUEUED: Final = 100  # the run that the rulebook wants when queues have grown
SETTLE_SELECTED: Final = 101  # the chosen orders, as the set of the largest value

#: Orders of one queue that stand side by side in memory: a block of four cache lines.
BLOCK_LENGTH: Final = 16

#: So many orders can be submitted in one day: their numbers within it, and their places, are int32.
MAX_ORDERS_PER_DAY: Final = 2**30

#: One settlement account; 32 bytes, what every order looks at and no more.
ACCOUNT: Final = np.dtype(
    [
        ("balance", np.int64),  # minor units
        ("credit_line", np.int64),  # minor units; the floor is its negative
        ("needed", np.int64),  # with less cover nothing of the queue can settle; or NOT_WAITING
        ("currency", np.int32),  # position among the currencies
        ("waiting", np.int32),  # bit c while an order of class c is queued; CONTROLLED, LINKED
    ]
)

#: What beside cover decides for one account; of no account that is not CONTROLLED.
CONTROL: Final = np.dtype(
    [
        ("reserved_urgent", np.int64),  # minor units
        ("reserved_high", np.int64),
        ("limit", np.int64),  # of the net sender; NO_LIMIT for none
        ("count", np.int64),  # paid less received since the limit was set
        ("overrun", np.int32),  # 1 while the count is above a limit that was set below it
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
        ("common", np.int64),  # what accounts have waiting above their shares
    ]
)

#: The rulebook as kernels read it; one record.
RULES: Final = np.dtype(
    [
        ("offset_on_entry", np.int64),  # 1 or 0
        ("bypass_classes", np.int64),  # bit c is set if overtaking is allowed in class c
        ("bypass_depth", np.int64),
        ("max_bypasses", np.int64),
        ("when_queued", np.int64),  # so many orders joining queues ask for a run; or NOT_WAITING
        ("in_runs_only", np.int64),  # 1 if nothing settles but in runs, else 0
        ("position_limits", np.int64),  # 1 or 0
        ("aggregate_high", np.int64),  # aggregate short position limit: see `position_limits`
        ("aggregate_low", np.int64),
    ]
)

#: What a minor unit of one currency counts under position limits: see `position_limits`.
PRICE: Final = np.dtype(
    [
        ("plain", np.int64),
        ("positive", np.int64),  # of what a participant has
        ("negative", np.int64),  # of what it owes
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
        ("value", np.int64),  # what the algorithm says it settled, minor units
        ("posted", np.int64),  # what was posted
        ("freed", np.int64),  # value less what accounts paid more than they received
    ]
)

#: One queue, of one account and class: the places of its first order and of the last one to join.
QUEUE: Final = np.dtype([("first", np.int32), ("last", np.int32)])

#: One place in a queue; 16 bytes. The place of an order that has left is a gap.
QUEUED_ORDER: Final = np.dtype(
    [
        ("amount", np.int64),
        ("order", np.int32),  # its number since the day opened; NOTHING in a gap
        ("payee", np.int32),
    ]
)

#: What is known of `BLOCK_LENGTH` places together.
BLOCK: Final = np.dtype(
    [
        ("next", np.int32),  # block that continues the queue, or the next free block
        ("queue", np.int32),  # number of the queue it belongs to
    ]
)

#: One order that waits for its earliest time or its counterleg.
HELD_ORDER: Final = np.dtype(
    [
        ("order", np.int64),  # its number; NOTHING in a free slot
        ("amount", np.int64),
        ("earliest", np.int64),
        ("latest", np.int64),  # last moment at which it may settle
        ("payer", np.int32),
        ("payee", np.int32),
        ("payment_class", np.int32),
        ("next_free", np.int32),
    ]
)

#: Something that will happen to an order unless it is final by then.
TIMER: Final = np.dtype(
    [
        ("due", np.int64),
        ("order", np.int64),
        ("what", np.int64),  # ENTERS or EXPIRES
    ]
)

# What a timer is for.
ENTERS: Final = 0  # the order's earliest time has come
EXPIRES: Final = 1  # the order's latest time has passed

#: Where an order of the day was put: see `State`.
PLACE: Final = np.dtype(np.int32)

#: One more than the number since the day opened of an order's counterleg; 0 where it is no leg;
#: one more than AWAITED where the counterleg has not come.
COUNTERLEG: Final = np.dtype(np.int32)

#: One turn of an account in the release of queues, and beside it, by account number, a mark.
TURN: Final = np.dtype(
    [
        ("account", np.int32),  # whose turn it is
        ("listed", np.int32),  # 1 while the account with the number of this row has a turn to come
    ]
)

#: What the engine counts, one record.
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
        ("joined", np.int64),  # orders that joined queues since the last run that was due to this
        ("transfers", np.int64),  # liquidity transfers ever asked for
        ("runs", np.int64),  # runs of offsetting ever
        ("runs_of_batch", np.int64),  # records of runs in the running batch
        ("chosen", np.int64),  # orders chosen to settle together
        ("limits", np.int64),  # slots of bilateral limits in use
        ("linked", np.int64),  # one more than the number since the day opened of the last leg
        ("asked", np.int64),  # a run that the kernel asks for: an `Algorithm`, or NOTHING
        ("asked_at", np.int64),  # the moment of that run
    ]
)

#: One event: what happened to an order, when, and why.
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
    """Zeroed records that start at a cache line, so that none of them lies across two in vain.

    Memory that is never used is never touched, and costs nothing where the system maps it lazily.
    """
    size = length * kind.itemsize
    memory = np.zeros(size + _CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % _CACHE_LINE
    return memory[start : start + size].view(kind)


class State(NamedTuple):
    """Everything that the kernels read and write.

    Attributes:
        accounts: `ACCOUNT` by account number.
        queues: `QUEUE` by account number times `CLASSES` plus class.
        places: `QUEUED_ORDER`, `BLOCK_LENGTH` for each block.
        blocks: `BLOCK` by block number.
        held: `HELD_ORDER` by slot.
        place_of_order: where each order of the day was put, by number since the day opened: one
            more than its place in a queue; less than zero, minus one and its slot among the held; 0
            where it needed none. Another order may have come there since.
        timers: `TIMER` as a binary heap; the last record is spare.
        counters: one record of `COUNTERS`.
        work_list: `TURN`, as many as accounts.
        events: `EVENT`, room for all that the running batch can report.
        overtaken: how often the first order of each queue was overtaken, by queue number.
        controls: `CONTROL` by account number.
        limits: `LIMIT`, a power of two of them.
        currencies: `CURRENCY` by position.
        rules: one record of `RULES`.
        runs: `RUN`, room for those that the running batch can leave.
        chosen: numbers of chosen orders.
        counterlegs: `COUNTERLEG` by number since the day opened, as far as the counter `linked`.
        next_of_holder: by account number, the next account of the same participant, in a ring.
        prices: `PRICE` by currency; none without position limits.
        waiting: by account number, the value of its orders that are queued or held.
    """

    accounts: Records
    queues: Records
    places: Records
    blocks: Records
    held: Records
    place_of_order: Records
    timers: Records
    counters: Records
    work_list: Records
    events: Records
    overtaken: Records
    controls: Records
    limits: Records
    currencies: Records
    rules: Records
    runs: Records
    chosen: Records
    counterlegs: Records
    next_of_holder: Records
    prices: Records
    waiting: Records
