"""Commands of the engine: a batch as columns, in the order of application.

This is the one form of an order in the system. Files, requests and the record are converted to it
and from it, without further forms in between.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.command_columns import (
    BOUNDS,
    COMMAND,
    EMPTY,
    NO_UETR,
    OPTIONAL_COLUMNS,
    REQUIRED,
    SPECIFICATION,
    TYPES,
    UNUSED,
    UNUSED_VALUES,
    Columns,
    CommandKind,
    Digests,
    Int8s,
    Int16s,
    Int32s,
    Int64s,
    Uetrs,
)
from skontro.model import InputError

#: Numbers of a list that is shorter than what an array would save.
_SHORT: Final = 64


def _column(name: str, values: Any) -> npt.NDArray[Any]:  # noqa: ANN401  anything like an array
    """The values in the column's type: whole numbers within its range."""
    kind = TYPES[name]
    if isinstance(values, np.ndarray) and values.dtype == kind:
        return values if values.flags.c_contiguous else np.ascontiguousarray(values)
    if kind.kind == "V":
        return _bytes_column(name, values)
    if isinstance(values, list) and len(values) < _SHORT and {*map(type, values)} == {int}:
        # A short list is faster to check than an array.
        low, high = BOUNDS[name]
        if low <= min(values) and max(values) <= high:
            return np.array(values, kind)
    column = np.asarray(values)
    if column.size:
        low, high = BOUNDS[name]
        if column.dtype.kind not in "iu":
            raise InputError(f"commands: column {name} is {column.dtype}, not whole numbers")
        if column.min() < low or column.max() > high:
            raise InputError(f"commands: column {name} has a number outside {kind.name}")
    return np.ascontiguousarray(column, dtype=kind)


def _bytes_column(name: str, values: Any) -> Uetrs:  # noqa: ANN401  any value of a caller
    """UETRs from 16 bytes each, or digests from 32."""
    size = TYPES[name].itemsize
    if isinstance(values, np.ndarray) or any(len(value) != size for value in values):
        what = "UETRs" if size == len(NO_UETR) else "digests"
        raise InputError(f"commands: column {name} has something else than {what} of {size} bytes")
    return np.frombuffer(b"".join(values), TYPES[name])


def _field(name: str) -> Any:  # noqa: ANN401  attrs promises each field's own type
    equal = attrs.cmp_using(eq=np.array_equal)
    default = EMPTY[name] if name in OPTIONAL_COLUMNS else attrs.NOTHING
    return attrs.field(converter=lambda values: _column(name, values), eq=equal, default=default)


@attrs.frozen
class Commands:
    """A batch of n commands as columns of length n; optional columns may have length 0.

    Accounts are given by number, orders by the engine's number or by UETR. The engine reads the
    columns from `kind` to `latest`; the others are for acceptance or for the record.

        commands = submit(time=[0], payer=[0], payee=[1], amount=[500], payment_class=[2])
        commands.column("value_date")  # array([0], dtype=int32), though nothing is stored

    Attributes:
        kind: a `CommandKind`.
        time: timestamp of the command, microseconds since 1970; never falls.
        payer, payee: account numbers (submit, submit leg, bilateral limit); a command on one
            account has it as payer.
        amount: minor units (submit, credit line, reservation, limits, liquidity transfers), the
            number of an `Algorithm` (offset), or the number of legs that follow (permit, earmark).
        payment_class: a `PaymentClass` (submit, change class, reservation).
        order: number of the order concerned (cancel, changes, moves, select), or of the first leg
            (submit leg; -1 for the first leg itself); optional.
        earliest: earliest time of settlement (submit, submit leg, change times); optional.
        latest: latest time of settlement (submit, submit leg, change times); optional.
        acceptance: result of acceptance for the business day; optional.
        payment_type: a `PaymentType`, which decides by which cut-off the order must come; optional.
        value_date: day on which it settles, days since 1970; 0 for the running one; optional.
        uetr: 16 bytes, of orders and of requests about warehoused ones; optional.
        counterleg: UETR of the counterleg of a leg; optional.
        counterleg_payer, counterleg_payee, counterleg_amount: terms of the counterleg as stated by
            a leg; -1 and 0 where it states none; optional.
        details: SHA-256 of the order's `PaymentDetails`; zeros where it has none; optional.
        screening: a `ScreeningOutcome`; optional.
        travel_rule: 1 where the details have what the Travel Rule asks for; optional.
        evidence: SHA-256 of the evidence of screening; zeros where there is none; optional.
        customer: SHA-256 of the debtor's account, identifier or name; zeros for none; optional.
        purpose: code of ISO 20022, its characters as a number; 0 for none, -1 for a proprietary
            one; optional.
    """

    kind: Int8s = _field("kind")
    time: Int64s = _field("time")
    payer: Int32s = _field("payer")
    payee: Int32s = _field("payee")
    amount: Int64s = _field("amount")
    payment_class: Int8s = _field("payment_class")
    order: Int64s = _field("order")
    earliest: Int64s = _field("earliest")
    latest: Int64s = _field("latest")
    acceptance: Int16s = _field("acceptance")
    payment_type: Int8s = _field("payment_type")
    value_date: Int32s = _field("value_date")
    uetr: Uetrs = _field("uetr")
    counterleg: Uetrs = _field("counterleg")
    counterleg_payer: Int32s = _field("counterleg_payer")
    counterleg_payee: Int32s = _field("counterleg_payee")
    counterleg_amount: Int64s = _field("counterleg_amount")
    details: Digests = _field("details")
    screening: Int8s = _field("screening")
    travel_rule: Int8s = _field("travel_rule")
    evidence: Digests = _field("evidence")
    customer: Digests = _field("customer")
    purpose: Int32s = _field("purpose")

    def __attrs_post_init__(self) -> None:
        count = len(self.kind)
        for name in SPECIFICATION:
            length = len(getattr(self, name))
            if length != count and not (length == 0 and name in OPTIONAL_COLUMNS):
                raise InputError(f"commands: column {name} has {length} rows, not {count}")

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def columns(self) -> Columns:
        """The columns for kernels, without copying: read-only, whether or not these here are.

        Numba compiles a kernel again for each mix of columns that may and may not be written.
        """
        views = [getattr(self, name).view() for name in Columns._fields]
        for view in views:
            view.setflags(write=False)
        return Columns(*views)

    @property
    def are_orders(self) -> npt.NDArray[np.bool_]:
        """Which commands are orders, and not requests or commands of the system."""
        found: npt.NDArray[np.bool_] = self.kind == int(CommandKind.SUBMIT)
        found |= self.kind == int(CommandKind.SUBMIT_LEG)
        found |= self.kind == int(CommandKind.SUBMIT_LINKED)
        return found

    @property
    def accepted(self) -> "Commands":
        """The commands that go to the engine, acceptance being 0; a view where all do."""
        return self if not len(self.acceptance) else self.take(self.acceptance == 0)

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column at its full length, read-only; an empty one gives its default."""
        values: npt.NDArray[Any] = getattr(self, name)
        return values if len(values) == len(self) else np.broadcast_to(UNUSED[name], len(self))

    def part(self, start: int, stop: int) -> "Commands":
        """The commands from `start` up to, not including, `stop`."""
        return _of_columns({name: getattr(self, name)[start:stop] for name in SPECIFICATION})

    def take(self, where: npt.NDArray[Any]) -> "Commands":
        """A copy of the commands at these indices, or where this mask is true."""
        columns = {}
        for name in SPECIFICATION:
            values = getattr(self, name)
            columns[name] = values[where] if len(values) == len(self) else values
        return _of_columns(columns)

    def evolve(self, **columns: npt.ArrayLike) -> "Commands":
        """The same with other columns; a single number fills a column.

        A column in which no command uses anything comes out empty.
        """
        others = {name: getattr(self, name) for name in SPECIFICATION}
        return _of_columns(others | _filled(len(self), columns))


def _of_columns(columns: Mapping[str, npt.NDArray[Any]]) -> Commands:
    """Commands of columns that have their types already: nothing is converted."""
    made = object.__new__(Commands)
    for name, empty in EMPTY.items():
        object.__setattr__(made, name, columns.get(name, empty))
    made.__attrs_post_init__()
    return made


def _filled(length: int, given: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Columns of this length; empty ones where all is unused and that is allowed."""
    columns = {}
    for name, values in given.items():
        optional = name in OPTIONAL_COLUMNS
        if isinstance(values, int | bytes):
            one = _column(name, [values])
            unused = optional and values == UNUSED_VALUES[name]
            columns[name] = EMPTY[name] if unused else one if length == 1 else one.repeat(length)
        elif isinstance(values, list):
            unused = optional and values.count(UNUSED_VALUES[name]) == len(values)
            columns[name] = EMPTY[name] if unused else _column(name, values)
        else:
            column = _column(name, values)
            unused = optional and bool((column == UNUSED[name]).all())
            columns[name] = EMPTY[name] if unused else column
    return columns


def commands_of(length: int, **given: npt.ArrayLike) -> Commands:
    """A number of commands with these columns; a single number fills a column.

    Columns not given have the value for nothing.
    """
    columns = _filled(length, given)
    for name in REQUIRED:
        if name not in columns:
            columns[name] = np.full(length, UNUSED[name])
    return _of_columns(columns)


#: A batch without commands.
NO_COMMANDS: Final = commands_of(0)


def join(batches: Sequence[Commands]) -> Commands:
    """One batch of several, one after the other; that of a single one is itself."""
    if len(batches) == 1:
        return batches[0]
    columns: dict[str, npt.NDArray[Any]] = {}
    for name in SPECIFICATION:
        if name in REQUIRED or any(map(len, map(attrgetter(name), batches))):
            parts = [getattr(batch, name) for batch in batches]
            if not all(map(len, parts)):
                parts = [batch.column(name) for batch in batches]
            columns[name] = np.concatenate(parts) if parts else EMPTY[name]
    return _of_columns(columns)


def uetr_text(uetr: bytes) -> str:
    """The text of a UETR of 16 bytes."""
    text = uetr.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uetr_bytes(text: str) -> bytes:
    """The inverse of `uetr_text`."""
    return bytes.fromhex(text.replace("-", ""))


def to_records(commands: Commands) -> npt.NDArray[Any]:
    """Each command as a record of `COMMAND` (R31)."""
    records = np.empty(len(commands), COMMAND)
    for name in COMMAND.names or ():
        values = getattr(commands, name)
        records[name] = values if len(values) else UNUSED[name]
    return records


def from_records(records: npt.NDArray[Any]) -> Commands:
    """The inverse of `to_records`.

    Raises:
        InputError: a number is outside its column.
    """
    return commands_of(len(records), **{name: records[name] for name in COMMAND.names or ()})
