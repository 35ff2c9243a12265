"""Runs over all queues: call an algorithm, settle its result, record the run."""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.constants import (
    NO_REASON,
    OFFSETTING_RAN_EVENT,
    REQUEST_REFUSED_EVENT,
    SELECTION_NOT_PERMITTED,
    SETTLED_EVENT,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, kernel
from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.bilateral_pass import bilateral_pass
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.queue_snapshot import Int8s, Int32s, Int64s, QueueSnapshot
from skontro.engine.offsetting.selection import may_settle_together
from skontro.engine.offsetting.within_position_limits import within_position_limits
from skontro.engine.records import (
    BLOCK_LENGTH,
    CLASSES,
    NOTHING,
    SETTLE_SELECTED,
    UNLIMITED,
    WHEN_QUEUED,
    Records,
    State,
)
from skontro.engine.rules.gross import release
from skontro.engine.rules.limits_and_reservations import TOGETHER, find_limit, post
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.queue import head_of_queue, leave_queue, next_slot
from skontro.model import Algorithm, ReasonCode

#: The reason code of orders settled by an algorithm is this plus its number.
REASON_OF_ALGORITHM: Final = int(ReasonCode.OFFSET_ON_ENTRY) - int(Algorithm.BILATERAL_ON_ENTRY)


@attrs.frozen(eq=False)
class _Look:
    """A snapshot of the queues, and the queue slot of each of its orders."""

    snapshot: QueueSnapshot
    slots: Int32s


def run_algorithm(state: State, algorithm: Algorithm, time: int) -> None:
    """Run one of the algorithms that the engine knows by itself over all queues (R19, R25)."""
    look = _look_at(state)
    if algorithm == Algorithm.BILATERAL_PASS:
        rows = bilateral_pass(look.snapshot)
    elif algorithm == Algorithm.WITHIN_POSITION_LIMITS:
        rows = within_position_limits(
            look.snapshot, state.accounts, state.next_of_holder, state.prices, state.rules
        )
    elif algorithm == Algorithm.ALL_OR_NOTHING:
        rows = np.flatnonzero(all_or_nothing(look.snapshot).selected(look.snapshot))
    else:
        rows = np.flatnonzero(greatest_fifo_set(look.snapshot).selected(look.snapshot))
    currencies = np.unique(look.snapshot.currency[look.snapshot.payer])
    _settle(state, look, rows, algorithm, currencies, time)


def settle_selected(state: State, time: int) -> None:
    """Settle the selected orders together if they are queued and permitted, else none of them.

    Rules R24, R25.

    If none was selected, nothing settles, and the run leaves its records like any other.
    """
    look = _look_at(state)
    numbers = np.unique(state.selected[: state.counters[0]["selected"]])
    state.counters[0]["selected"] = 0
    selected = np.isin(look.snapshot.order, numbers)
    rows = np.flatnonzero(selected)
    permitted = len(rows) == len(numbers) and may_settle_together(look.snapshot, selected)
    if not permitted:
        _report(state, NOTHING, time, REQUEST_REFUSED_EVENT, SELECTION_NOT_PERMITTED)
        return
    currencies = np.unique(look.snapshot.currency[look.snapshot.payer])
    _settle(state, look, rows, Algorithm.MAXIMUM_VALUE, currencies, time)


def run_as_asked(state: State, asked: int, when_queued: Algorithm | None, time: int) -> None:
    """Carry out the requested run over all queues, and another if the queues have grown (R26).

    Args:
        asked: an `Algorithm`, SETTLE_SELECTED, or WHEN_QUEUED.
        when_queued: the algorithm that the rulebook runs where queues have grown.
    """
    counters = state.counters[0]
    if asked == SETTLE_SELECTED:
        settle_selected(state, time)
    elif asked != WHEN_QUEUED:
        run_algorithm(state, Algorithm(asked), time)
    if when_queued is not None and counters["joined"] >= state.rules[0]["when_queued"]:
        counters["joined"] = 0
        run_algorithm(state, when_queued, time)


def queue_snapshot(state: State) -> QueueSnapshot:
    """The current queues (R19)."""
    return _look_at(state).snapshot


def _settle(
    state: State, look: _Look, rows: Int64s, algorithm: Algorithm, currencies: Int32s, time: int
) -> None:
    """Post the rows of the snapshot together, record the run, and release the accounts touched."""
    snapshot = look.snapshot
    before = state.accounts["balance"].copy()
    posted = np.zeros(len(state.currencies), np.int64)
    _post_together(state, look.slots[rows], time, REASON_OF_ALGORITHM + int(algorithm), posted)
    _note_kept_limits(state)
    change = state.accounts["balance"] - before
    for currency in currencies.tolist():
        settled = rows[snapshot.currency[snapshot.payer[rows]] == currency]
        value = int(snapshot.amount[settled].sum())
        moved = change[snapshot.currency == currency]
        _record(
            state,
            time=time,
            algorithm=int(algorithm),
            currency=currency,
            considered=int((snapshot.currency[snapshot.payer] == currency).sum()),
            settled=len(settled),
            value=value,
            posted=int(posted[currency]),
            freed=value - int(moved[moved > 0].sum()),
        )
    touched = np.zeros(len(change), np.bool_)
    touched[snapshot.payer[rows]] = True
    touched[snapshot.payee[rows]] = True
    _release_each(state, np.flatnonzero(touched), time)


def _record(state: State, *, time: int, **figures: int) -> None:
    counters = state.counters[0]
    run = state.runs[counters["runs_of_batch"]]
    run["number"], run["time"] = counters["runs"], time
    for name, figure in figures.items():
        run[name] = figure
    _report(state, int(counters["runs"]), time, OFFSETTING_RAN_EVENT, NO_REASON)
    counters["runs"] += 1
    counters["runs_of_batch"] += 1


def _note_kept_limits(state: State) -> None:
    """Limits that were overrun and are kept again must be kept from now on."""
    for limits in (state.controls, state.limits):
        limits["overrun"][limits["count"] <= limits["limit"]] = 0


def _look_at(state: State) -> _Look:
    """All current queues, and the remainders of all bounds of settlement."""
    orders, accounts = int(state.counters[0]["queued"]), len(state.accounts)
    slots = np.empty(orders, np.int32)
    payment_class = np.empty(orders, np.int8)
    limit = np.empty(orders, np.int32)
    opposite = np.empty(orders, np.int32)
    first = np.empty(accounts + 1, np.int64)
    _copy_queues(state, first, slots, payment_class, limit, opposite)
    entries = state.queue_slots[slots]
    table, controls = state.accounts, state.controls
    snapshot = QueueSnapshot(
        first=first,
        payee=entries["payee"].copy(),
        amount=entries["amount"].copy(),
        payment_class=payment_class,
        order=entries["order"] + int(state.counters[0]["first_order_of_day"]),
        limit=limit,
        opposite=opposite,
        counterleg=_counterlegs(state, entries["order"]),
        cover=table["balance"] + table["credit_line"],
        currency=table["currency"].copy(),
        reserved=np.stack([controls["reserved_urgent"], controls["reserved_high"]], axis=1),
        net_left=_left(controls),
        pair_left=_left(state.limits),
    )
    return _Look(snapshot, slots)


def _counterlegs(state: State, numbers: Int32s) -> Int32s:
    """The row of each order's counterleg, or NOTHING; the numbers count since the day opened."""
    linked = int(state.counters[0]["linked"])
    rows = np.full(len(numbers), NOTHING, np.int32)
    candidates = np.flatnonzero(numbers < linked)
    row_of_number = np.full(linked, NOTHING, np.int32)
    row_of_number[numbers[candidates]] = candidates
    counterleg = state.counterlegs[numbers[candidates]] - 1
    legs = counterleg != NOTHING
    rows[candidates[legs]] = row_of_number[counterleg[legs]]
    return rows


def _left(limits: Records) -> npt.NDArray[np.int64]:
    left: npt.NDArray[np.int64] = np.where(
        limits["limit"] == NO_LIMIT, UNLIMITED, limits["limit"] - limits["count"]
    )
    return left


@kernel
def _copy_queues(
    state: State, first: Int64s, slots: Int32s, payment_class: Int8s, limit: Int32s,
    opposite: Int32s,
) -> None:  # fmt: skip
    """Each account's queued orders, class by class, first in first out."""
    row = 0
    for queue in range(len(state.queues)):
        account = queue // CLASSES
        if queue % CLASSES == 0:
            first[account] = row
        slot, last = state.queues[queue]["first"], state.queues[queue]["last"]
        while slot != NOTHING:
            if state.queue_slots[slot]["order"] != NOTHING:
                payee = as_int64(state.queue_slots[slot]["payee"])
                slots[row] = slot
                payment_class[row] = queue % CLASSES
                limit[row] = find_limit(state, account, payee)
                opposite[row] = find_limit(state, payee, account)
                row += 1
            slot = next_slot(state, slot) if slot != last else NOTHING
    first[len(first) - 1] = row


@kernel
def _post_together(state: State, slots: Int32s, time: int, reason: int, posted: Int64s) -> None:
    """Settle the orders at these slots; `posted` counts the value by currency."""
    for slot in slots:
        queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
        payer, payment_class = queue // CLASSES, queue % CLASSES
        order = state.counters[0]["first_order_of_day"] + as_int64(state.queue_slots[slot]["order"])
        amount, payee = (
            state.queue_slots[slot]["amount"],
            as_int64(state.queue_slots[slot]["payee"]),
        )
        leave_queue(state, slot)
        stop_waiting(state, payer, amount)
        post(state, payer, payee, amount, payment_class, TOGETHER)
        posted[state.accounts[payer]["currency"]] += amount
        log_event(state, order, time, SETTLED_EVENT, reason)


@kernel
def _release_each(state: State, accounts: Int64s, time: int) -> None:
    for account in accounts:
        if head_of_queue(state, account) != NOTHING:
            release(state, account, time)


@kernel
def _report(state: State, number: int, time: int, kind: int, reason: int) -> None:
    log_event(state, number, time, kind, reason)
