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

#: In `needed` of an account without a queue: more than any cover; in `next_due`: never.
NOT_WAITING: Final = np.iinfo(np.int64).max

#: Orders of one queue that stand side by side in memory: a block of four cache lines.
BLOCK_LENGTH: Final = 16

#: So many orders can be submitted in one day: their numbers within it, and their places, are int32.
MAX_ORDERS_PER_DAY: Final = 2**30

#: One settlement account; 32 bytes, what every order looks at and no more.
ACCOUNT: Final = np.dtype(
    [
        ("balance", np.int64),  # minor units
        ("credit_line", np.int64),  # minor units; the floor is its negative
        ("needed", np.int64),  # amount of the order at the head of the queue, or NOT_WAITING
        ("currency", np.int32),  # position among the currencies
        ("waiting", np.int32),  # bit c is set while an order of class c is queued
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

#: One order that waits for its earliest time.
HELD_ORDER: Final = np.dtype(
    [
        ("order", np.int64),  # its number; NOTHING in a free slot
        ("amount", np.int64),
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
