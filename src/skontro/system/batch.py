"""What happened at one moment: the commands of one kind that took effect, and what followed."""

from enum import IntEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import EVENT, NO_COMMANDS, RUN, CommandKind, Commands

Records = npt.NDArray[Any]


class BatchKind(IntEnum):
    """What a batch holds. The numbers are part of the record and never change."""

    GENESIS = 0  # the rules and the directory that all begins with
    WRITER = 1  # another process has taken over the record
    ORDERS = 2  # orders of participants, of one moment
    REQUEST = 3  # one request of a participant about an order or account
    ACT = 4  # what a person proposed, approved or rejected
    STEP = 5  # what the business day brought
    SNAPSHOT = 6  # SHA-256 of the state after the batch before


#: Kinds of command that are orders, and those that move liquidity.
ORDER_KINDS: Final = (int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LEG))
TRANSFER_KINDS: Final = (int(CommandKind.TRANSFER_IN), int(CommandKind.TRANSFER_OUT))

#: In `admission`: it went to the engine, or it waits for its value date; else a `ReasonCode`.
ACCEPTED: Final = 0
WAREHOUSED: Final = -1

#: No order ever has this number.
NO_SUCH_ORDER: Final = 2**62

#: Money that moved: both accounts, or one and `OUTSIDE` for a liquidity transfer.
POSTING: Final = np.dtype(
    [
        ("subject", np.int64),  # number of the order, or of the liquidity transfer
        ("time", np.int64),
        ("debit", np.int32),
        ("credit", np.int32),
        ("amount", np.int64),
    ]
)

#: The other side of a liquidity transfer: whatever is outside the system.
OUTSIDE: Final = -1


@attrs.frozen(eq=False)
class Batch:
    """One moment of the record.

    Attributes:
        kind: which of its parts are given and which follow.
        time: microseconds since 1970; later than that of the batch before.
        commands: in the order in which they took effect.
        body: text for what is no command: the rules, an act, a step.
        events, runs, postings: what followed; `EVENT`, `RUN` and `POSTING` records.
        balances: closing balance and credit line of every account, where the batch seals a day.
    """

    kind: BatchKind
    time: int
    commands: Commands = NO_COMMANDS
    body: str = ""
    events: Records = attrs.field(factory=lambda: np.zeros(0, EVENT))
    runs: Records = attrs.field(factory=lambda: np.zeros(0, RUN))
    postings: Records = attrs.field(factory=lambda: np.zeros(0, POSTING))
    balances: npt.NDArray[np.int64] = attrs.field(factory=lambda: np.zeros((0, 2), np.int64))


def admitted(commands: Commands) -> Commands:
    """Those that go to the engine; not copied where all do."""
    if not len(commands.admission):
        return commands
    return commands.take(commands.admission == ACCEPTED)
