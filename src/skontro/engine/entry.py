"""Entry disposition under a rulebook: at once, past others, together with another, or to wait."""

from typing import Final, cast

import numpy as np

from skontro.engine.compiling import inner, part, wide
from skontro.engine.controls import BY_ITSELF, may_pay, post
from skontro.engine.events import EventKind
from skontro.engine.held import free_held_slot
from skontro.engine.layout import CLASSES, CONTROLLED, State
from skontro.engine.offsetting.on_entry import offset_on_entry
from skontro.engine.queues import may_be_overtaken
from skontro.engine.reporting import report
from skontro.engine.settlement import note_overtaking, release, wait_for_cover
from skontro.engine.waiting import may_wait, start_waiting, stop_waiting
from skontro.model import ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_REFUSED_EVENT = int(EventKind.REFUSED)
_SETTLED_EVENT = int(EventKind.SETTLED)
_NO_REASON = int(ReasonCode.NONE)
_OVERTOOK = int(ReasonCode.OVERTOOK)
#: Whether an order that enters was held; typed, so that kernels are compiled for both at once.
NEW: Final = cast(bool, np.bool_(False))
_WAITED: Final = cast(bool, np.bool_(True))

_WAITING_VALUE_TOO_LARGE = int(ReasonCode.WAITING_VALUE_TOO_LARGE)


@part
def is_special(state: State, payer: int, payee: int) -> bool:
    """Whether more can decide on an order than cover and the queue before it."""
    controls = (state.accounts[payer]["waiting"] | state.accounts[payee]["waiting"]) & CONTROLLED
    rules = state.rules[0]
    return bool(
        controls | rules["offset_on_entry"] | rules["bypass_classes"] | rules["in_runs_only"]
    )


@inner
def enter(
    state: State,
    order: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    latest: int,
    time: int,
    waited: bool,
) -> None:
    """Settle or queue an accepted order, and release what follows.

    Args:
        waited: it was held until now.
    """
    queue = payer * CLASSES + payment_class
    higher, same = (1 << payment_class) - 1, 1 << payment_class
    waiting = state.accounts[payer]["waiting"]
    overtakes = waiting & same != 0
    its_turn = (
        state.rules[0]["in_runs_only"] == 0
        and waiting & higher == 0
        and (not overtakes or may_be_overtaken(state, queue))
    )
    if its_turn and may_pay(state, payer, payee, amount, 0, payment_class):
        if waited:
            stop_waiting(state, payer, amount)
        post(state, payer, payee, amount, payment_class, BY_ITSELF)
        report(state, order, time, _SETTLED_EVENT, _OVERTOOK if overtakes else _NO_REASON)
        if overtakes:
            note_overtaking(state, queue)
        release(state, payee, time)
    elif (
        its_turn
        and state.rules[0]["offset_on_entry"] != 0
        and offset_on_entry(state, order, payer, payee, amount, payment_class, time)
    ):
        if waited:
            stop_waiting(state, payer, amount)
        release(state, payee, time)
        release(state, payer, time)
    elif waited or may_wait(state, payer, amount):
        if not waited:
            start_waiting(state, payer, amount)
        wait_for_cover(state, order, payer, payee, amount, payment_class, latest, time)
    else:
        report(state, order, time, _REFUSED_EVENT, _WAITING_VALUE_TOO_LARGE)


@inner
def enter_held(state: State, slot: int, time: int) -> None:
    """Entry disposition of an order whose earliest time has come."""
    entry = state.held[slot]
    order, amount, latest = entry["order"], entry["amount"], entry["latest"]
    payer, payee = wide(entry["payer"]), wide(entry["payee"])
    payment_class = wide(entry["payment_class"])
    free_held_slot(state, slot)
    enter(state, order, payer, payee, amount, payment_class, latest, time, _WAITED)
