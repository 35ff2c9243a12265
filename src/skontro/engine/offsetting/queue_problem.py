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


def maximum_value(snapshot: QueueSnapshot, budget: int) -> Solution:
    """The most valuable orders that may settle simultaneously, whatever they overtake.

    Args:
        snapshot: queues in one currency: values in several cannot be compared.
        budget: units of work, see `greatest_value`.

    Returns:
        A choice that is permitted together and worth no less than the greatest FIFO set.

    Raises:
        InvariantBroken: the answer failed its check in exact integers.
    """
    fifo = greatest_fifo_set(snapshot).chosen(snapshot)
    everything = np.ones(len(snapshot), np.bool_)
    plain = _problem(snapshot, everything, _plain_rows(snapshot))
    if not snapshot.reserved.any():
        found = greatest_value(plain, fifo, budget)
    else:
        found = _with_reservations(snapshot, plain, fifo, budget)
    if found.chosen.any() and not may_settle_together(snapshot, found.chosen):
        raise InvariantBroken("what settles together is permitted", "the solver's answer is not")
    return found


def _with_reservations(
    snapshot: QueueSnapshot, plain: Problem, fifo: Choice, budget: int
) -> Solution:
    candidates = _with_something_left(snapshot)
    problem = _problem(snapshot, candidates, [*_plain_rows(snapshot), *_reservation_rows(snapshot)])
    start = fifo[candidates]
    if find_overdrawn_row(problem, start) is not None:
        start = np.zeros_like(start)
    bounded = greatest_value(plain, fifo, budget // _SHARE_OF_BOUND)
    found = greatest_value(problem, start, budget - budget // _SHARE_OF_BOUND)
    chosen = np.zeros(len(snapshot), np.bool_)
    chosen[np.flatnonzero(candidates)[found.chosen]] = True
    value, least = found.value, total(snapshot.amount[fifo])
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
    return np.asarray((kept == 0) | (snapshot.cover[snapshot.payer] >= kept), np.bool_)


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


def _problem(snapshot: QueueSnapshot, candidates: Choice, kinds: list[_Rows]) -> Problem:
    """The problem of some of the orders under all these rows; rows that cannot bind left out."""
    amount = snapshot.amount[candidates]
    number = np.arange(len(amount))
    rows, columns, changes, rooms = [], [], [], []
    begin = 0
    for kind in kinds:
        binding = np.flatnonzero(kind.room != UNLIMITED)
        new_number = np.full(len(kind.room) + 1, NOTHING, np.int64)  # the last one for NOTHING
        new_number[binding] = begin + np.arange(len(binding))
        for of_order, sign in ((kind.uses, 1), (kind.gives, -1)):
            row = new_number[of_order[candidates]]
            inside = row != NOTHING
            rows.append(row[inside])
            columns.append(number[inside])
            changes.append(sign * amount[inside])
        rooms.append(kind.room[binding])
        begin += len(binding)
    return Problem(
        value=amount,
        row=_joined(rows).astype(np.int32),
        column=_joined(columns).astype(np.int32),
        change=_joined(changes),
        room=_joined(rooms),
    )


def _joined(parts: list[npt.NDArray[np.int64]]) -> Int64s:
    return np.concatenate(parts)
