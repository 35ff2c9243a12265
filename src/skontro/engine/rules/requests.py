"""Requests and timers: commands that submit no order, and orders that become due."""

from skontro.engine.constants import (
    ALL_OR_NOTHING_ALGORITHM,
    BILATERAL_PASS_ALGORITHM,
    CANCEL,
    CHANGE_CLASS,
    CHANGE_TIMES,
    CLOSE_DAY,
    COMPLETE,
    EARMARK,
    MOVE_TO_END,
    MOVE_TO_FRONT,
    NO_REASON,
    NOT_UNDER_POSITION_LIMITS,
    OFFSET,
    OPEN_DAY,
    PERMIT,
    RELEASE,
    REQUEST_REFUSED_EVENT,
    RETURNED_AT_LATEST_TIME,
    RETURNED_EVENT,
    SELECT,
    SET_CREDIT_LINE,
    TRANSFER_OUT,
    UNKNOWN_ALGORITHM,
    WITHIN_POSITION_LIMITS_ALGORITHM,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import (
    AWAITED,
    EXPIRES,
    NOTHING,
    SET_ASIDE,
    SETTLE_SELECTED,
    WHEN_QUEUED,
    State,
)
from skontro.engine.rules.account_requests import Request, apply_to_account
from skontro.engine.rules.business_day import close_day, open_day
from skontro.engine.rules.entry import enter_held
from skontro.engine.rules.legs_together import apply_to_legs_together, concerns_several
from skontro.engine.rules.links import apply_to_linked
from skontro.engine.rules.order_requests import apply_to_order, withdraw
from skontro.engine.rules.pvp import enter_pair
from skontro.engine.rules.time_requests import change_times
from skontro.engine.structures.order_lookup import (
    counterleg_of,
    held_slot_of,
    queue_slot_of,
)
from skontro.engine.structures.timer_heap import drop_first_timer


@internal_kernel
def _return_late(state: State, order: int, time: int) -> None:
    """Return an order whose latest time has passed; of a pair the first leg first."""
    counterleg = counterleg_of(state, order)
    if 0 <= counterleg < order:
        order = counterleg
    reason = as_int64(RETURNED_AT_LATEST_TIME)
    withdraw(state, order, time, as_int64(RETURNED_EVENT), reason, reason)


@internal_kernel
def fire_timers(state: State, time: int) -> None:
    """Do everything that has become due up to this time, each at its time.

    Rules R26, R36, R44, R51.

    Stops when enough orders have joined queues for a run under the rulebook, and asks
    for it at that time: when a run takes place does not depend on when the next command comes.
    """
    while state.counters[0]["next_due"] <= time:
        due = state.timers[0]["due"]
        order = state.timers[0]["order"]
        what = state.timers[0]["what"]
        drop_first_timer(state.timers, state.counters)
        held_slot = held_slot_of(state, order)
        counterleg = counterleg_of(state, order)
        if what == EXPIRES:
            awaits = held_slot != NOTHING and counterleg in (AWAITED, SET_ASIDE)
            if awaits or queue_slot_of(state, order) != NOTHING:
                _return_late(state, order, due)
        elif held_slot != NOTHING and counterleg >= 0:
            enter_pair(state, held_slot, held_slot_of(state, counterleg), due)
        elif held_slot != NOTHING:
            enter_held(state, held_slot, due)
        if state.counters[0]["joined"] >= state.rules[0]["when_queued"]:
            state.counters[0]["asked"] = WHEN_QUEUED
            state.counters[0]["asked_at"] = due
            break


@llvm_inline
def _ask_for_run(state: State, kind: int, time: int, algorithm: int) -> None:
    """Ask the caller of the kernels for a run over all queues, if there is such a run."""
    limited = state.rules[0]["position_limits"] != 0
    reason: int = NO_REASON
    asked = algorithm if kind == OFFSET else SETTLE_SELECTED
    if kind == OFFSET and not (
        ALL_OR_NOTHING_ALGORITHM <= algorithm <= BILATERAL_PASS_ALGORITHM
        or (limited and algorithm == WITHIN_POSITION_LIMITS_ALGORITHM)
    ):
        reason = UNKNOWN_ALGORITHM
    elif limited and asked != WITHIN_POSITION_LIMITS_ALGORITHM:
        reason = NOT_UNDER_POSITION_LIMITS
    if reason == NO_REASON:
        state.counters[0]["asked"] = asked
    else:
        log_event(state, NOTHING, time, REQUEST_REFUSED_EVENT, reason)


@internal_kernel
def apply_request(state: State, request: Request) -> None:
    """Apply a command that is not the submission of an order (R26, R43, R46)."""
    kind, time = request.kind, request.time
    if kind in (CANCEL, CHANGE_CLASS, MOVE_TO_FRONT, MOVE_TO_END, SELECT):
        apply_to_order(state, request)
    elif kind == CHANGE_TIMES:
        change_times(state, request)
    elif kind == OPEN_DAY:
        open_day(state, time)
    elif kind == CLOSE_DAY:
        close_day(state, time)
    elif kind in (PERMIT, EARMARK) and concerns_several(state, request.amount):
        apply_to_legs_together(state, request)
    elif kind in (PERMIT, EARMARK, COMPLETE, RELEASE):
        apply_to_linked(state, request)
    elif SET_CREDIT_LINE <= kind <= TRANSFER_OUT:
        apply_to_account(state, request)
    else:
        _ask_for_run(state, kind, time, request.amount)
