"""Evidence of each invariant: a state damaged in one place, and the nearest one that is sound."""

from collections.abc import Callable

import pytest

from skontro.engine import (
    Commands,
    Engine,
    join,
    offset,
    open_day,
    set_bilateral_limit,
    set_net_sender_limit,
    submit,
    submit_leg,
)
from skontro.engine.invariants import (
    CLAIMED_IS_POSTED,
    FLOOR_KEPT,
    LIMITS_KEPT,
    MONEY_CONSERVED,
    NOTHING_OVERLOOKED,
    PAIRS_TOGETHER,
    QUEUES_SOUND,
    WAITING_BOUNDED,
    WAITING_COUNTED,
    Invariant,
)
from skontro.engine.records import NOTHING, State
from skontro.model import MAX_WAITING_PER_CURRENCY, Algorithm, SettlementAccount, find_currency
from tests.engine.days import bic

Damage = Callable[[State], None]


def set_to(array: str, number: int, field: str, value: int) -> Damage:
    def damage(state: State) -> None:
        getattr(state, array)[number][field] = value

    return damage


def both(*damages: Damage) -> Damage:
    def damage(state: State) -> None:
        for one in damages:
            one(state)

    return damage


def waiting(number: int, value: int) -> Damage:
    def damage(state: State) -> None:
        state.waiting[number] = value

    return damage


def in_limits(field: str, value: int) -> Damage:
    def damage(state: State) -> None:
        state.limits[field][state.limits["payer"] != NOTHING] = value

    return damage


def waits(payer: int, payee: int, amount: int, payment_class: int = 2) -> Commands:
    return submit([1], [payer], [payee], [amount], [payment_class])


def usual() -> State:
    """Twenty orders of 40 in two blocks, one high order of 9, a held one of 7, and two limits."""
    tenge = find_currency("KZT")
    engine = Engine([SettlementAccount(bic(i), tenge, b) for i, b in enumerate((10, 0, 60, 5))])
    held = submit([1], [2], [1], [7], [2], earliest=[90])
    limits = [set_net_sender_limit(1, 2, 30), set_bilateral_limit(1, 2, 1, 50)]
    queued = [*[waits(0, 1, 40)] * 20, waits(3, 0, 9, 1)]
    engine.apply(join([open_day(0), *limits, *queued, held, offset(1, Algorithm.ALL_OR_NOTHING)]))
    engine.check()
    return engine._state


BALANCE, QUEUE, BLOCK = "balance", "queues", "blocks"
#: What is damaged, which invariant it is about, and the evidence; None where it holds all the same.
DAMAGES: dict[str, tuple[Damage, Invariant, str | None]] = {
    "money": (
        set_to("accounts", 0, BALANCE, 11), MONEY_CONSERVED,
        "currency 0 holds 76 minor units, not 75",
    ),
    "floor": (
        set_to("accounts", 1, BALANCE, -1), FLOOR_KEPT, "account 1 has -1, its floor is 0",
    ),
    "credit": (
        both(set_to("accounts", 1, BALANCE, -1), set_to("accounts", 1, "credit_line", 1)),
        FLOOR_KEPT, None,
    ),
    "head": (
        set_to("queue_slots", 0, "order", NOTHING), QUEUES_SOUND, "queue 2: its head is a gap"
    ),
    "block of another": (
        set_to(BLOCK, 0, "queue", 5), QUEUES_SOUND, "queue 2: slot 0 is not part of it",
    ),
    "circle": (
        both(set_to(BLOCK, 0, "next", 0), set_to(QUEUE, 2, "last", 19)), QUEUES_SOUND,
        "queue 2: it does not end",
    ),
    "link to nowhere": (
        set_to(BLOCK, 0, "next", 10**6), QUEUES_SOUND, "queue 2: slot 16000000 is not part of it",
    ),
    "link before all": (
        set_to(BLOCK, 0, "next", -1), QUEUES_SOUND, "queue 2: slot -16 is not part of it",
    ),
    "not said to wait": (
        set_to("accounts", 0, "flags", 0), QUEUES_SOUND,
        "queue 2 has 20 orders, its account says otherwise",
    ),
    "said to wait": (
        set_to("accounts", 1, "flags", 2), QUEUES_SOUND,
        "queue 4 has 0 orders, its account says otherwise",
    ),
    "queued": (
        set_to("counters", 0, "queued", 20), QUEUES_SOUND,
        "21 orders are in queues, the counters say otherwise",
    ),
    "net sender": (
        set_to("controls", 2, "count", 31), LIMITS_KEPT,
        "net-sender limit number 2 is 30, its count is 31",
    ),
    "net sender at its limit": (set_to("controls", 2, "count", 30), LIMITS_KEPT, None),
    "net sender overrun": (
        both(set_to("controls", 2, "count", 31), set_to("controls", 2, "overrun", 1)),
        LIMITS_KEPT, None,
    ),
    "no limit": (
        both(set_to("controls", 1, "count", 31), set_to("controls", 1, "limit", -1)),
        LIMITS_KEPT, None,
    ),
    "bilateral": (in_limits("count", 51), LIMITS_KEPT, " is 50, its count is 51"),
    "bilateral at its limit": (in_limits("count", 50), LIMITS_KEPT, None),
    "claim": (
        set_to("runs", 0, "value", 7), CLAIMED_IS_POSTED, "run 0 claims 7 and posted 0",
    ),
    "waiting of an account": (
        waiting(0, 801), WAITING_COUNTED,
        "[800, 0, 7, 9] waits by account, [801, 0, 7, 9] is claimed",
    ),
    "waiting of a held order": (
        set_to("held", 0, "amount", 8), WAITING_COUNTED,
        "[800, 0, 8, 9] waits by account, [800, 0, 7, 9] is claimed",
    ),
    "waiting of a currency": (
        set_to("currencies", 0, "waiting", 815), WAITING_COUNTED,
        "currency 0: waiting, share and common part are (816, 62500000000000000, 0), not (815, ",
    ),
    "most waiting": (
        set_to("currencies", 0, "waiting", MAX_WAITING_PER_CURRENCY), WAITING_BOUNDED, None,
    ),
    "more waiting": (
        set_to("currencies", 0, "waiting", MAX_WAITING_PER_CURRENCY + 1), WAITING_BOUNDED,
        f"currency 0: {MAX_WAITING_PER_CURRENCY + 1} minor units wait",
    ),
    "needed without a queue": (
        set_to("accounts", 1, "needed", 5), NOTHING_OVERLOOKED,
        "account 1 has no queue and expects 5",
    ),
    "needed": (
        set_to("accounts", 0, "needed", 41), NOTHING_OVERLOOKED,
        "account 0 expects 41, the head of its queue is 40",
    ),
    "needed of a high order": (
        both(set_to("accounts", 3, "needed", 12), set_to("controls", 3, "reserved_high", 7),
             set_to("controls", 3, "reserved_urgent", 2)),
        NOTHING_OVERLOOKED, "account 3 expects 12, the head of its queue is 11",
    ),
    "less needed": (set_to("accounts", 0, "needed", 39), NOTHING_OVERLOOKED, None),
    "covered": (
        set_to("accounts", 0, BALANCE, 40), NOTHING_OVERLOOKED,
        "account 0: the head of its queue, 40, is permitted",
    ),
    "covered by credit": (
        set_to("accounts", 0, "credit_line", 30), NOTHING_OVERLOOKED,
        "account 0: the head of its queue, 40, is permitted",
    ),
    "not covered": (set_to("accounts", 0, BALANCE, 39), NOTHING_OVERLOOKED, None),
    "reserved": (
        both(set_to("accounts", 0, BALANCE, 47), set_to("controls", 0, "reserved_high", 5),
             set_to("controls", 0, "reserved_urgent", 3)),
        NOTHING_OVERLOOKED, None,
    ),
    "covered and reserved": (
        both(set_to("accounts", 0, BALANCE, 48), set_to("controls", 0, "reserved_high", 5),
             set_to("controls", 0, "reserved_urgent", 3)),
        NOTHING_OVERLOOKED, "account 0: the head of its queue, 40, is permitted",
    ),
    "limited": (
        both(set_to("accounts", 0, BALANCE, 40), set_to("controls", 0, "limit", 45),
             set_to("controls", 0, "count", 6)),
        NOTHING_OVERLOOKED, None,
    ),
    "inside the limit": (
        both(set_to("accounts", 0, BALANCE, 40), set_to("controls", 0, "limit", 45),
             set_to("controls", 0, "count", 5)),
        NOTHING_OVERLOOKED, "account 0: the head of its queue, 40, is permitted",
    ),
    "limited towards the payee": (
        both(set_to("accounts", 0, BALANCE, 40), in_limits("payer", 0), in_limits("limit", 39)),
        NOTHING_OVERLOOKED, None,
    ),
    "inside the limit towards the payee": (
        both(set_to("accounts", 0, BALANCE, 40), in_limits("payer", 0), in_limits("limit", 40)),
        NOTHING_OVERLOOKED, "account 0: the head of its queue, 40, is permitted",
    ),
    "limited towards another": (
        both(set_to("accounts", 0, BALANCE, 40), in_limits("payer", 0), in_limits("limit", 39),
             in_limits("payee", 2)),
        NOTHING_OVERLOOKED, "account 0: the head of its queue, 40, is permitted",
    ),
    "in runs only": (
        both(set_to("accounts", 0, BALANCE, 40), set_to("rules", 0, "in_runs_only", 1)),
        NOTHING_OVERLOOKED, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_evidence_of_damage(name: str) -> None:
    damage, invariant, evidence = DAMAGES[name]
    state = usual()
    damage(state)
    found = invariant.find_contradiction(state)
    if evidence is None:
        assert found is None
    else:
        assert evidence in str(found)


def pair(*, earliest: int | None = None) -> State:
    """Two legs without cover, 5 each way in two currencies, queued or held."""
    codes = ("KZT", "KZT", "RUB", "RUB")
    engine = Engine([SettlementAccount(bic(i % 2), find_currency(c), 0) for i, c in
                     enumerate(codes)])  # fmt: skip
    times = {} if earliest is None else {"earliest": earliest}
    legs = [submit_leg(1, 0, 1, 5, 2, **times), submit_leg(1, 3, 2, 5, 2, 0, **times)]
    engine.apply(join([open_day(0), *legs]))
    engine.check()
    return engine._state


PERMITTED = "account 0: the head of its queue, 5, is permitted"
LEGS: dict[str, tuple[Damage, str | None]] = {
    "one leg": (set_to("accounts", 3, BALANCE, 0), None),
    "both legs": (set_to("accounts", 3, BALANCE, 5), PERMITTED),
    "by credit": (set_to("accounts", 3, "credit_line", 5), PERMITTED),
    "almost": (set_to("accounts", 3, BALANCE, 4), None),
    "reserved": (
        both(set_to("accounts", 3, BALANCE, 11), set_to("controls", 3, "reserved_high", 4),
             set_to("controls", 3, "reserved_urgent", 3)), None,
    ),
    "both and reserved": (
        both(set_to("accounts", 3, BALANCE, 12), set_to("controls", 3, "reserved_high", 4),
             set_to("controls", 3, "reserved_urgent", 3)), PERMITTED,
    ),
    "another class ahead": (
        both(set_to("accounts", 3, BALANCE, 5), set_to("accounts", 3, "flags", 6),
             set_to("queues", 10, "first", 0)), None,
    ),
    "not the head": (
        both(set_to("accounts", 3, BALANCE, 5), set_to("queues", 11, "first", 17),
             set_to("accounts", 3, "needed", 0)), None,
    ),
    "limited": (
        both(set_to("accounts", 3, BALANCE, 5), set_to("controls", 3, "limit", 4)), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGS)
def test_a_leg_is_overlooked_only_where_its_counterleg_is_permitted_too(name: str) -> None:
    damage, evidence = LEGS[name]
    state = pair()
    set_to("accounts", 0, BALANCE, 5)(state)
    damage(state)
    assert NOTHING_OVERLOOKED.find_contradiction(state) == evidence


def test_evidence_of_parted_legs() -> None:
    state = pair()
    state.slot_of_order[0] = 0
    assert PAIRS_TOGETHER.find_contradiction(state) == (
        "order 0 of the day is final, its counterleg 1 is queued"
    )
    state = pair()
    state.counterlegs[1] = 0
    assert PAIRS_TOGETHER.find_contradiction(state) == (
        "order 0 of the day names 1, which does not name it"
    )
    state = pair(earliest=90)
    assert PAIRS_TOGETHER.find_contradiction(state) is None
    state.slot_of_order[1] = 0
    assert PAIRS_TOGETHER.find_contradiction(state) == (
        "order 0 of the day is held, its counterleg 1 is final"
    )
