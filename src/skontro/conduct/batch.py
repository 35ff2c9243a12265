"""What happened at one moment: the commands of one kind that took effect, and what followed."""

from enum import IntEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, EVENT, RUN, CommandKind, Commands

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
ADMITTED: Final = 0
WAREHOUSED: Final = -1

#: One command as it was given, native byte order; the fields are those of `Commands`, and those of
#: orders that the engine has no use for.
COMMAND: Final = np.dtype(
    [
        ("kind", np.int16),
        ("admission", np.int16),
        ("time", np.int64),
        ("payer", np.int32),
        ("payee", np.int32),
        ("amount", np.int64),
        ("payment_class", np.int16),
        ("purpose", np.int16),
        ("about", np.int64),  # number of the order meant, or of the counterleg
        ("earliest", np.int64),
        ("latest", np.int64),
        ("value_date", np.int32),  # days since 1970; 0 for the running business day
        ("uetr", "V16"),  # of orders, and of requests about warehoused ones; else zero
        # Of legs, and of no other row: the order that this one is linked with, and its terms as
        # the payer states them.
        ("counterleg", "V16"),
        ("counterleg_payer", np.int32),  # account numbers; -1 where no terms are stated
        ("counterleg_payee", np.int32),
        ("counterleg_amount", np.int64),  # minor units; 0 where no terms are stated
    ]
)

#: A field of `COMMAND` that has this value in every row of a batch is left out of the record.
COMMAND_DEFAULTS: Final = {
    "admission": ADMITTED,
    "about": -1,
    "earliest": ANY_TIME_BEFORE,
    "latest": ANY_TIME_AFTER,
    "value_date": 0,
    "counterleg": bytes(16),
    "counterleg_payer": -1,
    "counterleg_payee": -1,
    "counterleg_amount": 0,
}

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

NO_ROWS: Final[Records] = np.zeros(0, COMMAND)


@attrs.frozen(eq=False)
class Batch:
    """One moment of the record.

    Attributes:
        kind: which of its parts are given and which follow.
        time: microseconds since 1970; later than that of the batch before.
        rows: `COMMAND` records in the order in which they took effect.
        body: text for what is no command: the rules, an act, a step.
        events, runs, postings: what followed; `EVENT`, `RUN` and `POSTING` records.
        balances: closing balance and credit line of every account, where the batch seals a day.
    """

    kind: BatchKind
    time: int
    rows: Records = attrs.field(factory=lambda: NO_ROWS)
    body: str = ""
    events: Records = attrs.field(factory=lambda: np.zeros(0, EVENT))
    runs: Records = attrs.field(factory=lambda: np.zeros(0, RUN))
    postings: Records = attrs.field(factory=lambda: np.zeros(0, POSTING))
    balances: npt.NDArray[np.int64] = attrs.field(factory=lambda: np.zeros((0, 2), np.int64))


def command_rows(length: int, kind: CommandKind, time: int) -> Records:
    """Rows of one kind in which nothing else is said yet."""
    rows = np.zeros(length, COMMAND)
    rows["kind"], rows["time"] = int(kind), time
    rows["payer"] = rows["payee"] = rows["payment_class"] = rows["about"] = -1
    rows["counterleg_payer"] = rows["counterleg_payee"] = -1
    rows["earliest"], rows["latest"] = ANY_TIME_BEFORE, ANY_TIME_AFTER
    return rows


def command_row(kind: CommandKind, time: int, **fields: int) -> Records:
    """One such row with these fields."""
    rows = command_rows(1, kind, time)
    for name, value in fields.items():
        rows[name] = value
    return rows


def are_orders(rows: Records) -> npt.NDArray[np.bool_]:
    """Which rows are orders, as against requests and what the system does itself."""
    kinds = rows["kind"]
    found: npt.NDArray[np.bool_] = (kinds == ORDER_KINDS[0]) | (kinds == ORDER_KINDS[1])
    return found


def admitted_rows(rows: Records) -> Records:
    """Those that go to the engine; not copied where all do."""
    to_engine = rows["admission"] == ADMITTED
    return rows if to_engine.all() else rows[to_engine]


def as_commands(rows: Records) -> Commands:
    """What the engine is told: the rows that were admitted."""
    rows = admitted_rows(rows)
    timed = (rows["earliest"] != ANY_TIME_BEFORE).any(), (rows["latest"] != ANY_TIME_AFTER).any()
    plain = bool((rows["kind"] == int(CommandKind.SUBMIT)).all())
    nothing = np.zeros(0, np.int64)
    return Commands(
        kind=rows["kind"].astype(np.int8),
        time=rows["time"],
        payer=rows["payer"],
        payee=rows["payee"],
        amount=rows["amount"],
        payment_class=rows["payment_class"].astype(np.int8),
        order=nothing if plain else rows["about"],
        earliest=rows["earliest"] if timed[0] else nothing,
        latest=rows["latest"] if timed[1] else nothing,
    )
