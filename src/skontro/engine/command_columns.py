"""The columns of commands: types, values where unused, and fields in the record."""

from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from skontro.model import NO_DIGEST

Int8s = npt.NDArray[np.int8]
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Uetrs = npt.NDArray[np.void]
Digests = npt.NDArray[np.void]

#: In the time columns, "at once" and "until the end of the day".
ANY_TIME_BEFORE: Final = -(2**62)
ANY_TIME_AFTER: Final = 2**62

#: The absence of a UETR; no order has these 16 bytes.
NO_UETR: Final = bytes(16)


class CommandKind(IntEnum):
    """The kind of a command. The numbers are part of the record and never change."""

    SUBMIT = 0
    CANCEL = 1
    CHANGE_CLASS = 2
    OPEN_DAY = 3
    CLOSE_DAY = 4
    MOVE_TO_FRONT = 5
    MOVE_TO_END = 6
    SET_CREDIT_LINE = 7
    SET_RESERVATION = 8
    SET_NET_SENDER_LIMIT = 9
    SET_BILATERAL_LIMIT = 10
    TRANSFER_IN = 11
    TRANSFER_OUT = 12
    OFFSET = 13
    SELECT = 14
    SETTLE_SELECTED = 15
    SUBMIT_LEG = 16
    SUBMIT_LINKED = 17
    PERMIT = 18
    EARMARK = 19
    COMPLETE = 20
    RELEASE = 21
    CHANGE_TIMES = 22


#: As the amount of a limit, no limit.
NO_LIMIT: Final = -1

#: Type of each column, and its value where a command does not use it.
SPECIFICATION: Final[dict[str, tuple[npt.DTypeLike, Any]]] = {
    "kind": (np.int8, int(CommandKind.SUBMIT)),
    "time": (np.int64, 0),
    "payer": (np.int32, -1),
    "payee": (np.int32, -1),
    "amount": (np.int64, 0),
    "payment_class": (np.int8, -1),
    "order": (np.int64, -1),
    "earliest": (np.int64, ANY_TIME_BEFORE),
    "latest": (np.int64, ANY_TIME_AFTER),
    "acceptance": (np.int16, 0),
    "payment_type": (np.int8, 0),
    "value_date": (np.int32, 0),
    "uetr": ("V16", NO_UETR),
    "counterleg": ("V16", NO_UETR),
    "counterleg_payer": (np.int32, -1),
    "counterleg_payee": (np.int32, -1),
    "counterleg_amount": (np.int64, 0),
    "details": ("V32", NO_DIGEST),
    "screening": (np.int8, 0),
    "travel_rule": (np.int8, 0),
    "evidence": ("V32", NO_DIGEST),
    "customer": ("V32", NO_DIGEST),
    "purpose": (np.int32, 0),
}
#: The type of each column.
TYPES: Final = {name: np.dtype(kind) for name, (kind, _) in SPECIFICATION.items()}
#: The value of commands that do not use the column, as arrays without a dimension.
UNUSED: Final = {name: np.array(unused, TYPES[name]) for name, (_, unused) in SPECIFICATION.items()}
#: The same values as plain numbers or bytes.
UNUSED_VALUES: Final = {name: unused for name, (_, unused) in SPECIFICATION.items()}
#: The least and the greatest number of each column of numbers.
BOUNDS: Final = {
    name: (np.iinfo(kind).min, np.iinfo(kind).max)
    for name, kind in TYPES.items()
    if kind.kind == "i"
}
#: Each column without a command.
EMPTY: Final = {name: np.empty(0, kind) for name, kind in TYPES.items()}
#: Columns present in every batch; the others are empty where no command uses them.
REQUIRED: Final = ("kind", "time", "payer", "payee", "amount", "payment_class")
OPTIONAL_COLUMNS: Final = tuple(name for name in SPECIFICATION if name not in REQUIRED)


class Columns(NamedTuple):
    """The columns that settlement depends on, in the form that kernels take."""

    kind: Int8s
    time: Int64s
    payer: Int32s
    payee: Int32s
    amount: Int64s
    payment_class: Int8s
    order: Int64s
    earliest: Int64s
    latest: Int64s


#: One command, native byte order; the fields are the columns of `Commands`.
COMMAND: Final = np.dtype(
    [
        ("kind", np.int16),
        ("acceptance", np.int16),
        ("time", np.int64),
        ("payer", np.int32),
        ("payee", np.int32),
        ("amount", np.int64),
        ("payment_class", np.int16),
        ("payment_type", np.int16),
        ("order", np.int64),
        ("earliest", np.int64),
        ("latest", np.int64),
        ("value_date", np.int32),
        ("uetr", "V16"),
        ("counterleg", "V16"),
        ("counterleg_payer", np.int32),
        ("counterleg_payee", np.int32),
        ("counterleg_amount", np.int64),
        ("details", "V32"),
        ("screening", np.int16),
        ("travel_rule", np.int16),
        ("evidence", "V32"),
        ("customer", "V32"),
        ("purpose", np.int32),
    ]
)

#: Default of each field of `COMMAND`; a field with it in all commands of a batch is not recorded.
COMMAND_DEFAULTS: Final = {
    "acceptance": 0,
    "order": -1,
    "earliest": ANY_TIME_BEFORE,
    "latest": ANY_TIME_AFTER,
    "value_date": 0,
    "counterleg": NO_UETR,
    "counterleg_payer": -1,
    "counterleg_payee": -1,
    "counterleg_amount": 0,
    "details": NO_DIGEST,
    "screening": 0,
    "travel_rule": 0,
    "evidence": NO_DIGEST,
    "customer": NO_DIGEST,
    "purpose": 0,
}
