"""The deterministic settlement machine: commands in, events out."""

from skontro.engine.command_records import COMMAND, COMMAND_DEFAULTS, from_records, to_records
from skontro.engine.commands import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_COMMANDS,
    NO_LIMIT,
    NO_UETR,
    CommandKind,
    Commands,
    commands_of,
    join,
)
from skontro.engine.engine import Engine
from skontro.engine.events import EventKind
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, Invariant
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.run import REASON_OF_ALGORITHM
from skontro.engine.records import EVENT, RUN
from skontro.engine.single_commands import (
    cancel,
    change_class,
    close_day,
    command,
    commands_from,
    move_to_end,
    move_to_front,
    offset,
    open_day,
    select,
    set_bilateral_limit,
    set_credit_line,
    set_net_sender_limit,
    set_reservation,
    settle_selected,
    submit,
    submit_leg,
    transfer_in,
    transfer_out,
)
from skontro.engine.watching import NO_ROW, Watched
from skontro.engine.why_waiting import WHY, QueuedBefore

__all__ = [
    "ALL_INVARIANTS",
    "ANY_TIME_AFTER",
    "ANY_TIME_BEFORE",
    "COMMAND",
    "COMMAND_DEFAULTS",
    "EVENT",
    "NO_COMMANDS",
    "NO_LIMIT",
    "NO_ROW",
    "NO_UETR",
    "PRODUCTION_INVARIANTS",
    "REASON_OF_ALGORITHM",
    "RUN",
    "WHY",
    "CommandKind",
    "Commands",
    "Engine",
    "EventKind",
    "Invariant",
    "QueueSnapshot",
    "QueuedBefore",
    "Watched",
    "cancel",
    "change_class",
    "close_day",
    "command",
    "commands_from",
    "commands_of",
    "from_records",
    "join",
    "move_to_end",
    "move_to_front",
    "offset",
    "open_day",
    "select",
    "set_bilateral_limit",
    "set_credit_line",
    "set_net_sender_limit",
    "set_reservation",
    "settle_selected",
    "submit",
    "submit_leg",
    "to_records",
    "transfer_in",
    "transfer_out",
]
