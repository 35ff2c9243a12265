"""What must always hold, as named objects that can be checked at any moment."""

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine.layout import CLASSES, HELD, NOTHING, QUEUED, State
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


def _walk_queue(state: State, account: int, payment_class: int) -> list[int] | str:
    """Slots of one queue from first to last, or what is wrong with its links."""
    slots: list[int] = []
    slot = int(state.accounts[account]["first"][payment_class])
    while slot != NOTHING:
        live = state.live[slot]
        before = slots[-1] if slots else NOTHING
        if (
            live["phase"] != QUEUED
            or live["payer"] != account
            or live["payment_class"] != payment_class
            or live["previous"] != before
            or len(slots) > len(state.live)
        ):
            return f"account {account}, class {payment_class}: slot {slot} is out of place"
        slots.append(slot)
        slot = int(live["next"])
    if (slots[-1] if slots else NOTHING) != state.accounts[account]["last"][payment_class] or bool(
        slots
    ) != bool(state.accounts[account]["waiting"] & (1 << payment_class)):
        return f"account {account}, class {payment_class}: the ends of the queue are wrong"
    return slots


def _queue_out_of_order(state: State, _money: Money) -> str | None:
    queued = 0
    for account in range(len(state.accounts)):
        for payment_class in range(CLASSES):
            slots = _walk_queue(state, account, payment_class)
            if isinstance(slots, str):
                return slots
            queued += len(slots)
    held = int((state.live["phase"][: state.counters[0]["slots"]] == HELD).sum())
    if queued != state.counters[0]["queued"] or queued + held != state.counters[0]["live"]:
        return f"{queued} orders are in queues and {held} held, the counters say otherwise"
    return None


def _head_with_cover(state: State, _money: Money) -> str | None:
    for account in np.flatnonzero(state.accounts["waiting"]):
        row = state.accounts[account]
        waiting = int(row["waiting"])
        head = state.live[row["first"][(waiting & -waiting).bit_length() - 1]]
        cover = int(row["balance"] + row["credit_line"])
        if head["amount"] != row["needed"]:
            return f"account {account} expects {row['needed']} for order {head['order']}"
        if cover >= head["amount"]:
            return f"account {account} has cover {cover} for order {head['order']}"
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
