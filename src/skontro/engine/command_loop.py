"""The loop that applies a batch of commands, one by one, to the state."""

from skontro.engine.command_columns import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    Columns,
    CommandKind,
    Int8s,
    Int64s,
)
from skontro.engine.constants import (
    EARMARK_ACCOUNT,
    NO_REASON,
    REJECTED_EVENT,
    SETTLED_EVENT,
    SUBMIT,
    SUBMIT_LEG,
    SUBMIT_LINKED,
    WAITING_VALUE_TOO_LARGE,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, kernel, numba_inline
from skontro.engine.records import CLASSES, CONTROLLED, NOTHING, WHEN_QUEUED, Records, State
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.entry import NEW, enter, is_special
from skontro.engine.rules.gross import (
    has_cover,
    hold,
    may_release,
    may_settle_at_once,
    move_money,
    settle_released,
    wait_for_cover,
)
from skontro.engine.rules.links import submit_linked
from skontro.engine.rules.pvp import submit_leg
from skontro.engine.rules.queue_bounds import may_wait, start_waiting
from skontro.engine.rules.requests import apply_request, fire_timers
from skontro.engine.rules.validation import concerns_earmarks, reason_to_reject
from skontro.engine.structures.order_lookup import Order
from skontro.model import MAX_AMOUNT

_LAST_KIND = int(max(CommandKind))


@kernel
def first_unusable(kind: Int8s, time: Int64s, not_before: int) -> int:
    """Row of the first command of unknown kind or out of order in time, or NOTHING."""
    # A first pass without early exit, so that it is vectorised.
    unusable = len(time) > 0 and time[0] < not_before
    for i in range(1, len(time)):
        unusable |= time[i] < time[i - 1]
    for i in range(len(kind)):
        unusable |= (kind[i] < SUBMIT) | (kind[i] > _LAST_KIND)
    if not unusable:
        return NOTHING
    row = 0
    while time[row] >= not_before and SUBMIT <= kind[row] <= _LAST_KIND:
        not_before = time[row]
        row += 1
    return row


@numba_inline
def _submit(state: State, order: Order, time: int) -> int:
    """Reject, settle, hold or queue a new order, by all rules.

    Returns:
        The account whose queue may now have an order to release, or NOTHING.
    """
    accounts, counters = state.accounts, state.counters
    payer, amount = order.payer, order.amount
    reason = reason_to_reject(accounts, counters, order, time)
    if reason == NO_REASON and concerns_earmarks(accounts, payer, order.payee):
        reason = EARMARK_ACCOUNT
    if reason == NO_REASON and order.earliest <= time:
        if is_special(state, payer, order.payee):
            enter(state, order, time, NEW)
            return NOTHING
        if may_settle_at_once(accounts, payer, amount, order.payment_class):
            move_money(accounts, payer, order.payee, amount)
            log_event(state, order.number, time, SETTLED_EVENT, NO_REASON)
            return order.payee
    if reason == NO_REASON and not may_wait(state, payer, amount):
        reason = WAITING_VALUE_TOO_LARGE
    if reason != NO_REASON:
        log_event(state, order.number, time, REJECTED_EVENT, reason)
        return NOTHING
    start_waiting(state, payer, amount)
    if order.earliest > time:
        hold(state, order, time)
    else:
        wait_for_cover(state, order, time)
    return NOTHING


@numba_inline
def _settles_plainly(
    accounts: Records, payer: int, payee: int, amount: int, payment_class: int
) -> bool:
    """Whether a new order without times settles at once, without further effects.

    The first part uses `&` instead of `and`: a branch for each test costs more than the tests.
    """
    return bool(
        (payment_class >= 0)
        & (payment_class < CLASSES)
        & (amount > 0)
        & (amount <= MAX_AMOUNT)
        & (payer >= 0)
        & (payer < len(accounts))
        & (payee >= 0)
        & (payee < len(accounts))
        & (payer != payee)
        and accounts[payer]["currency"] == accounts[payee]["currency"]
        and accounts[payee]["flags"] & CONTROLLED == 0
        and may_settle_at_once(accounts, payer, amount, payment_class)
        and not has_cover(accounts, payee, accounts[payee]["needed"] - amount)
    )


@numba_inline
def _settle_run(columns: Columns, state: State, row: int) -> int:
    """Settle the commands from this row on, as long as they are orders that settle plainly.

    A fast path: `_apply_one`, which has all rules, gives the same result more slowly.

    Returns:
        The first row left to do.
    """
    accounts, events, counter = state.accounts, state.events, state.counters[0]
    untimed = len(columns.earliest) == 0 and len(columns.latest) == 0
    plain = untimed and counter["day_open"] != 0 and state.rules[0]["in_runs_only"] == 0
    until = counter["next_due"] if plain else ANY_TIME_BEFORE
    # Unsigned, so that indexing need not test for negative rows.
    row, index, order = max(0, row), max(0, counter["events"]), counter["orders"]
    while row < len(columns.kind):
        time, amount = columns.time[row], columns.amount[row]
        payer, payee = columns.payer[row], columns.payee[row]
        if not (
            columns.kind[row] == SUBMIT
            and time < until
            and _settles_plainly(accounts, payer, payee, amount, columns.payment_class[row])
        ):
            break
        move_money(accounts, payer, payee, amount)
        event = events[index]
        event["order"] = order
        event["time"] = time
        event["kind"] = SETTLED_EVENT
        event["reason"] = NO_REASON
        order += 1
        index += 1
        row += 1
    counter["orders"], counter["events"] = order, index
    return row


@numba_inline
def _new_order(columns: Columns, state: State, row: int) -> Order:
    """The order that is submitted in this row, with the next number."""
    number = state.counters[0]["orders"]
    state.counters[0]["orders"] = number + 1
    return Order(
        number,
        as_int64(columns.payer[row]),
        as_int64(columns.payee[row]),
        columns.amount[row],
        as_int64(columns.payment_class[row]),
        columns.earliest[row] if len(columns.earliest) else ANY_TIME_BEFORE,
        columns.latest[row] if len(columns.latest) else ANY_TIME_AFTER,
    )


@numba_inline
def _apply_one(columns: Columns, state: State, row: int) -> None:
    """Apply the command in this row, of any kind, after the timers due before it."""
    time, kind = columns.time[row], as_int64(columns.kind[row])
    if kind == SUBMIT:
        credited = _submit(state, _new_order(columns, state, row), time)
        if credited != NOTHING and may_release(state.accounts, credited):
            settle_released(state, credited, time)
        return
    order = columns.order[row] if len(columns.order) else NOTHING
    if kind == SUBMIT_LEG:
        submit_leg(state, _new_order(columns, state, row), order, time)
    elif kind == SUBMIT_LINKED:
        submit_linked(state, _new_order(columns, state, row), time)
    else:
        request = Request(
            kind,
            time,
            order,
            as_int64(columns.payer[row]),
            as_int64(columns.payee[row]),
            columns.amount[row],
            as_int64(columns.payment_class[row]),
            columns.latest[row] if len(columns.latest) else ANY_TIME_AFTER,
            columns.earliest[row] if len(columns.earliest) else ANY_TIME_BEFORE,
        )
        apply_request(state, request)


@kernel
def apply_columns(columns: Columns, state: State, row: int) -> int:
    """Apply the commands from this row on, in turn, until one requests a run over all queues.

    Rules R26, R44, R45.

    The caller has checked that times never fall, and has ensured capacity for all queue slots,
    timers and events of this batch.

    Returns:
        The first row left to do. The counter `asked` has the requested run, and `asked_at` its
        timestamp.
    """
    counters = state.counters[0]
    counters["asked"] = NOTHING
    counters["asked_at"] = 0
    while True:
        row = _settle_run(columns, state, row)
        if row == len(columns.kind):
            break
        if counters["next_due"] <= columns.time[row]:
            fire_timers(state, columns.time[row])
            if counters["asked"] != NOTHING:  # the command follows that run
                break
        _apply_one(columns, state, row)
        if counters["asked"] == NOTHING and counters["joined"] >= state.rules[0]["when_queued"]:
            counters["asked"] = WHEN_QUEUED
        row += 1
        if counters["asked"] != NOTHING:
            counters["asked_at"] = columns.time[row - 1]
            break
    return row
