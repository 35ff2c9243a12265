"""The conduct of business days: phases, cut-offs, the warehouse, control by two persons.

Deterministic like the engine, and replayed with it: time, orders, requests and acts come in,
batches of what the engine was told and answered come out.
"""

from skontro.conduct.batch import (
    ADMITTED,
    COMMAND,
    COMMAND_DEFAULTS,
    NO_ROWS,
    NO_SUCH_ORDER,
    ORDER_KINDS,
    POSTING,
    TRANSFER_KINDS,
    WAREHOUSED,
    Batch,
    BatchKind,
    are_orders,
    as_commands,
)
from skontro.conduct.business_day import BusinessDayClock, Step, StepKind
from skontro.conduct.system import Rules, SettlementSystem
from skontro.conduct.two_persons import OPERATOR, Act, Action, ActionKind, ActKind, Person
from skontro.conduct.warming_up import warm_up

__all__ = [
    "ADMITTED",
    "COMMAND",
    "COMMAND_DEFAULTS",
    "NO_ROWS",
    "NO_SUCH_ORDER",
    "OPERATOR",
    "ORDER_KINDS",
    "POSTING",
    "TRANSFER_KINDS",
    "WAREHOUSED",
    "Act",
    "ActKind",
    "Action",
    "ActionKind",
    "Batch",
    "BatchKind",
    "BusinessDayClock",
    "Person",
    "Rules",
    "SettlementSystem",
    "Step",
    "StepKind",
    "are_orders",
    "as_commands",
    "warm_up",
]
