"""Maximum value over the queues as they stand: covers, reservations and limits as rows.

Every order is a candidate. Rows with room, each bounding what settles together:

    account             all it pays - all it receives      <= cover
    net-sender limit    all it pays - all it receives      <= what the limit leaves
    bilateral limit     what A pays B - what B pays A      <= what the limit leaves

A reservation binds only if an order of a lower class settles, and less if orders of its own class
do. With u, h, n for what an account pays in each class, less all it receives, and U, H reserved,

    max(u, U) + max(h, H) + n <= cover    if a normal order settles
    max(u, U) + h             <= cover    if a high one does

Each maximum is two rows. They are imposed whether or not such an order settles, which can only
leave something out; orders of classes for which nothing is left are no candidates. The bound is
that of the problem without reservations, which permits more.
"""

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.layout import NOTHING, UNLIMITED
from skontro.engine.offsetting.chosen_set import may_settle_together
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value import greatest_value
from skontro.engine.offsetting.maximum_value_problem import (
    Choice,
    Problem,
    Solution,
    find_overdrawn_row,
    total,
)
from skontro.engine.offsetting.queue_snapshot import Int64s, QueueSnapshot
from skontro.model import InvariantBroken

_URGENT, _HIGH, _NORMAL = 0, 1, 2
#: The part of the work that may go into the bound where reservations need one of their own.
_SHARE_OF_BOUND = 4


def maximum_value(snapshot: QueueSnapshot, budget: int, worth: Int64s | None = None) -> Solution:
    """The most valuable orders that may settle simultaneously, whatever they overtake.

    Args:
        snapshot: queues; linked legs settle together or not at all.
        budget: units of work, see `greatest_value`.
        worth: value of each order in a common unit; without it, its amount, which makes sense in
            one currency alone.

    Returns:
        A choice that is permitted together and worth no less than the greatest FIFO set.

    Raises:
        InvariantBroken: the answer failed its check in exact integers.
    """
    fifo = greatest_fifo_set(snapshot).chosen(snapshot)
    value = snapshot.amount if worth is None else worth
    everything = np.ones(len(snapshot), np.bool_)
    plain = _problem(snapshot, value, everything, _plain_rows(snapshot))
    if not snapshot.reserved.any():
        found = plain.solve(fifo, budget)
    else:
        found = _with_reservations(snapshot, value, plain, fifo, budget)
    if found.chosen.any() and not may_settle_together(snapshot, found.chosen):
        raise InvariantBroken("what settles together is permitted", "the solver's answer is not")
    return found


@attrs.frozen(eq=False)
class _OrderProblem:
    """The problem of some orders, a pair of linked legs being one candidate.

    Attributes:
        problem: of the candidates.
        candidate: number of the candidate that each order is part of, or NOTHING.
    """

    problem: Problem
    candidate: Int64s

    def start(self, orders: Choice) -> Choice:
        """The candidates that these orders make up."""
        start = np.zeros(len(self.problem.value), np.bool_)
        start[self.candidate[orders & (self.candidate != NOTHING)]] = True
        return start

    def solve(self, start: Choice, budget: int) -> Solution:
        """The greatest value found from a choice of orders, as a choice of orders."""
        chosen = self.start(start)
        if find_overdrawn_row(self.problem, chosen) is not None:
            chosen = np.zeros_like(chosen)
        found = greatest_value(self.problem, chosen, budget)
        orders = (self.candidate != NOTHING) & np.append(found.chosen, False)[self.candidate]
        return attrs.evolve(found, chosen=orders)


def _with_reservations(
    snapshot: QueueSnapshot, worth: Int64s, plain: _OrderProblem, fifo: Choice, budget: int
) -> Solution:
    candidates = _with_something_left(snapshot)
    rows = [*_plain_rows(snapshot), *_reservation_rows(snapshot)]
    bounded = plain.solve(fifo, budget // _SHARE_OF_BOUND)
    problem = _problem(snapshot, worth, candidates, rows)
    found = problem.solve(fifo, budget - budget // _SHARE_OF_BOUND)
    chosen, value, least = found.chosen, found.value, total(worth[fifo])
    if value < least:
        chosen, value = fifo, least
    return Solution(chosen, value, bounded.bound, found.work + bounded.work)


@attrs.frozen(eq=False)
class _Rows:
    """Rows of one kind: which orders use each, which give to it, and its room.

    Attributes:
        uses, gives: number of the row for each order, or NOTHING.
        room: of each row; rows without a bound are UNLIMITED.
    """

    uses: Int64s
    gives: Int64s
    room: Int64s


def _plain_rows(snapshot: QueueSnapshot) -> list[_Rows]:
    payer, payee = snapshot.payer.astype(np.int64), snapshot.payee.astype(np.int64)
    limits = [
        np.where(left == UNLIMITED, UNLIMITED, np.maximum(0, left))
        for left in (snapshot.net_left, snapshot.pair_left)
    ]
    return [
        _Rows(payer, payee, snapshot.cover),
        _Rows(payer, payee, limits[0]),
        _Rows(snapshot.limit.astype(np.int64), snapshot.opposite.astype(np.int64), limits[1]),
    ]


def _with_something_left(snapshot: QueueSnapshot) -> Choice:
    """Orders for whose class the cover of their payer suffices beside what is reserved."""
    kept = _kept(snapshot)[snapshot.payer, snapshot.payment_class]
    left = np.append((kept == 0) | (snapshot.cover[snapshot.payer] >= kept), True)
    return np.asarray(left[:-1] & left[snapshot.counterleg], np.bool_)


def _kept(snapshot: QueueSnapshot) -> Int64s:
    """What is reserved against each class, by account."""
    urgent, high = snapshot.reserved[:, 0], snapshot.reserved[:, 1]
    return np.stack([np.zeros_like(urgent), urgent, urgent + high], axis=1)


def _reservation_rows(snapshot: QueueSnapshot) -> list[_Rows]:
    """For each account with reservations: who pays beside them, if nobody uses them up."""
    payer, payee = snapshot.payer.astype(np.int64), snapshot.payee.astype(np.int64)
    urgent, high = snapshot.reserved[:, 0], snapshot.reserved[:, 1]
    rows = []
    for classes, reserved in (
        ((_NORMAL,), urgent + high),
        ((_URGENT, _NORMAL), high),
        ((_HIGH, _NORMAL), urgent),
    ):
        # Where less is left than nothing, no order of the lowest class is a candidate, and the
        # row would bind the others for nothing; for high orders alone the last row still holds.
        left = snapshot.cover - reserved
        binds = (reserved > 0) & (left >= 0)
        if _NORMAL in classes and _HIGH not in classes:
            binds &= snapshot.cover >= urgent + high
        uses = np.where(np.isin(snapshot.payment_class, classes), payer, NOTHING)
        rows.append(_Rows(uses, payee, np.where(binds, left, UNLIMITED)))
    return rows


def _candidates(snapshot: QueueSnapshot, orders: Choice) -> Int64s:
    """Number of the candidate that each order is part of, or NOTHING; legs share one."""
    row = np.arange(len(snapshot))
    counterleg = np.where(snapshot.counterleg == NOTHING, row, snapshot.counterleg)
    first = np.minimum(row, counterleg)
    counted = orders & (first == row)
    number = np.where(counted, np.cumsum(counted) - 1, NOTHING)
    return np.where(orders, number[first], NOTHING).astype(np.int64)


def _problem(
    snapshot: QueueSnapshot, worth: Int64s, orders: Choice, kinds: list[_Rows]
) -> _OrderProblem:
    """The problem of some of the orders under all these rows; rows that cannot bind left out."""
    candidate = _candidates(snapshot, orders)
    amount, number = snapshot.amount[orders], candidate[orders]
    value = np.zeros(int(number.max(initial=NOTHING)) + 1, np.int64)
    np.add.at(value, number, worth[orders])
    rows, columns, changes, rooms = [], [], [], []
    begin = 0
    for kind in kinds:
        binding = np.flatnonzero(kind.room != UNLIMITED)
        new_number = np.full(len(kind.room) + 1, NOTHING, np.int64)  # the last one for NOTHING
        new_number[binding] = begin + np.arange(len(binding))
        for of_order, sign in ((kind.uses, 1), (kind.gives, -1)):
            row = new_number[of_order[orders]]
            inside = row != NOTHING
            rows.append(row[inside])
            columns.append(number[inside])
            changes.append(sign * amount[inside])
        rooms.append(kind.room[binding])
        begin += len(binding)
    problem = Problem(
        value=value,
        row=_joined(rows).astype(np.int32),
        column=_joined(columns).astype(np.int32),
        change=_joined(changes),
        room=_joined(rooms),
    )
    return _OrderProblem(problem, candidate)


def _joined(parts: list[npt.NDArray[np.int64]]) -> Int64s:
    return np.concatenate(parts)
