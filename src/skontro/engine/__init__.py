"""The deterministic settlement machine: commands in, events out."""

from skontro.engine.commands import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    CommandKind,
    Commands,
    cancel,
    change_class,
    close_day,
    join,
    open_day,
    submit,
)
from skontro.engine.engine import Engine
from skontro.engine.events import EventKind
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, Invariant
from skontro.engine.layout import EVENT

__all__ = [
    "ALL_INVARIANTS",
    "ANY_TIME_AFTER",
    "ANY_TIME_BEFORE",
    "EVENT",
    "PRODUCTION_INVARIANTS",
    "CommandKind",
    "Commands",
    "Engine",
    "EventKind",
    "Invariant",
    "cancel",
    "change_class",
    "close_day",
    "join",
    "open_day",
    "submit",
]
