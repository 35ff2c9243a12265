"""The orders that cases are about, followed through a record, and compared with each opening.

The service takes the facts of an order from its index when a person opens a case. A replay takes
them as given, so verification compares them with the order in the record.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import Commands, uetr_bytes, uetr_text
from skontro.ledger.entry import Entry
from skontro.ledger.order_records import (
    NO_NUMBER,
    NO_STATUS,
    STATUS_OF_KIND,
    STATUSES,
    new_orders,
    set_outcome,
    status_name,
)
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus, ParticipantDirectory, from_timestamp
from skontro.model.text import quoted
from skontro.system import ACCEPTED, WAREHOUSED, Batch, BatchKind, SettlementSystem
from skontro.system.acceptance import date_of
from skontro.system.cases.case import CaseOrder

#: Statuses of the index that a case does not know.
_WAITING: Final = {"warehoused": OrderStatus.HELD, "earmarked": OrderStatus.HELD}
_CANCELLED: Final = STATUSES.index(OrderStatus.CANCELLED)
#: Microseconds for which an opening may be under way: the status counts that the order had then.
UNDER_WAY: Final = 600_000_000
_UETR: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def case_status(status: int) -> OrderStatus:
    """The status of an order in a case, by its number in the index."""
    name = status_name(status)
    return _WAITING.get(name) or OrderStatus(name)


def case_order(
    directory: ParticipantDirectory,
    order: Any,  # noqa: ANN401  one record
    zone: datetime.tzinfo,
) -> CaseOrder:
    """The facts of an order in the opening of a case.

    Args:
        directory: of participants and accounts.
        order: an `ORDER` record.
        zone: of the business days.
    """
    payer = directory.accounts[int(order["payer"])]
    payee = directory.accounts[int(order["payee"])]
    date = int(order["value_date"])
    submitted = from_timestamp(int(order["time"])).astimezone(zone).date()
    return CaseOrder(
        uetr=uetr_text(order["uetr"].tobytes()),
        payer=payer.bic,
        payee=payee.bic,
        currency=payer.currency.code,
        amount=int(order["amount"]),
        status=case_status(int(order["status"])),
        date=(date_of(date) if date else submitted).isoformat(),
    )


@attrs.define(eq=False)
class _Followed:
    """An order with all statuses so far, each with the time from which it held."""

    order: Records
    statuses: list[tuple[int, int]]

    def take(self, time: int) -> None:
        status = int(self.order["status"][0])
        if not self.statuses or self.statuses[-1][1] != status:
            self.statuses.append((time, status))

    def since(self, time: int) -> set[OrderStatus]:
        """The statuses that it has had from a time on."""
        ends = [start for start, _ in self.statuses[1:]]
        ended = sum(end < time for end in ends)
        return {case_status(status) for _, status in self.statuses[ended:]}


class CaseOrders:
    """Follows the orders that openings of cases name, batch by batch.

        orders = CaseOrders(uetrs_in_openings(connection))
        for entry in read_entries(connection, 0, last):
            replay(system, entry)
            difference = orders.check(entry, system)

    Args:
        uetrs: of the orders, 16 bytes each; others are not followed.
    """

    def __init__(self, uetrs: Iterable[bytes]) -> None:
        self._wanted = np.array(sorted(uetrs), "V16")
        self._followed: dict[bytes, _Followed] = {}
        self._of_number: dict[int, _Followed] = {}
        #: The engine's number for the next order, and the number of the next case.
        self._next, self._case = 0, 0

    def check(self, entry: Entry, system: SettlementSystem) -> str | None:
        """Take the next batch; the first difference of an opening in it, or None.

        Args:
            entry: as recorded.
            system: after the batch.
        """
        if not len(self._wanted):
            return None
        self._follow(entry)
        first, self._case = self._case, system.cases.count
        for number in range(first, self._case):
            case = system.cases.get(number)
            if case is not None and case.order is not None:
                found = self._difference(case.order, entry.batch.time, system)
                if found is not None:
                    return f"batch {entry.number}: case {number}: {found}"
        return None

    def _difference(self, named: CaseOrder, time: int, system: SettlementSystem) -> str | None:
        followed = self._followed.get(uetr_bytes(named.uetr))
        if followed is None:
            return f"the record has no order {named.uetr}"
        zone = system.clock.calendar.zone
        recorded = case_order(system.directory, followed.order[0], zone)
        for name in ("payer", "payee", "currency", "amount", "date"):
            one, other = getattr(named, name), getattr(recorded, name)
            if one != other:
                return _told(name, one, other)
        if named.status not in followed.since(time - UNDER_WAY):
            return _told("status", named.status, recorded.status)
        return None

    def _follow(self, entry: Entry) -> None:
        batch = entry.batch
        if batch.kind == BatchKind.ORDERS:
            self._take_new(entry)
        elif batch.kind in (BatchKind.STEP, BatchKind.DECISION):
            self._take_released(batch)
        elif batch.kind == BatchKind.REQUEST:
            self._take_request(batch)
        self._take_events(batch)

    def _take_new(self, entry: Entry) -> None:
        commands = entry.batch.commands
        rows = self._rows(commands)
        if len(rows):
            orders = new_orders(entry, self._next)
            for row in rows.tolist():
                followed = _Followed(orders[row : row + 1].copy(), [])
                self._followed[commands.uetr[row].tobytes()] = followed
                self._admit(followed, entry.batch.time)
        self._next += int(np.count_nonzero(commands.column("acceptance") == ACCEPTED))

    def _take_released(self, batch: Batch) -> None:
        """Orders that leave the warehouse or the held ones, or are held from now on."""
        if not batch.commands.are_orders.any():
            return
        orders = batch.commands.take(batch.commands.are_orders)
        acceptance = orders.column("acceptance")
        admitted = acceptance == ACCEPTED
        numbers = np.where(admitted, self._next + np.cumsum(admitted) - 1, NO_NUMBER)
        for row in self._rows(orders).tolist():
            followed = self._followed.get(orders.uetr[row].tobytes())
            if followed is not None:
                set_outcome(followed.order, acceptance[row : row + 1], batch.time)
                followed.order["number"] = numbers[row]
                self._admit(followed, batch.time)
        self._next += int(np.count_nonzero(admitted))

    def _admit(self, followed: _Followed, time: int) -> None:
        """Note the engine's number, whose events then give the status, or else the status."""
        number = int(followed.order["number"][0])
        if number == NO_NUMBER:
            followed.take(time)
        else:
            self._of_number[number] = followed

    def _take_request(self, batch: Batch) -> None:
        """A request that cancels an order outside the engine."""
        if batch.commands.column("acceptance")[0] > WAREHOUSED:
            return
        followed = self._followed.get(batch.commands.uetr[0].tobytes())
        if followed is not None:
            followed.order["status"] = _CANCELLED
            followed.take(batch.time)

    def _take_events(self, batch: Batch) -> None:
        if not self._of_number or not len(batch.events):
            return
        tracked = np.array([*self._of_number], np.int64)
        events = batch.events[np.isin(batch.events["order"], tracked)]
        for event in events[STATUS_OF_KIND[events["kind"]] != NO_STATUS]:
            followed = self._of_number[int(event["order"])]
            followed.order["status"] = STATUS_OF_KIND[event["kind"]]
            followed.take(batch.time)

    def _rows(self, commands: Commands) -> Any:  # noqa: ANN401  indices
        """Indices of the orders that are followed."""
        # The first halves of UETRs are compared as numbers: records cannot be.
        halves = np.ascontiguousarray(commands.uetr).view("<u8")[::2]
        rows = np.flatnonzero(np.isin(halves, self._wanted.view("<u8")[::2]))
        wanted = {one.tobytes() for one in self._wanted} if len(rows) else set()
        return rows[[commands.uetr[row].tobytes() in wanted for row in rows]]


def _told(name: str, named: object, recorded: object) -> str:
    return (
        f"the {name} of its order is {quoted(str(named))}, the record gives {quoted(str(recorded))}"
    )


def uetrs_in_openings(connection: Connection) -> set[bytes]:
    """UETRs of the orders that openings of cases in a record name, and of a few others.

    Raises:
        psycopg.Error: the database fails meanwhile.
    """
    rows = connection.execute(
        "SELECT body FROM journal WHERE kind = %s AND body LIKE %s",
        [int(BatchKind.DECISION), "%open_case%"],
    )
    return {uetr_bytes(found) for (body,) in rows for found in _UETR.findall(str(body))}
