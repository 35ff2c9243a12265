"""Message files as the payments of a scenario: the rows that a CSV file would have.

A payment is submitted when its message was created, but not before its value date begins: until
then a live system warehouses it.
"""

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
from skontro.messages.message_read import MessageRead
from skontro.messages.order_rows import ROW_COLUMNS, refusal_of, row_of, without_details
from skontro.messages.parsing import MAX_MESSAGE_BYTES
from skontro.messages.reading import read_messages
from skontro.messages.requested_orders import NO_MANDATE, orders_of_requests
from skontro.messages.requests import DirectDebit
from skontro.messages.stream import BulkReader
from skontro.messages.writers.status_codes import StatusReason, status_reason
from skontro.model import (
    BusinessDay,
    InputError,
    ReasonCode,
)
from skontro.model.payment_details import PaymentDetails

#: Ending of message files.
ENDING: Final = ".xml"
#: Documents that make a folder one of something else.
_DOCUMENTS: Final = ("scenario.yaml", "results.yaml")
#: Columns of refusals that answers need.
_OF_FAULTS: Final = ("row", "field", "reason_number", "message")


@attrs.frozen
class Received:
    """A message as it came in a file.

    Attributes:
        file: name of the file, without its folder.
        message: as read; its orders are given up for their rows and details.
        rows: number of the row of each order; none where the message is refused.
    """

    file: str
    message: MessageRead
    rows: tuple[int, ...] = ()


class DetailsByUetr(Mapping[str, PaymentDetails]):
    """Details of orders by UETR, kept in their canonical form, which takes less memory."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}

    def keep(self, uetr: str, text: bytes) -> None:
        """Keep details in the form of `PaymentDetails.to_bytes`, the first of each UETR."""
        self._texts.setdefault(uetr, text)

    def __getitem__(self, uetr: str) -> PaymentDetails:
        return PaymentDetails.from_bytes(self._texts[uetr])

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class MessageFiles:
    """Reads payments from message files, and keeps what their answers need.

        files = MessageFiles()
        table, refused = files.read(Path("day.xml"), ())

    Args:
        others: files to be read after the first.

    Attributes:
        received: messages in the order of files and of their place in them.
        details: of orders, by UETR.
        faults: why orders are refused, by row.
    """

    def __init__(self, others: Sequence[Path] = ()) -> None:
        self.received: list[Received] = []
        self.details = DetailsByUetr()
        self.faults: dict[int, list[StatusReason]] = {}
        self._others = others
        self._path: Path | None = None
        self._places: list[tuple[str, int]] = []

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
        days = {day.date: day for day in business_days} if business_days else None
        columns: dict[str, list[Any]] = {name: [] for name in ("row", *ROW_COLUMNS)}
        refused: list[Refusal] = []
        for file in (*message_files(path), *self._others):
            before = len(self._places)
            for message in self._messages_of(file):
                orders = message.orders or orders_of_requests(message.requests)
                if message.accepted and not orders:
                    text, reason = why_no_payment(message).lines[0], ReasonCode.FIELD_MALFORMED
                    refused.append(Refusal(file.name, 1, WHOLE_ROW, reason, None, text))
                if not message.accepted:
                    refused += [refusal_of(file, one) for one in message.findings if one.refuses]
                first = len(self._places) + FIRST_ROW
                for number, order in enumerate(orders, first):
                    self._places.append((file.name, number - before))
                    self.details.keep(order.uetr, order.details.to_bytes())
                    row, fault = row_of(order, message, days)
                    if fault is None:
                        for name, value in {"row": number, **row}.items():
                            columns[name].append(value)
                    else:
                        refused.append(attrs.evolve(fault, file=path.name, row=number))
                taken = tuple(range(first, first + len(orders)))
                kept = attrs.evolve(message, orders=())
                self.received.append(Received(file.name, kept, taken))
        if not columns["row"] and refused and days is None:
            raise RowsRefused(path, Refusals.of(refused))
        schema = {"row": pl.Int64(), **dict.fromkeys(ROW_COLUMNS, pl.String())}
        return PAYMENT_COLUMNS.complete(pl.DataFrame(columns, schema=schema)), refused

    def _messages_of(self, file: Path) -> list[MessageRead]:
        """All messages of a small file; of a large one its only message, read in parts.

        The details of a large file are kept here, and its orders have only what their rows need.
        """
        try:
            with file.open("rb") as content:
                if file.stat().st_size <= MAX_MESSAGE_BYTES:
                    return read_messages(content.read())
                reader = BulkReader(content)
                orders, references, texts = [], [], []
                for order in reader:
                    texts.append(order.details.to_bytes())
                    references.append(order.reference)
                    orders.append(without_details(order))
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {error.strerror}") from None
        if not reader.message.accepted:
            return [reader.message]
        for order, text in zip(orders, texts, strict=True):
            self.details.keep(order.uetr, text)
        message = reader.message
        return [attrs.evolve(message, orders=tuple(orders), references=tuple(references))]

    def keep_faults(self, refusals: Refusals) -> None:
        """Keep why rows are refused that `read` gave, for the answers."""
        if self._path is None:
            return
        own = refusals.table.filter(pl.col("file") == self._path.name)
        for row, field, number, text in own.select(_OF_FAULTS).iter_rows():
            reason = status_reason(ReasonCode(number))
            if reason is not None and 0 <= row - FIRST_ROW < len(self._places):
                fault = attrs.evolve(reason, lines=(f"{field}: {text}",))
                self.faults.setdefault(row, []).append(fault)

    def locate(self, refusals: Refusals) -> Refusals:
        """Refusals or warnings with the file and the transaction that each row came from.

        Args:
            refusals: those of the table that `read` gave, and others.
        """
        if self._path is None:
            return refusals
        numbers = range(FIRST_ROW, FIRST_ROW + len(self._places))
        places = pl.DataFrame(
            {
                "file": pl.Series([self._path.name] * len(self._places), dtype=pl.String),
                "row": pl.Series(numbers, dtype=pl.Int64),
                "own_file": pl.Series([file for file, _ in self._places], dtype=pl.String),
                "own_row": pl.Series([row for _, row in self._places], dtype=pl.Int64),
            }
        )
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
