"""The rest of a running day in a fork, with and without changes."""

from skontro.simulation.what_if.changes import (
    Change,
    Outage,
    StepMove,
    TimedAction,
    change_of,
    change_to_document,
)
from skontro.simulation.what_if.comparison import WhatIf, compare_rests, what_if_document
from skontro.simulation.what_if.expected_inputs import (
    ExpectedInputs,
    expected_from_batches,
    expected_from_orders,
)
from skontro.simulation.what_if.fork import Fork, RestOfDay, run_rest_of_day
from skontro.simulation.what_if.outcome import AccountOutcome, Outcome, outcome_of

__all__ = [
    "AccountOutcome",
    "Change",
    "ExpectedInputs",
    "Fork",
    "Outage",
    "Outcome",
    "RestOfDay",
    "StepMove",
    "TimedAction",
    "WhatIf",
    "change_of",
    "change_to_document",
    "compare_rests",
    "expected_from_batches",
    "expected_from_orders",
    "outcome_of",
    "run_rest_of_day",
    "what_if_document",
]
