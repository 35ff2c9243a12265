"""The rest of a day with changes, compared with the rest without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands
from skontro.model import ReasonCode, format_amount, timestamp_text
from skontro.simulation.what_if.changes import Change, Outage, change_to_document
from skontro.simulation.what_if.expected_inputs import expected_from_orders, later_where_out
from skontro.simulation.what_if.fork import Fork, run_rest_of_day
from skontro.simulation.what_if.outcome import AccountOutcome, Outcome, outcome_of
from skontro.simulation.what_if.second_process import SecondProcess, unchanged_rest

Int64s = npt.NDArray[np.int64]

#: Figures of an outcome that are amounts, and those that are numbers or microseconds.
_AMOUNTS: Final = ("settled_value", "unsettled_value", "liquidity_used", "credit_used", "closing")
_NUMBERS: Final = ("settled_orders", "unsettled_orders", "mean_delay", "weighted_delay")


@attrs.frozen
class WhatIf:
    """Both rests of a day.

    Attributes:
        date: the business day, ISO 8601.
        began: timestamp of the fork.
        expected_orders: number of orders expected to come.
        changes: those made.
        reasons: for each, why it had no effect; `NONE` where it had.
        unchanged, changed: the outcomes.
    """

    date: str
    began: int
    expected_orders: int
    changes: tuple[Change, ...]
    reasons: tuple[ReasonCode, ...]
    unchanged: Outcome
    changed: Outcome


def compare_rests(
    fork: Fork,
    orders: Commands,
    due: Int64s,
    changes: Sequence[Change],
    second: SecondProcess | None = None,
) -> WhatIf:
    """Run the rest of a day without and with changes.

    Args:
        fork: where both begin.
        orders: expected to come; those due before the fork are left out.
        due: when each is.
        changes: to make.
        second: a process for the rest without changes; None runs both here.

    Raises:
        InputError: a change is in the past, or of a step that is not to come.
    """
    to_come = due >= fork.now
    orders, due = orders.take(to_come), due[to_come]
    enters = due
    directory = fork.system().directory
    for change in changes:
        if isinstance(change, Outage):
            numbers = [
                number
                for number, account in enumerate(directory.accounts)
                if account.bic == change.participant
            ]
            enters = later_where_out(orders, enters, numbers, change.first, change.until)
    if second is not None:
        second.begin(fork, orders, due)
    # First, because it may refuse the changes.
    changed = run_rest_of_day(fork, expected_from_orders(orders, due, enters), changes)
    of_changed = outcome_of(changed)
    began, unchanged = unchanged_rest(fork, orders, due) if second is None else second.result()
    date = changed.system.clock.date
    return WhatIf(
        date="" if date is None else date.isoformat(),
        began=began,
        expected_orders=len(orders),
        changes=tuple(changes),
        reasons=changed.reasons,
        unchanged=unchanged,
        changed=of_changed,
    )


def what_if_document(found: WhatIf) -> dict[str, Any]:
    """A comparison as JSON values: amounts as decimals in text, delays in whole microseconds."""
    return {
        "date": found.date,
        "began": timestamp_text(found.began),
        "expected_orders": found.expected_orders,
        "changes": [
            {**change_to_document(change), "outcome": "done" if not reason else reason.name.lower()}
            for change, reason in zip(found.changes, found.reasons, strict=True)
        ],
        "currencies": [
            {"currency": one.currency.code, **_both(one, other)}
            for one, other in zip(found.unchanged.currencies, found.changed.currencies, strict=True)
        ],
        "accounts": [
            {"participant": one.participant, "currency": one.currency.code, **_both(one, other)}
            for one, other in zip(found.unchanged.accounts, found.changed.accounts, strict=True)
        ],
    }


def _both(unchanged: AccountOutcome, changed: AccountOutcome) -> dict[str, dict[str, Any]]:
    return {"unchanged": _figures(unchanged), "changed": _figures(changed)}


def _figures(one: AccountOutcome) -> dict[str, Any]:
    amounts = {name: format_amount(getattr(one, name), one.currency) for name in _AMOUNTS}
    return {**{name: getattr(one, name) for name in _NUMBERS}, **amounts}
