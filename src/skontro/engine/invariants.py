"""What must always hold, as named objects that can be checked at any moment."""

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine.layout import BLOCK_LENGTH, CLASSES, NOT_WAITING, NOTHING, State
from skontro.model import InvariantBroken

#: Money per currency position, in minor units.
Money = tuple[int, ...]


@attrs.frozen
class Invariant:
    """A statement about the state that no sequence of commands can make false.

    Attributes:
        name: a few words.
        find_contradiction: gives the evidence against it, or None while it holds.
    """

    name: str
    find_contradiction: Callable[[State, Money], str | None]


def _money_created_or_lost(state: State, money: Money) -> str | None:
    # The bound on money per currency keeps every partial sum inside int64.
    accounts = state.accounts
    for position, expected in enumerate(money):
        found = int(accounts["balance"][accounts["currency"] == position].sum())
        if found != expected:
            return f"currency {position} holds {found} minor units, not {expected}"
    return None


def _account_below_floor(state: State, _money: Money) -> str | None:
    below = np.flatnonzero(state.accounts["balance"] < -state.accounts["credit_line"])
    if below.size:
        account = int(below[0])
        balance = int(state.accounts["balance"][account])
        floor = -int(state.accounts["credit_line"][account])
        return f"account {account} has {balance}, its floor is {floor}"
    return None


def _walk_queue(state: State, queue: int) -> int | str:
    """How many orders wait in one queue, or what is wrong with its links."""
    place, last = (int(end) for end in state.queues[queue].tolist())
    if place == NOTHING:
        return 0
    if state.places[place]["order"] == NOTHING:
        return f"queue {queue}: its head is a gap"
    count = 0
    for _ in range(len(state.places)):
        if not 0 <= place < len(state.places) or state.blocks[place // BLOCK_LENGTH]["queue"] != (
            queue
        ):
            return f"queue {queue}: place {place} is not part of it"
        count += int(state.places[place]["order"] != NOTHING)
        if place == last:
            return count
        place += 1
        if place % BLOCK_LENGTH == 0:
            place = int(state.blocks[place // BLOCK_LENGTH - 1]["next"]) * BLOCK_LENGTH
    return f"queue {queue}: it does not end"


def _queue_out_of_order(state: State, _money: Money) -> str | None:
    queued = 0
    for queue in range(len(state.queues)):
        length = _walk_queue(state, queue)
        if isinstance(length, str):
            return length
        waiting = int(state.accounts[queue // CLASSES]["waiting"]) >> queue % CLASSES & 1
        if bool(length) != bool(waiting):
            return f"queue {queue} has {length} orders, its account says otherwise"
        queued += length
    if queued != state.counters[0]["queued"]:
        return f"{queued} orders are in queues, the counters say otherwise"
    return None


def _head_with_cover(state: State, _money: Money) -> str | None:
    for account in range(len(state.accounts)):
        row = state.accounts[account]
        waiting = int(row["waiting"])
        needed = int(NOT_WAITING)
        if waiting:
            payment_class = (waiting & -waiting).bit_length() - 1
            head = int(state.queues[account * CLASSES + payment_class]["first"])
            needed = int(state.places[head]["amount"])
        if needed != row["needed"]:
            return f"account {account} expects {row['needed']}, the head of its queue is {needed}"
        if int(row["balance"] + row["credit_line"]) >= needed:
            return f"account {account} has cover for the head of its queue, {needed}"
    return None


MONEY_CONSERVED: Final = Invariant("money is conserved in each currency", _money_created_or_lost)
FLOOR_KEPT: Final = Invariant("no account is below its floor", _account_below_floor)
QUEUES_SOUND: Final = Invariant("every queued order stands in one queue", _queue_out_of_order)
NOTHING_OVERLOOKED: Final = Invariant("the head of every queue lacks cover", _head_with_cover)

#: Cheap enough to check after every batch.
PRODUCTION_INVARIANTS: Final = (MONEY_CONSERVED, FLOOR_KEPT)
ALL_INVARIANTS: Final = (MONEY_CONSERVED, FLOOR_KEPT, QUEUES_SOUND, NOTHING_OVERLOOKED)


def check_invariants(invariants: Sequence[Invariant], state: State, money: Money) -> None:
    """Check each in turn.

    Raises:
        InvariantBroken: one does not hold.
    """
    for invariant in invariants:
        evidence = invariant.find_contradiction(state, money)
        if evidence is not None:
            raise InvariantBroken(invariant.name, evidence)
