"""Commands applied one by one while some orders are watched, until why one of them waits changes.

The same kernels as ever apply the commands, each by itself, and what falls due before a command by
itself too. So nothing that an order waited for between two commands is missed, and the engine ends
in the state that one batch of the same commands gives.
"""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.command_loop import apply_columns
from skontro.engine.commands import Columns
from skontro.engine.jit import kernel
from skontro.engine.records import NOTHING, Records, State
from skontro.engine.rules.requests import fire_timers
from skontro.engine.why_waiting import explain_orders

#: Of `STEP`: what a step is that no command made.
NO_ROW: Final = -1

#: The last step that was taken: one command with the run that follows it, or what fell due at once.
STEP: Final = np.dtype(
    [
        ("time", np.int64),  # when it happened
        ("event", np.int64),  # the first of its events in this call
        ("row", np.int64),  # of its command; NO_ROW for what fell due
    ]
)


@attrs.frozen(eq=False)
class Watched:
    """How far a batch was applied, and what the last step did.

    Attributes:
        applied: so many commands from the first on.
        time: when the last step happened.
        row: of its command in the batch; `NO_ROW` where something fell due before the next one.
        events: `EVENT` records of all that happened: a view, like that of `apply`.
        first: of these, the first one of the last step.
        runs: `RUN` records of the same: a view.
    """

    applied: int
    time: int
    row: int
    events: Records
    first: int
    runs: Records


@kernel
def apply_until_changed(
    columns: Columns,
    state: State,
    row: int,
    orders: npt.NDArray[np.int64],
    before: Records,
    found: Records,
    step: Records,
) -> int:
    """Take one step after the other, until why an order waits is not as before, or a run is asked.

    Args:
        row: to begin with.
        orders: to watch, by number.
        before: `WHY` of each as it was.
        found: in which to leave `WHY` of each as it is.
        step: one record, in which to describe the last step.

    Returns:
        The first row left to do. A run that was asked for is in the counters, as after
        `apply_columns`; `found` is not filled in then.
    """
    counters = state.counters[0]
    counters["asked"] = NOTHING
    counters["asked_at"] = 0
    while row < len(columns.kind):
        due = counters["next_due"]
        step[0]["event"] = counters["events"]
        if due <= columns.time[row]:
            step[0]["time"] = due
            step[0]["row"] = NO_ROW
            fire_timers(state, due)
        else:
            step[0]["time"] = columns.time[row]
            step[0]["row"] = row
            stop = row + 1
            one = Columns(
                columns.kind[row:stop],
                columns.time[row:stop],
                columns.payer[row:stop],
                columns.payee[row:stop],
                columns.amount[row:stop],
                columns.payment_class[row:stop],
                columns.order[row:stop],
                columns.earliest[row:stop],
                columns.latest[row:stop],
            )
            apply_columns(one, state, 0)
            row = stop
        if counters["asked"] != NOTHING:
            break
        explain_orders(state, orders, found)
        changed = False
        for number in range(len(orders)):
            if _differ(before, found, number):
                changed = True
        if changed:
            break
    return row


@kernel
def _differ(before: Records, found: Records, number: int) -> bool:
    """Whether two `WHY` records differ, field by field: compiled code compares no records."""
    one, other = before[number], found[number]
    return bool(
        (one["reason"] != other["reason"])
        | (one["short"] != other["short"])
        | (one["withheld"] != other["withheld"])
        | (one["limit"] != other["limit"])
        | (one["other"] != other["other"])
        | (one["until"] != other["until"])
        | (one["is_held"] != other["is_held"])
    )
