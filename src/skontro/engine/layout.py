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

#: One settlement account; 64 bytes, one cache line.
ACCOUNT: Final = np.dtype(
    [
        ("balance", np.int64),  # minor units
        ("credit_line", np.int64),  # minor units; the floor is its negative
        ("needed", np.int64),  # amount of the order at the head of the queue, or NOT_WAITING
        ("currency", np.int32),  # position among the currencies
        ("waiting", np.int32),  # bit c is set while an order of class c is queued
        ("first", np.int32, (CLASSES,)),  # slot of the first queued order by class
        ("last", np.int32, (CLASSES,)),
        ("in_work_list", np.int32),
        ("unused", np.int32),
    ]
)

#: One order that is not final: held until its earliest time, or queued. 64 bytes, one cache line.
LIVE_ORDER: Final = np.dtype(
    [
        ("order", np.int64),  # its number
        ("amount", np.int64),
        ("latest", np.int64),  # last moment at which it may settle
        ("payer", np.int32),
        ("payee", np.int32),
        ("previous", np.int32),  # neighbours in the queue, as slots
        ("next", np.int32),  # in a free slot: the next free slot
        ("payment_class", np.int32),
        ("phase", np.int32),
        ("unused", np.int64, (2,)),
    ]
)

# Phases of a slot for live orders.
FREE: Final = 0
HELD: Final = 1
QUEUED: Final = 2

#: Something that will happen to a live order unless it is final by then.
TIMER: Final = np.dtype(
    [
        ("due", np.int64),
        ("order", np.int64),
        ("slot", np.int32),
        ("phase", np.int32),  # the phase in which the order must still be for the timer to count
    ]
)

#: What the engine counts, one record.
COUNTERS: Final = np.dtype(
    [
        ("orders", np.int64),  # orders ever submitted; the next one gets this number
        ("first_order_of_day", np.int64),  # every order before it is final
        ("last_time", np.int64),  # of the last command applied
        ("live", np.int64),  # orders held or queued
        ("queued", np.int64),
        ("slots", np.int64),  # slots ever used
        ("free_slot", np.int64),  # first free slot among them
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


class State(NamedTuple):
    """Everything that the kernels read and write.

    Attributes:
        accounts: `ACCOUNT` by account number.
        live: `LIVE_ORDER` by slot.
        slot_of_order: one more than the slot that each order of the day was given, by number since
            the day opened; 0 where it needed none. A slot may have passed to another order since.
        timers: `TIMER` as a binary heap; the last record is spare.
        counters: one record of `COUNTERS`.
        work_list: room for each account number once.
        events: `EVENT`, room for all that the running batch can report.
    """

    accounts: Records
    live: Records
    slot_of_order: Records
    timers: Records
    counters: Records
    work_list: Records
    events: Records
