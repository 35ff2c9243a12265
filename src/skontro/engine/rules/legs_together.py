"""Legs of one link that are permitted or earmarked together: all of them or none.

Problem. A link may have several legs in one system, such as the net payments of a netting cycle.
One of them alone must neither settle nor lock money.

Method. The requests come one by one, and each says how many follow. They are noted until the last.
Then all legs are checked with what their payers need for all of them, before any money moves.
"""

from skontro.engine.command_columns import Int64s
from skontro.engine.constants import (
    BYPASSED_FIFO,
    DAY_NOT_OPEN,
    EARMARK,
    LEG_NOT_READY,
    NO_REASON,
    REQUEST_REFUSED_EVENT,
    SETTLED_EVENT,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, kernel, llvm_inline
from skontro.engine.records import CLASSES, NOTHING, Records, State
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.gross import count_bypass, release
from skontro.engine.rules.limits_and_reservations import BY_ITSELF, post
from skontro.engine.rules.links import (
    Burden,
    obstacle_to_entry,
    post_earmark,
    reason_in_the_leg,
    reason_in_the_request,
    take_leg,
)
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.order_lookup import Order, held_order, held_slot_of


@llvm_inline
def concerns_several(state: State, amount: int) -> bool:
    """Whether a request about a leg has others to follow it, or follows others (R58)."""
    return bool(amount > 0 or state.counters[0]["together"] > 0)


@llvm_inline
def note_leg(state: State, order: int, account: int) -> None:
    """Note a leg until the last of those with it is named (R58)."""
    entry = state.together[state.counters[0]["together"]]
    entry["order"] = order
    entry["account"] = account
    state.counters[0]["together"] += 1


@internal_kernel
def _burden(state: State, legs: Records, count: int, leg: Order) -> Burden:
    """The needs of this leg and the others of its payer."""
    paid, to_payee, places = 0, 0, 0
    for at in range(count):
        other = held_order(state, held_slot_of(state, as_int64(legs[at]["order"])))
        if other.payer == leg.payer:
            paid += other.amount
            if other.payee == leg.payee:
                to_payee += other.amount
            if other.payment_class == leg.payment_class:
                places += 1
    return Burden(paid, to_payee, places)


@llvm_inline
def _is_named_before(legs: Records, at: int) -> bool:
    named = False
    for other in range(at):
        named |= legs[other]["order"] == legs[at]["order"]
    return bool(named)


@internal_kernel
def _first_not_ready(state: State, legs: Records, count: int, time: int) -> tuple[int, int]:
    """The first leg that is not ready together with the others, and the reason, or none.

    Each order must be a leg that is set aside.
    """
    for at in range(count):
        leg = held_order(state, held_slot_of(state, as_int64(legs[at]["order"])))
        burden = _burden(state, legs, count, leg)
        reason = as_int64(obstacle_to_entry(state, leg, burden, time))
        if reason != NO_REASON:
            return leg.number, reason
    return as_int64(NOTHING), as_int64(NO_REASON)


@internal_kernel
def _first_refused(state: State, request: Request, count: int) -> tuple[int, int]:
    """The first noted leg that may not be permitted or earmarked, and the reason, or none."""
    legs = state.together
    for at in range(count):
        order, account = as_int64(legs[at]["order"]), as_int64(legs[at]["account"])
        about_leg = Request(
            request.kind,
            request.time,
            order,
            request.account,
            account,
            request.amount,
            request.payment_class,
            request.latest,
            request.earliest,
        )
        reason = as_int64(reason_in_the_request(state, about_leg))
        if state.counters[0]["day_open"] == 0:
            reason = as_int64(DAY_NOT_OPEN)
        elif reason == NO_REASON and _is_named_before(legs, at):
            reason = as_int64(LEG_NOT_READY)
        if reason != NO_REASON:
            return order, reason
    return _first_not_ready(state, legs, count, request.time)


@internal_kernel
def _settle_leg(state: State, order: int, time: int) -> int:
    """Settle a leg that is ready; its payee."""
    leg = take_leg(state, order)
    payer, payment_class = leg.payer, leg.payment_class
    bypasses = state.accounts[payer]["flags"] & 1 << payment_class
    stop_waiting(state, payer, leg.amount)
    post(state, payer, leg.payee, leg.amount, payment_class, BY_ITSELF)
    log_event(state, order, time, SETTLED_EVENT, BYPASSED_FIFO if bypasses else NO_REASON)
    if bypasses:
        count_bypass(state, payer * CLASSES + payment_class)
    return leg.payee


@internal_kernel
def apply_to_legs_together(state: State, request: Request) -> None:
    """Note a leg, or permit or earmark all that are noted with the last one (R58)."""
    kind, time, legs = request.kind, request.time, state.together
    note_leg(state, request.order, request.other if kind == EARMARK else as_int64(NOTHING))
    if request.amount > 0:
        return
    count = as_int64(state.counters[0]["together"])
    state.counters[0]["together"] = 0
    order, reason = _first_refused(state, request, count)
    if reason != NO_REASON:
        log_event(state, order, time, REQUEST_REFUSED_EVENT, reason)
    elif kind == EARMARK:
        for at in range(count):
            post_earmark(state, as_int64(legs[at]["order"]), as_int64(legs[at]["account"]), time)
    else:
        for at in range(count):
            # From here on the field has the payee, to be released.
            legs[at]["account"] = _settle_leg(state, as_int64(legs[at]["order"]), time)
        for at in range(count):
            release(state, as_int64(legs[at]["account"]), time)


@kernel
def legs_readiness(state: State, legs: Records, time: int) -> int:
    """Why legs that are set aside would not settle together now if they entered, or none.

    Rules R52, R57, R58.

    Args:
        legs: `LEG_TOGETHER` records; only the orders count.
    """
    if state.counters[0]["day_open"] == 0:
        return as_int64(DAY_NOT_OPEN)
    for at in range(len(legs)):
        reason = as_int64(reason_in_the_leg(state, as_int64(legs[at]["order"])))
        if reason == NO_REASON and _is_named_before(legs, at):
            reason = as_int64(LEG_NOT_READY)
        if reason != NO_REASON:
            return reason
    _, reason = _first_not_ready(state, legs, as_int64(len(legs)), time)
    return reason


@kernel
def readiness_of_each(state: State, legs: Records, counts: Int64s, time: int) -> None:
    """The `legs_readiness` of several links, in the place of their counts of legs (R58).

    Args:
        legs: `LEG_TOGETHER` records of all links, one link after the other.
        counts: legs of each link; replaced by the reason, or none.
    """
    first = 0
    for link in range(len(counts)):
        last = first + counts[link]
        counts[link] = legs_readiness(state, legs[first:last], time)
        first = last
