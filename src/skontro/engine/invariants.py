"""Named invariants of the state, which can be checked at any time."""

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.earmark_invariants import earmark_out_of_place, earmarks_not_held
from skontro.engine.records import BLOCK_LENGTH, CLASS_BITS, CLASSES, NOT_WAITING, NOTHING, State
from skontro.engine.rules.position_limits import LOW_BITS
from skontro.model import (
    MAX_WAITING_PER_CURRENCY,
    MIN_WAITING_SHARES,
    SHARED_WAITING_PER_CURRENCY,
    InvariantBroken,
)


@attrs.frozen
class Invariant:
    """A statement about the state that no sequence of commands can make false.

    Attributes:
        name: short text.
        find_contradiction: gives the evidence of a violation, or None while it holds.
    """

    name: str
    find_contradiction: Callable[[State], str | None]


def _money_created_or_lost(state: State) -> str | None:
    # The bound on money per currency keeps every partial sum inside int64.
    accounts = state.accounts
    for position, expected in enumerate(state.currencies["money"].tolist()):
        found = int(accounts["balance"][accounts["currency"] == position].sum())
        if found != expected:
            return f"currency {position} holds {found} minor units, not {expected}"
    return None


def _account_below_floor(state: State) -> str | None:
    below = np.flatnonzero(state.accounts["balance"] < -state.accounts["credit_line"])
    if below.size:
        account = int(below[0])
        balance = int(state.accounts["balance"][account])
        floor = -int(state.accounts["credit_line"][account])
        return f"account {account} has {balance}, its floor is {floor}"
    return None


def _walk_queue(state: State, queue: int) -> int | str:
    """The number of orders in one queue, or the fault in its links."""
    slot, last = (int(end) for end in state.queues[queue].tolist())
    if slot == NOTHING:
        return 0
    if state.queue_slots[slot]["order"] == NOTHING:
        return f"queue {queue}: its head is a gap"
    count = 0
    for _ in range(len(state.queue_slots)):
        if not 0 <= slot < len(state.queue_slots) or state.blocks[slot // BLOCK_LENGTH][
            "queue"
        ] != (queue):
            return f"queue {queue}: slot {slot} is not part of it"
        count += int(state.queue_slots[slot]["order"] != NOTHING)
        if slot == last:
            return count
        slot += 1
        if slot % BLOCK_LENGTH == 0:
            slot = int(state.blocks[slot // BLOCK_LENGTH - 1]["next"]) * BLOCK_LENGTH
    return f"queue {queue}: it does not end"


def _queue_out_of_order(state: State) -> str | None:
    queued = 0
    for queue in range(len(state.queues)):
        length = _walk_queue(state, queue)
        if isinstance(length, str):
            return length
        waiting = int(state.accounts[queue // CLASSES]["flags"]) >> queue % CLASSES & 1
        if bool(length) != bool(waiting):
            return f"queue {queue} has {length} orders, its account says otherwise"
        queued += length
    if queued != state.counters[0]["queued"]:
        return f"{queued} orders are in queues, the counters say otherwise"
    return None


def _limit_broken(state: State) -> str | None:
    for name, limits in (("net-sender", state.controls), ("bilateral", state.limits)):
        # A limit set below its count is exceeded until the count has fallen to it.
        over = (limits["limit"] != NO_LIMIT) & (limits["count"] > limits["limit"])
        broken = np.flatnonzero(over & (limits["overrun"] == 0))
        if broken.size:
            limit, count = (int(limits[broken[0]][field]) for field in ("limit", "count"))
            return f"{name} limit number {broken[0]} is {limit}, its count is {count}"
    return None


def _claimed_but_not_posted(state: State) -> str | None:
    runs = state.runs[: state.counters[0]["runs_of_batch"]]
    wrong = np.flatnonzero(runs["value"] != runs["posted"])
    if wrong.size:
        run = runs[wrong[0]]
        return f"run {run['number']} claims {run['value']} and posted {run['posted']}"
    return None


def _waiting_value_wrong(state: State) -> str | None:
    waiting = [0] * len(state.accounts)
    for queue in range(len(state.queues)):
        waiting[queue // CLASSES] += sum(
            int(state.queue_slots[slot]["amount"]) for slot in _slots(state, queue)
        )
    held = state.held[: state.counters[0]["held_slots"]]
    for entry in held[held["order"] != NOTHING]:
        waiting[int(entry["payer"])] += int(entry["amount"])
    claimed = state.waiting.tolist()
    if waiting != claimed:
        return f"{waiting} waits by account, {claimed} is claimed"
    for position, currency in enumerate(state.currencies):
        values = [waiting[n] for n in np.flatnonzero(state.accounts["currency"] == position)]
        share = SHARED_WAITING_PER_CURRENCY // max(MIN_WAITING_SHARES, len(values))
        common = sum(max(0, value - share) for value in values)
        found, kept = (sum(values), share, common), currency[["waiting", "share", "common"]].item()
        if found != kept:
            return f"currency {position}: waiting, share and common part are {found}, not {kept}"
    return None


def _too_much_waiting(state: State) -> str | None:
    too_much = np.flatnonzero(state.currencies["waiting"] > MAX_WAITING_PER_CURRENCY)
    if too_much.size:
        waiting = int(state.currencies[too_much[0]]["waiting"])
        return f"currency {too_much[0]}: {waiting} minor units wait"
    return None


def _slots(state: State, queue: int) -> list[int]:
    """The slots of the orders of a queue that passed `_walk_queue`."""
    slot, last = (int(end) for end in state.queues[queue].tolist())
    slots = [] if slot == NOTHING else [slot]
    while slot not in (NOTHING, last):
        slot += 1
        if slot % BLOCK_LENGTH == 0:
            slot = int(state.blocks[slot // BLOCK_LENGTH - 1]["next"]) * BLOCK_LENGTH
        slots.append(slot)
    return [slot for slot in slots if state.queue_slots[slot]["order"] != NOTHING]


def _head_permitted(state: State) -> str | None:
    if state.rules[0]["in_runs_only"]:
        return None
    for account in range(len(state.accounts)):
        row, control = state.accounts[account], state.controls[account]
        waiting = int(row["flags"]) & CLASS_BITS
        if not waiting:
            if row["needed"] != NOT_WAITING:
                return f"account {account} has no queue and expects {row['needed']}"
            continue
        payment_class = (waiting & -waiting).bit_length() - 1
        head = state.queue_slots[state.queues[account * CLASSES + payment_class]["first"]]
        amount = int(head["amount"])
        reserved = (0, int(control["reserved_urgent"]), int(control["reserved_high"]))
        needed = amount + sum(reserved[: payment_class + 1])
        if row["needed"] > needed:
            return f"account {account} expects {row['needed']}, the head of its queue is {needed}"
        covered = int(row["balance"] + row["credit_line"]) >= needed
        if (
            covered
            and _has_room(state, account, int(head["payee"]), amount)
            and _counterleg_permitted(state, int(head["order"]))
        ):
            return f"account {account}: the head of its queue, {amount}, is permitted"
    return None


def _has_room(state: State, account: int, payee: int, amount: int) -> bool:
    pair = (state.limits["payer"] == account) & (state.limits["payee"] == payee)
    limits = [state.controls[account], *state.limits[pair]]
    return all(
        limit["limit"] == NO_LIMIT or amount <= max(0, int(limit["limit"] - limit["count"]))
        for limit in limits
    )


def _counterleg_permitted(state: State, number: int) -> bool:
    """Whether the order is not a leg, or its counterleg is a head and permitted on its own."""
    if number >= state.counters[0]["linked"] or state.counterlegs[number] == 0:
        return True
    slot = int(state.slot_of_order[int(state.counterlegs[number]) - 1]) - 1
    queue = int(state.blocks[slot // BLOCK_LENGTH]["queue"])
    account, payment_class = queue // CLASSES, queue % CLASSES
    row, control, leg = state.accounts[account], state.controls[account], state.queue_slots[slot]
    higher = int(row["flags"]) & ((1 << payment_class) - 1)
    reserved = (0, int(control["reserved_urgent"]), int(control["reserved_high"]))
    needed = int(leg["amount"]) + sum(reserved[: payment_class + 1])
    return (
        not higher
        and int(state.queues[queue]["first"]) == slot
        and int(row["balance"] + row["credit_line"]) >= needed
        and _has_room(state, account, int(leg["payee"]), int(leg["amount"]))
    )


def _pair_parted(state: State) -> str | None:
    linked = int(state.counters[0]["linked"])
    counterlegs = state.counterlegs[:linked].tolist()
    for number, one_more in enumerate(counterlegs):
        if one_more > 0 and counterlegs[one_more - 1] != number + 1:
            return f"order {number} of the day names {one_more - 1}, which does not name it"
        if one_more > number + 1 and _where(state, number) != _where(state, one_more - 1):
            return (
                f"order {number} of the day is {_where(state, number)}, its counterleg"
                f" {one_more - 1} is {_where(state, one_more - 1)}"
            )
    return None


def _where(state: State, number: int) -> str:
    slot = int(state.slot_of_order[number])
    if slot > 0 and state.queue_slots[slot - 1]["order"] == number:
        return "queued"
    order = number + int(state.counters[0]["first_order_of_day"])
    if slot < 0 and state.held[-1 - slot]["order"] == order:
        return "held"
    return "final"


def _position_limit_broken(state: State) -> str | None:
    """Evidence by Python's integers, which cannot overflow, unlike the kernels' integers."""
    rules = state.rules[0]
    if not rules["position_limits"]:
        return None
    limit = (int(rules["aggregate_high"]) << LOW_BITS) + int(rules["aggregate_low"])
    balances, currencies = (state.accounts[name].tolist() for name in ("balance", "currency"))
    prices, following = state.prices.tolist(), state.next_of_holder.tolist()
    seen: set[int] = set()
    for account in range(len(balances)):
        value, short, other = 0, 0, account
        while other not in seen:
            seen.add(other)
            plain, positive, negative = prices[currencies[other]]
            balance = balances[other]
            value += balance * (positive if balance >= 0 else negative)
            short += max(0, -balance) * plain
            other = following[other]
        if value < 0 or short > limit:
            return f"the holder of account {account} is short of {short}, its value is {value}"
    return None


MONEY_CONSERVED: Final = Invariant("money is conserved in each currency", _money_created_or_lost)
FLOOR_KEPT: Final = Invariant("no account is below its floor", _account_below_floor)
QUEUES_SOUND: Final = Invariant("every queued order is in one queue", _queue_out_of_order)
LIMITS_KEPT: Final = Invariant("no limit is broken", _limit_broken)
CLAIMED_IS_POSTED: Final = Invariant(
    "figures claimed equal figures posted", _claimed_but_not_posted
)
WAITING_COUNTED: Final = Invariant("the value that waits is counted", _waiting_value_wrong)
WAITING_BOUNDED: Final = Invariant("no more waits than sums can carry", _too_much_waiting)
NOTHING_OVERLOOKED: Final = Invariant("no head of a queue is permitted", _head_permitted)

PAIRS_TOGETHER: Final = Invariant("linked legs have the same fate", _pair_parted)
POSITION_LIMITS_KEPT: Final = Invariant(
    "every participant keeps its position limits", _position_limit_broken
)

EARMARKS_HELD: Final = Invariant("earmark accounts hold what is earmarked", earmarks_not_held)
EARMARKS_SOUND: Final = Invariant("an earmarked order does not wait", earmark_out_of_place)

#: Cheap enough to check after every batch.
PRODUCTION_INVARIANTS: Final = (
    MONEY_CONSERVED,
    FLOOR_KEPT,
    LIMITS_KEPT,
    CLAIMED_IS_POSTED,
    WAITING_BOUNDED,
    POSITION_LIMITS_KEPT,
    EARMARKS_HELD,
)
ALL_INVARIANTS: Final = (
    *PRODUCTION_INVARIANTS,
    QUEUES_SOUND,
    PAIRS_TOGETHER,
    EARMARKS_SOUND,
    WAITING_COUNTED,
    NOTHING_OVERLOOKED,
)


def check_invariants(invariants: Sequence[Invariant], state: State) -> None:
    """Check each in turn.

    Raises:
        InvariantBroken: one does not hold.
    """
    for invariant in invariants:
        evidence = invariant.find_contradiction(state)
        if evidence is not None:
            raise InvariantBroken(invariant.name, evidence)
