"""Open earmarks by order, in a table with open addressing.

An order may stay earmarked over several days, so that its number is no position in an array of the
day. The table is a power of two of records, of which at least one is free. An earmark that ends
leaves no gap: those behind it move up. So each step reads few records.
"""

from typing import Final

import numpy as np

from skontro.engine.jit import as_int64, kernel, llvm_inline
from skontro.engine.records import NOTHING, Records, State, zeroed

#: One open earmark.
EARMARK: Final = np.dtype(
    [
        ("order", np.int64),  # its number; NOTHING where the slot is free
        ("amount", np.int64),  # minor units
        ("payer", np.int32),
        ("payee", np.int32),
        ("account", np.int32),  # holds the amount until the link is decided
        ("payment_class", np.int16),
        ("counted", np.int16),  # limits of the payer that count it: bits of the next two
    ]
)

COUNTED_NET: Final = 1
COUNTED_BILATERAL: Final = 2

# An odd number without a pattern in its bits: it spreads adjacent numbers over the table.
_SPREAD: Final = 0x9E37_79B1
_LOW: Final = 0x7FFF_FFFF  # so that the product fits 64 bits


def without_earmarks(length: int) -> Records:
    """An empty table.

    Args:
        length: a power of two.
    """
    table = zeroed(length, EARMARK)
    table["order"] = NOTHING
    return table


def open_earmarks(state: State) -> Records:
    """The open earmarks by number of their orders (a copy), in no other order (R54)."""
    return np.sort(state.earmarks[state.earmarks["order"] != NOTHING], order="order")


def table_of_earmarks(earmarks: Records) -> Records:
    """A table with these earmarks in it."""
    table = without_earmarks(1 << (2 * len(earmarks)).bit_length())
    _insert(table, earmarks)
    return table


def with_room_for_earmarks(earmarks: Records, wanted: int) -> Records:
    """The table with at least half of it free after so many earmarks are in it."""
    if len(earmarks) > 2 * wanted:
        return earmarks
    larger = without_earmarks(1 << (2 * wanted).bit_length())
    _insert(larger, earmarks[earmarks["order"] != NOTHING])
    return larger


@kernel
def _insert(earmarks: Records, added: Records) -> None:
    for number in range(len(added)):
        slot = _place(earmarks, as_int64(added[number]["order"]))
        earmarks[slot] = added[number]


@llvm_inline
def _home(earmarks: Records, order: int) -> int:
    """The first slot that is tried for this order."""
    return ((order & _LOW) * _SPREAD >> 7) & (len(earmarks) - 1)


@llvm_inline
def _place(earmarks: Records, order: int) -> int:
    """The slot of the order's earmark, or the free slot where it belongs."""
    slot = _home(earmarks, order)
    while earmarks[slot]["order"] not in (order, NOTHING):
        slot = (slot + 1) & (len(earmarks) - 1)
    return slot


@llvm_inline
def slot_of_earmark(state: State, order: int) -> int:
    """The slot of the order's open earmark, or NOTHING (R55)."""
    if state.counters[0]["earmarks"] == 0 or order < 0:
        return NOTHING
    slot = _place(state.earmarks, order)
    return slot if state.earmarks[slot]["order"] == order else NOTHING


@llvm_inline
def take_earmark_slot(state: State, order: int) -> int:
    """A slot for the earmark of an order that has none (R54)."""
    slot = _place(state.earmarks, order)
    state.earmarks[slot]["order"] = order
    state.counters[0]["earmarks"] += 1
    return slot


@llvm_inline
def _copy(earmarks: Records, source: int, target: int) -> None:
    earmarks[target]["order"] = earmarks[source]["order"]
    earmarks[target]["amount"] = earmarks[source]["amount"]
    earmarks[target]["payer"] = earmarks[source]["payer"]
    earmarks[target]["payee"] = earmarks[source]["payee"]
    earmarks[target]["account"] = earmarks[source]["account"]
    earmarks[target]["payment_class"] = earmarks[source]["payment_class"]
    earmarks[target]["counted"] = earmarks[source]["counted"]


@llvm_inline
def free_earmark_slot(state: State, slot: int) -> None:
    """End the earmark in this slot; later ones that it kept from their places move up (R55).

    Source. D. E. Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R.
    """
    earmarks, mask = state.earmarks, len(state.earmarks) - 1
    state.counters[0]["earmarks"] -= 1
    free, at = slot, slot
    while True:
        at = (at + 1) & mask
        if earmarks[at]["order"] == NOTHING:
            break
        # An earmark may move up to the free slot unless its home lies behind that slot.
        if ((at - _home(earmarks, as_int64(earmarks[at]["order"]))) & mask) >= ((at - free) & mask):
            _copy(earmarks, at, free)
            free = at
    earmarks[free]["order"] = NOTHING
