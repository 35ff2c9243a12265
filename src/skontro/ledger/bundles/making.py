"""A bundle made from the record: orders with their proofs, the acts of a case, messages."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import attrs
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import uetr_bytes
from skontro.ledger.bundles.batch_part import batch_item
from skontro.ledger.bundles.lines import pack
from skontro.ledger.entry import Entry
from skontro.ledger.keys import public_text
from skontro.ledger.order_records import NO_STATUS, STATUS_OF_KIND, STATUSES
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.postgres.tables import COMMANDS
from skontro.ledger.reader import last_batch, read_entries
from skontro.ledger.receipts import BatchProof
from skontro.model import InputError, ParticipantDirectory, ReasonCode
from skontro.system import ACCEPTED, ORDER_KINDS, WAREHOUSED, BatchKind, are_held

FORMAT: Final = 1

_OF_UETR: Final = "SELECT batch FROM command WHERE uetr @> ARRAY[%s]::uuid[] ORDER BY batch"
_OF_NUMBER: Final = (
    "SELECT batch FROM event WHERE batch >= %s AND subject @> ARRAY[%s]::bigint[] ORDER BY batch"
)
_AT: Final = "SELECT batch FROM journal WHERE time = %s"


class RecordSource(Protocol):
    """The reads that a bundle needs of a record."""

    def batches_with(self, uetr: str) -> list[int]:
        """Batches with a command that has this UETR, in order."""

    def batches_about(self, number: int, first: int) -> list[int]:
        """Batches from one on with events about this number, in order."""

    def batch_at(self, time: int) -> int | None:
        """The batch of a time; None if there is none."""

    def entry(self, batch: int) -> Entry:
        """A batch with all its tables."""

    def last(self) -> int:
        """The number of the last batch."""


class StoredRecord:
    """A record in its database.

    Args:
        connection: of the record.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _numbers(self, query: str, *arguments: object) -> list[int]:
        rows: Any = self._connection.execute(query.encode(), arguments).fetchall()
        return [int(row[0]) for row in rows]

    def batches_with(self, uetr: str) -> list[int]:
        """As in `RecordSource`."""
        return self._numbers(_OF_UETR, uetr)

    def batches_about(self, number: int, first: int) -> list[int]:
        """As in `RecordSource`."""
        return self._numbers(_OF_NUMBER, first, number)

    def batch_at(self, time: int) -> int | None:
        """As in `RecordSource`."""
        return next(iter(self._numbers(_AT, time)), None)

    def entry(self, batch: int) -> Entry:
        """As in `RecordSource`."""
        (entry,) = read_entries(self._connection, batch, batch)
        return entry

    def last(self) -> int:
        """As in `RecordSource`."""
        return last_batch(self._connection)


@attrs.frozen
class Attached:
    """A message or another document of the case.

    Attributes:
        name: for people, one line.
        content: its bytes.
    """

    name: str
    content: bytes


@attrs.frozen(kw_only=True)
class BundleContent:
    """The content that is asked for.

    Attributes:
        system: name of the system.
        uetrs: of the orders.
        case: the case as JSON values, with its history; None for none.
        attached: messages and documents.
        others: bundles of other systems.
    """

    system: str
    uetrs: tuple[str, ...] = ()
    case: Mapping[str, Any] | None = None
    attached: tuple[Attached, ...] = ()
    others: tuple[bytes, ...] = ()


def make_bundle(
    source: RecordSource,
    directory: ParticipantDirectory,
    content: BundleContent,
    key: Ed25519PrivateKey,
) -> bytes:
    """The bundle of a case: the same bytes for the same record and content.

    Args:
        source: the record.
        directory: participants and accounts of the system.
        content: that is asked for.
        key: with which the system signs its record.

    Raises:
        InputError: an order is not in the record, or the bundle becomes too large.
    """
    maker = _Maker(source, directory, public_text(key))
    for uetr in content.uetrs:
        maker.add_order(uetr)
    if content.case is not None:
        maker.add_case(content.case)
    maker.open(source.last(), body=False, tables=False)
    head = {
        "kind": "bundle",
        "format": FORMAT,
        "system": content.system,
        "public_key": public_text(key),
        "accounts": {str(number): maker.accounts[number] for number in sorted(maker.accounts)},
    }
    attached = [
        {"kind": "document", "name": one.name, "content": _base64(one.content)}
        for one in content.attached
    ]
    others = [{"kind": "other", "content": _base64(one)} for one in content.others]
    return pack([head, *maker.items, *maker.batches(), *attached, *others], key)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


class _Maker:
    """Collects orders and batches; a batch is opened once, with all parts that are needed."""

    def __init__(self, source: RecordSource, directory: ParticipantDirectory, key: str) -> None:
        self._source, self._directory, self._key = source, directory, key
        self._opened: dict[int, tuple[bool, bool]] = {}
        self._entries: dict[int, Entry] = {}
        self.items: list[dict[str, Any]] = []
        self.accounts: dict[int, list[str]] = {}

    def entry(self, batch: int) -> Entry:
        if batch not in self._entries:
            self._entries[batch] = self._source.entry(batch)
        return self._entries[batch]

    def open(self, batch: int, *, tables: bool, body: bool) -> None:
        before = self._opened.get(batch, (False, False))
        self._opened[batch] = (before[0] or tables, before[1] or body)

    def batches(self) -> list[dict[str, Any]]:
        return [
            batch_item(self.entry(number), tables=tables, body=body)
            for number, (tables, body) in sorted(self._opened.items())
        ]

    def add_order(self, uetr: str) -> None:
        batches = self._source.batches_with(uetr)
        submitted = next(
            (one for one in batches if self.entry(one).batch.kind == BatchKind.ORDERS), None
        )
        if submitted is None:
            raise InputError(f"the record has no order {uetr}")
        entry = self.entry(submitted)
        commands = entry.rows[COMMANDS.name]
        place = int(np.flatnonzero(commands["uetr"] == np.void(uetr_bytes(uetr)))[0])
        proof = BatchProof.of(entry)
        request = proof.request_of(place)
        if request is None:
            raise InputError(f"the record has no request for order {uetr}")
        row = commands[place]
        state = self._state(uetr, batches)
        self.items.append(
            {
                "kind": "order",
                "uetr": uetr,
                "payer": self._account(int(row["payer"])),
                "payee": self._account(int(row["payee"])),
                "amount": int(row["amount"]),
                **state,
                "receipt": proof.receipt(request, self._key),
            }
        )

    def _account(self, number: int) -> int:
        accounts = self._directory.accounts
        if 0 <= number < len(accounts):
            one = accounts[number]
            self.accounts[number] = [one.bic, one.currency.code]
        return number

    def _state(self, uetr: str, batches: Sequence[int]) -> dict[str, Any]:
        """Number, status, reason, and time of an order, with the batch that gave it its status."""
        number, status, reason, time, batch = None, "", 0, 0, -1
        for one in batches:
            entry = self.entry(one)
            commands = entry.rows[COMMANDS.name]
            if entry.batch.kind == BatchKind.REQUEST and commands["acceptance"][0] <= WAREHOUSED:
                status, reason = "cancelled", int(ReasonCode.CANCELLED_BY_PARTICIPANT)
                time, batch = int(entry.batch.time), one
                continue
            orders = np.isin(commands["kind"], ORDER_KINDS)
            places = np.flatnonzero(orders & (commands["uetr"] == np.void(uetr_bytes(uetr))))
            if not len(places):
                continue
            acceptance = int(commands["acceptance"][places[-1]])
            status, reason = _outside(acceptance)
            time, batch = int(entry.batch.time), one
            if acceptance == ACCEPTED:
                number = _number_of(entry, int(places[-1]), orders)
        if number is not None:
            for one in self._source.batches_about(number, batch):
                events = self.entry(one).batch.events
                about = events[events["order"] == number]
                about = about[STATUS_OF_KIND[about["kind"]] != NO_STATUS]
                if len(about):
                    last = about[-1]
                    status = str(STATUSES[STATUS_OF_KIND[last["kind"]]])
                    reason, time, batch = int(last["reason"]), int(last["time"]), one
            self.open(batch, tables=True, body=False)
        return {
            "number": number,
            "status": status,
            "reason": ReasonCode(reason).name,
            "time": time,
            "batch": batch,
        }

    def add_case(self, case: Mapping[str, Any]) -> None:
        self.items.append({"kind": "case", "case": dict(case)})
        for event in case["history"]:
            batch = self._source.batch_at(int(event["time"]))
            if batch is None:
                raise InputError(f"the record has no batch at {event['time']}, as the case says")
            self.open(batch, tables=False, body=True)


def _outside(acceptance: int) -> tuple[str, int]:
    """Status and reason of an order by its acceptance alone."""
    if acceptance == WAREHOUSED:
        return "warehoused", int(ReasonCode.AWAITS_VALUE_DATE)
    if are_held(np.array([acceptance], np.int16))[0]:
        return "held", -acceptance
    if acceptance == ReasonCode.RETURNED_WHILE_HELD:
        return "returned", acceptance
    return "rejected", acceptance


def _number_of(entry: Entry, place: int, orders: Any) -> int:  # noqa: ANN401  array of bool
    """The engine's number of an order: its batch has an event about each of its orders."""
    events, commands = entry.batch.events, entry.rows[COMMANDS.name]
    admitted = orders & (commands["acceptance"] == ACCEPTED)
    of_orders = events["order"][STATUS_OF_KIND[events["kind"]] != NO_STATUS]
    first = int(of_orders.max()) + 1 - int(admitted.sum())
    return first + int(admitted[:place].sum())
