"""Timers in a binary heap, ordered by time and then by order number.

The timer of an order that becomes final stays in the heap and is ignored when due. The heap holds
at most one timer for each order submitted on the day, and one for each permitted leg of a link. An
order without an earliest and a latest time has none.
"""

from skontro.engine.jit import internal_kernel, llvm_inline
from skontro.engine.records import NOT_WAITING, Records


@llvm_inline
def _earlier(timers: Records, one: int, other: int) -> bool:
    if timers[one]["due"] != timers[other]["due"]:
        return bool(timers[one]["due"] < timers[other]["due"])
    return bool(timers[one]["order"] < timers[other]["order"])


@llvm_inline
def _copy(timers: Records, source: int, target: int) -> None:
    timers[target]["due"] = timers[source]["due"]
    timers[target]["order"] = timers[source]["order"]
    timers[target]["what"] = timers[source]["what"]


@llvm_inline
def _exchange(timers: Records, one: int, other: int) -> None:
    spare = len(timers) - 1  # the last record is never part of the heap
    _copy(timers, one, spare)
    _copy(timers, other, one)
    _copy(timers, spare, other)


@llvm_inline
def _rise(timers: Records, index: int) -> None:
    while index > 0 and _earlier(timers, index, (index - 1) >> 1):
        _exchange(timers, index, (index - 1) >> 1)
        index = (index - 1) >> 1


@llvm_inline
def set_timer(timers: Records, counters: Records, due: int, order: int, what: int) -> None:
    """Set a timer of the order for the time `due`."""
    index = int(counters[0]["timers"])
    counters[0]["timers"] += 1
    counters[0]["next_due"] = min(due, counters[0]["next_due"])
    timers[index]["due"] = due
    timers[index]["order"] = order
    timers[index]["what"] = what
    _rise(timers, index)


@llvm_inline
def _sink(timers: Records, index: int, count: int) -> None:
    while True:
        child = 2 * index + 1
        if child >= count:
            break
        if child + 1 < count and _earlier(timers, child + 1, child):
            child += 1
        if not _earlier(timers, child, index):
            break
        _exchange(timers, index, child)
        index = child


@llvm_inline
def drop_first_timer(timers: Records, counters: Records) -> None:
    """Remove the timer that is due first; there must be one."""
    count = int(counters[0]["timers"]) - 1
    counters[0]["timers"] = count
    _copy(timers, count, 0)
    _sink(timers, 0, count)
    counters[0]["next_due"] = timers[0]["due"] if count > 0 else NOT_WAITING


@internal_kernel
def _drop_one_of(timers: Records, counters: Records, order: int) -> bool:
    count = int(counters[0]["timers"])
    index = 0
    while index < count and timers[index]["order"] != order:
        index += 1
    if index == count:
        return False
    count -= 1
    counters[0]["timers"] = count
    _copy(timers, count, index)
    if index < count:
        _sink(timers, index, count)
        _rise(timers, index)
    return True


@internal_kernel
def drop_timers_of(timers: Records, counters: Records, order: int) -> None:
    """Remove the timers of an order, which are looked for among all (R59).

    The leg of a link has two once it is permitted: its own and that of the permission.
    """
    while _drop_one_of(timers, counters, order):
        pass
    counters[0]["next_due"] = timers[0]["due"] if counters[0]["timers"] > 0 else NOT_WAITING
