"""A batch: the commands that took effect at one timestamp, and the events that followed."""

from enum import IntEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import EVENT, NO_COMMANDS, RUN, CommandKind, Commands

Records = npt.NDArray[Any]


class BatchKind(IntEnum):
    """Contents of a batch. The numbers are part of the record and never change."""

    GENESIS = 0  # the initial rules and directory
    WRITER = 1  # another process has taken over the record
    ORDERS = 2  # orders of participants, at one timestamp
    REQUEST = 3  # one request of a participant about an order or account
    DECISION = 4  # the decision of a person
    STEP = 5  # a step of the business day
    SNAPSHOT = 6  # SHA-256 of the state after the batch before
    LINKS = 7  # inputs to links with other systems


#: Kinds of command that are orders, and those that move liquidity.
ORDER_KINDS: Final = (
    int(CommandKind.SUBMIT),
    int(CommandKind.SUBMIT_LEG),
    int(CommandKind.SUBMIT_LINKED),
)
TRANSFER_KINDS: Final = (int(CommandKind.TRANSFER_IN), int(CommandKind.TRANSFER_OUT))

#: In `acceptance`: sent to the engine, or warehoused until the value date; else a `ReasonCode` of
#: a rejection, or one below zero of an order that is held outside the engine.
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

#: A statement to another system about a link, by the SHA-256 of its bytes.
LINK_STATEMENT: Final = np.dtype([("content", "V32")])

#: The other side of a liquidity transfer: the world outside the system.
OUTSIDE: Final = -1


@attrs.frozen(eq=False)
class Batch:
    """The record of one timestamp.

    Attributes:
        kind: decides which parts are inputs and which are results.
        time: microseconds since 1970; later than that of the batch before.
        commands: in the order in which they took effect.
        body: text of an input other than a command: the rules, a decision, a step.
        events, runs, postings: the results; `EVENT`, `RUN` and `POSTING` records.
        balances: closing balance and credit line of every account, where the batch seals a day.
        statements: statements to other systems about links, `LINK_STATEMENT` records.
        statement_texts: their bytes; empty in a batch that was read from the record.
        refused: link, input and reason of each refused input to a link, as the body has them; empty
            in a batch that was read from the record.
    """

    kind: BatchKind
    time: int
    commands: Commands = NO_COMMANDS
    body: str = ""
    events: Records = attrs.field(factory=lambda: np.zeros(0, EVENT))
    runs: Records = attrs.field(factory=lambda: np.zeros(0, RUN))
    postings: Records = attrs.field(factory=lambda: np.zeros(0, POSTING))
    balances: npt.NDArray[np.int64] = attrs.field(factory=lambda: np.zeros((0, 2), np.int64))
    statements: Records = attrs.field(factory=lambda: np.zeros(0, LINK_STATEMENT))
    statement_texts: tuple[bytes, ...] = ()
    refused: tuple[tuple[str, str, str], ...] = ()


def are_held(acceptance: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """Which orders are held outside the engine, by the column `acceptance`."""
    held: npt.NDArray[np.bool_] = acceptance < WAREHOUSED
    return held
