"""Orders of the last business days and their status by UETR, derived from the record."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.engine import Commands, EventKind
from skontro.engine.command_columns import UNUSED_VALUES
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.chunked_array import ChunkedArray, distinct
from skontro.ledger.day_figures import FOLLOWED, DayFigures
from skontro.ledger.day_steps import DaySteps
from skontro.ledger.decision_history import DecisionHistory
from skontro.ledger.entry import Entry
from skontro.ledger.held_orders import HeldOrders
from skontro.ledger.idempotency import Answer, Answers
from skontro.ledger.offsetting_runs import OffsettingRuns
from skontro.ledger.order_records import (
    ANY_ACCOUNT,
    NO_NUMBER,
    NO_STATUS,
    NOW,
    ORDER,
    STATUS_OF_KIND,
    STATUSES,
    OrderPage,
    OrdersOfDay,
    indices_of_accounts,
    new_orders,
    set_outcome,
)
from skontro.ledger.postgres.tables import COMMANDS, Records
from skontro.ledger.uetr_index import UetrIndex
from skontro.model import InvariantBroken, OrderStatus, ReasonCode
from skontro.system import (
    ACCEPTED,
    WAREHOUSED,
    Batch,
    BatchKind,
    StepKind,
)

Indices = npt.NDArray[np.int64]

#: Default number of business days whose orders are remembered.
DEFAULT_DAYS: Final = 20
#: Most orders examined for one page of a list; the page then ends early.
MAX_LOOKED_AT: Final = 10_000

#: Fields of an order that an event of a request changes.
_CHANGES: Final = {
    EventKind.CLASS_CHANGED: ("class_now",),
    EventKind.TIMES_CHANGED: ("earliest_now", "latest_now"),
}


class OrderIndex:
    """Orders by index, in the order in which they were submitted.

    An index never changes. Orders of days no longer remembered are dropped. The sequencer claims
    the UETRs of new orders in `uetrs`, which gives them their indices. Orders become visible when
    they are added with their batch. Claims and additions have the same order.

    Args:
        days: business days whose orders are remembered.
    """

    def __init__(self, days: int = DEFAULT_DAYS) -> None:
        self._most_days = days
        #: One for each start of day; earlier orders belong to the first. Replaced, never changed.
        self._days: tuple[OrdersOfDay, ...] = (OrdersOfDay(0, 0),)
        self._started = False
        self._listed = 0
        self._orders = ChunkedArray(ORDER)
        #: Index of each UETR, of an order added or only claimed.
        self.uetrs = UetrIndex()
        self._index_of_number = ChunkedArray(np.int64)
        self._answers = Answers()
        self.day_steps = DaySteps(days)
        self.day_figures = DayFigures()
        self.decisions, self.offsetting_runs = DecisionHistory(), OffsettingRuns(days)
        self.held = HeldOrders()
        #: Replaced in recovery where the record begins with other balances.
        self.statements = AccountStatements()

    @property
    def base(self) -> int:
        """The first index remembered."""
        return self._orders.base

    @property
    def count(self) -> int:
        """The index of the next order to be added."""
        return self._orders.count

    def index_of(self, uetr: bytes) -> int | None:
        """The index of the order with this UETR, 16 bytes; None if none is remembered."""
        (index,) = self.uetrs.find(np.frombuffer(uetr, "V16")).tolist()
        return index if self.base <= index < self.count else None

    def order(self, index: int) -> Any:  # noqa: ANN401  one record of `ORDER`
        """The order at an index that `index_of` gave."""
        return self._orders[index]

    def at(self, indices: npt.NDArray[np.int64], *field: str) -> Records:
        """A copy of the orders, or of one field, at indices from other methods of this class."""
        return self._orders.take(indices, *field)

    def orders(self, first: int, last: int) -> Records:
        """The orders from one index up to, not including, another, as far as remembered."""
        return self._orders.between(first, last)

    def page(
        self,
        accounts: Sequence[int] | None,
        statuses: Sequence[str],
        after: int,
        limit: int,
        most_looked_at: int = MAX_LOOKED_AT,
    ) -> OrderPage:
        """Orders from an index on, at a cost independent of the number of other orders.

        Args:
            accounts: only orders with one of these as payer or payee; None for all.
            statuses: only orders with one of these statuses now; none for any.
            after: first index: 0, or `following` of the previous page.
            limit: most orders of the page.
            most_looked_at: most orders examined; the page then ends early.
        """
        # Read first: every index listed up to here can be found below.
        end = self._listed
        start = max(after, self.base)
        most = min(limit, most_looked_at) if not statuses else most_looked_at
        if accounts is None:
            indices = np.arange(start, min(end, start + most), dtype=np.int64)
        else:
            indices = indices_of_accounts(self._days, accounts, start, end, most)
        wanted = np.ones(len(indices), np.bool_)
        if statuses:
            numbers = [STATUSES.index(status) for status in statuses]
            wanted = np.isin(self._orders.take(indices, "status"), numbers)
        chosen = np.flatnonzero(wanted)[:limit]
        looked_at = int(chosen[-1]) + 1 if len(chosen) == limit else len(indices)
        if looked_at < len(indices):
            following: int | None = int(indices[looked_at])
        elif len(indices) == most:
            following = int(indices[-1]) + 1
        else:
            following = None
        if following is not None and following >= end:
            following = None
        indices = indices[chosen]
        return OrderPage(indices, self.at(indices), following, looked_at)

    def legs(self, accounts: Sequence[int] | None, after: int, limit: int) -> Indices:
        """The first indices of orders with a counterleg.

        Args:
            accounts: only orders with one of these as payer or payee; None for all.
            after: first index.
            limit: most indices.
        """
        end, start = self._listed, max(after, self.base)
        keys = [ANY_ACCOUNT] if accounts is None else accounts
        return indices_of_accounts(self._days, keys, start, end, limit, legs=True)

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record.

        Raises:
            InvariantBroken: one of its orders has the UETR of another, or the balances at the seal
                of a day differ from the sum of postings.
        """
        batch = entry.batch
        if batch.kind == BatchKind.STEP:
            step = json.loads(batch.body)
            if step["kind"] == StepKind.START:
                self._begin_day(step["date"])
        for derived in (
            self.day_steps,
            self._answers,
            self.statements,
            self.decisions,
            self.offsetting_runs,
        ):
            derived.add(entry)
        if batch.kind == BatchKind.ORDERS:
            self._add_orders(entry)
        elif batch.kind in (BatchKind.STEP, BatchKind.DECISION):
            self._follow_orders(batch)
        elif batch.kind == BatchKind.REQUEST:
            self._follow_request(batch)
        self._follow(batch.events)

    def answer(self, key: bytes) -> Answer | None:
        """The answer to the request with this key; None if none is remembered."""
        return self._answers.find(key)

    def _begin_day(self, date: str) -> None:
        self.statements.begin_day(date)
        self.statements.keep(self._most_days)
        self.day_figures.begin_day()
        self.offsetting_runs.begin_day()
        if not self._started:
            self._started = True
            return
        self._answers.begin_day()
        self._answers.keep(self._most_days)
        days = (*self._days, OrdersOfDay(self.count, self._index_of_number.count))
        if len(days) > self._most_days:
            days = days[-self._most_days :]
            # Warehoused orders have numbers of this day, but belong to the day of submission.
            self._index_of_number.drop_before(days[0].first_number)
            self.uetrs.base = days[0].first
            self._orders.drop_before(days[0].first)
            self.held.drop_before(days[0].first)
        self._days = days

    def _add_orders(self, entry: Entry) -> None:
        rows = entry.rows[COMMANDS.name]
        start, count = self.count, len(rows)
        if self.uetrs.next_index == start and self.uetrs.claim(rows["uetr"]) is None:
            # A day forgotten at that time may be remembered now: the later order counts.
            self.uetrs.forget(rows["uetr"])
            if self.uetrs.claim(rows["uetr"]) is None:
                raise InvariantBroken("a UETR names one order", f"batch {entry.number}")
        added = new_orders(entry, self._index_of_number.count)
        admitted = np.flatnonzero(added["number"] != NO_NUMBER)
        self._index_of_number.append(admitted + start)
        self._orders.append(added)
        self._days[-1].list_orders(rows, start)
        self.held.follow(np.arange(start, start + count), added)
        self._listed = self.count

    def _follow_orders(self, batch: Batch) -> None:
        """Follow orders that leave the warehouse or the held ones, or are held from now on."""
        if not batch.commands.are_orders.any():
            return
        orders = batch.commands.take(batch.commands.are_orders)
        acceptance = orders.column("acceptance")
        indices = self.uetrs.find(orders.uetr)
        known = indices >= self.base
        released = self._orders.take(indices[known])
        released["screening"] = orders.column("screening")[known]
        set_outcome(released, acceptance[known], batch.time)
        admitted = acceptance == ACCEPTED
        numbers = self._index_of_number.count + np.cumsum(admitted) - 1
        released["number"] = np.where(admitted, numbers, NO_NUMBER)[known]
        self._orders.put(indices[known], released)
        self.held.follow(indices[known], released)
        self._index_of_number.append(np.where(known, indices, NO_NUMBER)[admitted])

    def _follow_request(self, batch: Batch) -> None:
        request = batch.commands
        if request.column("acceptance")[0] <= WAREHOUSED:
            index = self.index_of(request.uetr[0].tobytes())
            if index is not None:
                order = self._orders[index]
                order["status"] = STATUSES.index(OrderStatus.CANCELLED)
                order["reason"] = int(ReasonCode.CANCELLED_BY_PARTICIPANT)
                order["status_time"] = batch.time
                self.held.follow(np.array([index]), self.at(np.array([index])))
            return
        for kind, fields in _CHANGES.items():
            changed = batch.events["kind"] == int(kind)
            for number in batch.events["order"][changed].tolist():
                index = self.index_of_number(number)
                if index is not None:
                    self._change(index, request, fields)

    def _change(self, index: int, request: Commands, fields: tuple[str, ...]) -> None:
        """Take over what a request names of these fields."""
        for now in fields:
            new = request.column(NOW[now])[0]
            if new != UNUSED_VALUES[NOW[now]]:
                if now == "class_now":
                    self.day_figures.change_class(self.at(np.array([index])), int(new))
                self._orders[index][now] = new

    def index_of_number(self, number: int) -> int | None:
        """The index of the order with this number in the engine."""
        numbered = self._index_of_number
        if not numbered.base <= number < numbered.count or numbered[number] < self.base:
            return None
        return int(numbered[number])

    def _follow(self, events: Records) -> None:
        status = STATUS_OF_KIND[events["kind"]]
        about = (status != NO_STATUS) & (events["order"] >= self._index_of_number.base)
        if not about.any():
            return
        indices = self._index_of_number.take(events["order"][about])
        known = indices >= self.base
        known_indices, events, status = indices[known], events[about][known], status[about][known]
        changing = distinct(known_indices)
        before = self._orders.take(changing, "status")
        # The last of several events of one order counts. The first one is found likewise, in
        # reverse order, where the order had none before.
        fresh = np.flatnonzero(self._orders.take(known_indices, "entry_status") < 0)[::-1]
        for prefix, time, these in (
            ("entry_", "entry_time", fresh),
            ("", "status_time", slice(None)),
        ):
            self._orders.put(known_indices[these], status[these], f"{prefix}status")
            self._orders.put(known_indices[these], events["reason"][these], f"{prefix}reason")
            self._orders.put(known_indices[these], events["time"][these], time)
        self.day_figures.follow(self._orders.take_as(changing, FOLLOWED), before)

    def begin_at(self, number: int, index: int) -> None:
        """Set the initial number and index, before the first batch.

        Args:
            number: the engine's number for the next order.
            index: index of the next order, so that it is the same after a restart.
        """
        self._index_of_number = ChunkedArray(np.int64, number)
        self._orders = ChunkedArray(ORDER, index)
        self.uetrs.base = self.uetrs.next_index = self._listed = index
        self._days = (OrdersOfDay(index, number),)
