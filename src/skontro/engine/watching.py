"""Commands applied one by one until the obstacle of a watched order changes.

The usual kernels apply each command, and each timer due before it, as a step of its own. So no
obstacle between two commands is missed. The final state is that of one batch of the same commands.
"""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.command_columns import Columns
from skontro.engine.command_loop import apply_columns
from skontro.engine.jit import as_int64, kernel
from skontro.engine.records import NOTHING, Records, State
from skontro.engine.rules.requests import fire_timers
from skontro.engine.why_waiting import explain_orders

#: In `STEP`, a step without a command.
NO_ROW: Final = -1

#: The last step: one command with the run that follows it, or the timers due at one time.
STEP: Final = np.dtype(
    [
        ("time", np.int64),  # when it happened
        ("event", np.int64),  # the first of its events in this call
        ("row", np.int64),  # of its command; NO_ROW for what fell due
    ]
)


@attrs.frozen(eq=False)
class Watched:
    """The part of a batch that was applied, and its last step.

    Attributes:
        applied: number of commands applied.
        time: time of the last step.
        row: row of its command in the batch; `NO_ROW` for timers due before the next command.
        events: `EVENT` records of all steps: a view, like that of `apply`.
        first: index among these of the first event of the last step.
        runs: `RUN` records of all steps: a view.
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
    """Take steps until the obstacle of a watched order differs, or a run is requested.

    Args:
        row: the first row to apply.
        orders: to watch, by number.
        before: `WHY` of each at the beginning.
        found: receives `WHY` of each at the end.
        step: one record, receives the last step.

    Returns:
        The first row left to do. A requested run is in the counters, as after `apply_columns`;
        `found` is not filled in then.
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
            apply_columns(one, state, as_int64(0))
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
