"""Message files as the payments of a scenario: the rows that a CSV file would have.

A payment is submitted when its message was created, but not before its value date begins: until
then a live system warehouses it.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import polars as pl

from skontro.files.payments import PAYMENT_COLUMNS, read_rows
from skontro.files.reading import is_folder
from skontro.files.refusals import (
    FIRST_ROW,
    REFUSALS,
    WHOLE_ROW,
    Refusal,
    Refusals,
    RowsRefused,
)
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.kept_orders import KeptOrders
from skontro.messages.message_read import MessageRead
from skontro.messages.order_rows import ROW_COLUMNS, refusal_of, row_of
from skontro.messages.parsing import MAX_MESSAGE_BYTES
from skontro.messages.reading import read_messages
from skontro.messages.requested_orders import NO_MANDATE, orders_of_requests
from skontro.messages.requests import DirectDebit
from skontro.messages.stream import BulkReader
from skontro.messages.writers.status_codes import StatusReason, status_reason
from skontro.model import BusinessDay, InputError, ReasonCode

#: Ending of message files.
ENDING: Final = ".xml"
#: Documents that make a folder one of something else.
_DOCUMENTS: Final = ("scenario.yaml", "results.yaml")
_SCHEMA: Final = pl.Schema({"row": pl.Int64(), **dict.fromkeys(ROW_COLUMNS, pl.String())})
#: Rows that become a table together.
ROWS_TOGETHER: Final = 4_096
#: Columns of refusals that answers need.
_OF_FAULTS: Final = ("row", "field", "reason_number", "message")


@attrs.frozen
class Received:
    """A message as it came in a file.

    Attributes:
        file: name of the file, without its folder.
        message: as read, without its orders and their references.
        orders: places of its orders among those kept; none where the message is refused.
    """

    file: str
    message: MessageRead
    orders: range = range(0)


class _Rows:
    """Rows of payments as tables of some thousands, of which memory holds the columns only."""

    def __init__(self) -> None:
        self._tables = [pl.DataFrame(schema=_SCHEMA)]
        self._waiting: dict[str, list[Any]] = {name: [] for name in _SCHEMA}

    def add(self, number: int, row: Mapping[str, Any]) -> None:
        self._waiting["row"].append(number)
        for name, value in row.items():
            self._waiting[name].append(value)
        if len(self._waiting["row"]) >= ROWS_TOGETHER:
            self.mark()

    def mark(self) -> int:
        """A place for `drop_after`."""
        if self._waiting["row"]:
            self._tables.append(pl.DataFrame(self._waiting, schema=_SCHEMA))
            self._waiting = {name: [] for name in _SCHEMA}
        return len(self._tables)

    def drop_after(self, mark: int) -> None:
        """Leave out the rows added after a mark."""
        self._waiting = {name: [] for name in _SCHEMA}
        del self._tables[mark:]

    def table(self) -> pl.DataFrame:
        self.mark()
        return pl.concat(self._tables, rechunk=True)


class MessageFiles:
    """Reads payments from message files, and keeps what their answers need.

        files = MessageFiles()
        table, refused = files.read(Path("day.xml"), ())

    Args:
        others: files to be read after the first.

    Attributes:
        received: messages in the order of files and of their place in them.
        kept: references and details of their orders, those of refused rows too.
        faults: why orders are refused, by row.
    """

    def __init__(self, others: Sequence[Path] = ()) -> None:
        self.received: list[Received] = []
        self.kept = KeptOrders()
        self.faults: dict[int, list[StatusReason]] = {}
        self._others = others
        self._path: Path | None = None
        self._files: list[tuple[str, int]] = []
        self._days: Mapping[datetime.date, BusinessDay] | None = None
        self._rows, self._refused = _Rows(), list[Refusal]()

    def read(
        self, path: Path, business_days: Sequence[BusinessDay]
    ) -> tuple[pl.DataFrame, list[Refusal]]:
        """The rows of a file, or of all message files in a folder by name; a `RowReader`.

        Rows are numbered through all files. A message is taken whole or not at all: the findings of
        a refused one are refusals, with the line in their file as row.

        Args:
            path: file or folder; of another kind, as `read_rows`.
            business_days: a payment is submitted on that of its value date; without them, each
                value date is one, from midnight to midnight, UTC.

        Raises:
            InputError: there is no such file, or the folder holds none.
            RowsRefused: there are no business days, and no good payment to derive them from.
        """
        if not is_message_source(path):
            return read_rows(path, business_days)
        self._path = path
        self._days = {day.date: day for day in business_days} if business_days else None
        for file in (*message_files(path), *self._others):
            before = self.kept.count
            try:
                with file.open("rb") as content:
                    if file.stat().st_size <= MAX_MESSAGE_BYTES:
                        for message in read_messages(content.read()):
                            self._take(file, message)
                    else:
                        self._take_large(file, BulkReader(content))
            except OSError as error:
                raise InputError(f"{file}: cannot be read: {error.strerror}") from None
            self._files.append((file.name, self.kept.count - before))
        table = self._rows.table()
        if table.is_empty() and self._refused and self._days is None:
            raise RowsRefused(path, Refusals.of(self._refused))
        return PAYMENT_COLUMNS.complete(table), self._refused

    def _take(self, file: Path, message: MessageRead) -> None:
        """Take a message that was read whole."""
        orders = message.orders or orders_of_requests(message.requests)
        references = message.references if orders else ()
        first = self.kept.count
        for order, reference in zip(orders, references, strict=True):
            self._add(order, reference, message)
        self._receive(file, message, first)

    def _take_large(self, file: Path, reader: BulkReader) -> None:
        """Take the only message of a large file in parts, and drop them if its end refuses it."""
        first, mark, earlier = self.kept.count, self._rows.mark(), len(self._refused)
        for order in reader:
            self._add(order, order.reference, reader.beginning)
        if not reader.message.accepted:
            self.kept.drop_after(first)
            self._rows.drop_after(mark)
            del self._refused[earlier:]
        self._receive(file, reader.message, first)

    def _add(
        self, order: InstructedOrder, reference: TransactionReference, message: MessageRead
    ) -> None:
        number = self.kept.count + FIRST_ROW
        self.kept.keep(order.uetr, reference, order.details)
        row, fault = row_of(order, message, self._days)
        if fault is None:
            self._rows.add(number, row)
        else:
            name = "" if self._path is None else self._path.name
            self._refused.append(attrs.evolve(fault, file=name, row=number))

    def _receive(self, file: Path, message: MessageRead, first: int) -> None:
        """Keep what the answer to a message needs; its orders are those kept from the first on."""
        orders = range(first, self.kept.count)
        if message.accepted and not orders:
            text, reason = why_no_payment(message).lines[0], ReasonCode.FIELD_MALFORMED
            self._refused.append(Refusal(file.name, 1, WHOLE_ROW, reason, None, text))
        if not message.accepted:
            self._refused += [refusal_of(file, one) for one in message.findings if one.refuses]
        without = attrs.evolve(message, orders=(), references=())
        self.received.append(Received(file.name, without, orders))

    def keep_faults(self, refusals: Refusals) -> None:
        """Keep why rows are refused that `read` gave, for the answers."""
        if self._path is None:
            return
        own = refusals.table.filter(pl.col("file") == self._path.name)
        for row, field, number, text in own.select(_OF_FAULTS).iter_rows():
            reason = status_reason(ReasonCode(number))
            if reason is not None and 0 <= row - FIRST_ROW < self.kept.count:
                fault = attrs.evolve(reason, lines=(f"{field}: {text}",))
                self.faults.setdefault(row, []).append(fault)

    def locate(self, refusals: Refusals) -> Refusals:
        """Refusals or warnings with the file and the transaction that each row came from.

        Args:
            refusals: those of the table that `read` gave, and others.
        """
        if self._path is None:
            return refusals
        own = [
            pl.select(
                own_file=pl.lit(name),
                own_row=pl.int_range(FIRST_ROW, FIRST_ROW + count, dtype=pl.Int64),
            )
            for name, count in self._files
        ]
        row = pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW, dtype=pl.Int64)
        places = pl.concat(own).with_columns(file=pl.lit(self._path.name), row=row)
        joined = refusals.table.join(places, on=["file", "row"], how="left", maintain_order="left")
        return Refusals(
            joined.with_columns(
                file=pl.coalesce("own_file", "file"), row=pl.coalesce("own_row", "row")
            ).select(list(REFUSALS))
        )


def why_no_payment(message: MessageRead) -> StatusReason:
    """Why an accepted message brings no order into a settled day."""
    if any(isinstance(one, DirectDebit) for one in message.requests):
        return NO_MANDATE
    text = f"{message.name} holds no payments; other messages are for a running system"
    return StatusReason("AG08", (text,))


def message_files(path: Path) -> Iterator[Path]:
    """The message file itself, or those in a folder by name.

    Raises:
        InputError: the folder holds none.
    """
    if not is_folder(path):
        yield path
        return
    found = sorted(one for one in path.iterdir() if is_message_file(one))
    if not found:
        raise InputError(f"{path}: the folder holds no message files that end in {ENDING}")
    yield from found


def is_message_source(path: Path) -> bool:
    """Whether a path names a message file, or a folder of them without a scenario."""
    return is_message_file(path) or (
        is_folder(path)
        and not any((path / name).exists() for name in _DOCUMENTS)
        and any(map(is_message_file, path.iterdir()))
    )


def is_message_file(path: Path) -> bool:
    """Whether a path names a message file."""
    return path.suffix.lower() == ENDING and not path.name.startswith(".") and not path.is_dir()
