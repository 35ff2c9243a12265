"""Events as they are written, and how much value waits in each currency."""

from skontro.engine.compiling import part
from skontro.engine.layout import State
from skontro.model import MAX_WAITING_PER_CURRENCY


@part
def report(state: State, order: int, time: int, kind: int, reason: int) -> None:
    """Append one event; the caller of the outermost kernel has made sure that there is room."""
    place = state.counters[0]["events"]
    event = state.events[place]
    event["order"] = order
    event["time"] = time
    event["kind"] = kind
    event["reason"] = reason
    state.counters[0]["events"] = place + 1


@part
def may_wait(state: State, account: int, amount: int) -> bool:
    """Whether the value that waits in the account's currency leaves room for so much more."""
    waiting = state.currencies[state.accounts[account]["currency"]]["waiting"]
    return bool(waiting + amount <= MAX_WAITING_PER_CURRENCY)


@part
def start_waiting(state: State, account: int, amount: int) -> None:
    """An order of this account is queued or held from now on."""
    state.currencies[state.accounts[account]["currency"]]["waiting"] += amount


@part
def stop_waiting(state: State, account: int, amount: int) -> None:
    """An order of this account that was queued or held is so no longer."""
    state.currencies[state.accounts[account]["currency"]]["waiting"] -= amount
