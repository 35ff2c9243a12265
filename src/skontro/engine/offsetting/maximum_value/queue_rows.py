"""Queues as rows of the maximum-value problem: covers, reservations and limits.

Every order is a candidate. Rows with capacity, each bounding what settles together:

    account             all it pays - all it receives      <= cover
    net-sender limit    all it pays - all it receives      <= what the limit leaves
    bilateral limit     what A pays B - what B pays A      <= what the limit leaves

A reservation binds only if an order of a lower class settles, and less if orders of its own class
do. With u, h, n for what an account pays in each class, r for what it receives, U and H reserved,

    max(u, U) + max(h, H) + n - r <= cover    if a normal order settles
    max(u, U) + h         - r     <= cover    if a high one does

Each maximum is two rows. The condition is exact with one more candidate for each account and class:
a permission without value that every order of the class needs. With N and G, 0 or 1, for normal and
high orders,

    (U + H) N +     n - r <= cover            U G + h - r <= cover
          H N + u + n - r <= cover
          U N + h + n - r <= cover
    normal orders <= their number * N         high orders <= their number * G

Without permission N no normal order settles, and its rows are weaker than the account's own row.
No order is excluded beforehand: one that cannot settle even with all possible receipts of its payer
has no capacity in these rows, and propagation excludes it.
"""

import attrs
import numpy as np

from skontro.engine.offsetting.maximum_value.model import NO_CURRENCY, Problem
from skontro.engine.offsetting.queue_snapshot import Int32s, Int64s, QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED

_URGENT, _HIGH, _NORMAL = 0, 1, 2


@attrs.frozen(eq=False)
class OrderProblem:
    """The problem of the orders, a pair of linked legs being one candidate.

    Attributes:
        problem: of the candidates: orders and pairs first, then permissions.
        candidate: number of the candidate that each order is part of.
        permission: number of the candidate that each order needs, or NOTHING.
    """

    problem: Problem
    candidate: Int64s
    permission: Int64s


def order_problem(snapshot: QueueSnapshot, worth: Int64s) -> OrderProblem:
    """All orders under all rows that are bounded.

    Args:
        snapshot: queues.
        worth: value of each order in a common unit.
    """
    candidate = _candidates(snapshot)
    value = np.zeros(int(candidate.max(initial=NOTHING)) + 1, np.int64)
    np.add.at(value, candidate, worth)
    permission = np.full(len(snapshot), NOTHING, np.int64)
    kinds = [_entries(rows, candidate, snapshot.amount) for rows in _plain_rows(snapshot)]
    permissions = 0
    for payment_class in (_HIGH, _NORMAL):
        of_account = _need_permission(snapshot, payment_class)
        number = np.full(len(snapshot.cover), NOTHING, np.int64)
        number[of_account] = len(value) + permissions + np.arange(len(of_account))
        permissions += len(of_account)
        asked = snapshot.payment_class == payment_class
        permission[asked] = number[snapshot.payer[asked]]
        kinds += _reservation_entries(snapshot, candidate, payment_class, number)
    value = np.append(value, np.zeros(permissions, np.int64))
    return OrderProblem(_joined(value, kinds), candidate, permission)


@attrs.frozen(eq=False)
class _Rows:
    """Rows of one kind: the orders that use each, the orders that give to it, and its capacity.

    Attributes:
        uses, gives: number of the row for each order, or NOTHING.
        capacity: of each row; rows without a bound are UNLIMITED.
        currency: of each row that is an account, or NO_CURRENCY.
    """

    uses: Int64s
    gives: Int64s
    capacity: Int64s
    currency: Int32s


@attrs.frozen(eq=False)
class _Entries:
    """Entries of the matrix, and the capacity of the rows that they are in, numbered from 0."""

    row: Int64s
    column: Int64s
    change: Int64s
    capacity: Int64s
    currency: Int32s


def _candidates(snapshot: QueueSnapshot) -> Int64s:
    """Number of the candidate that each order is part of; legs share one."""
    row = np.arange(len(snapshot))
    first = np.where(snapshot.counterleg == NOTHING, row, np.minimum(row, snapshot.counterleg))
    number: Int64s = np.cumsum(first == row) - 1
    return number[first]


def _plain_rows(snapshot: QueueSnapshot) -> list[_Rows]:
    payer, payee = snapshot.payer.astype(np.int64), snapshot.payee.astype(np.int64)
    limits = [
        np.where(left == UNLIMITED, UNLIMITED, np.maximum(0, left))
        for left in (snapshot.net_left, snapshot.pair_left)
    ]
    limit, opposite = snapshot.limit.astype(np.int64), snapshot.opposite.astype(np.int64)
    return [
        _Rows(payer, payee, snapshot.cover, snapshot.currency),
        _Rows(payer, payee, limits[0], _no_currency(limits[0])),
        _Rows(limit, opposite, limits[1], _no_currency(limits[1])),
    ]


def _no_currency(capacity: Int64s) -> Int32s:
    return np.full(len(capacity), NO_CURRENCY, np.int32)


def _entries(rows: _Rows, candidate: Int64s, amount: Int64s) -> _Entries:
    """The changes of the orders in bounded rows."""
    binding = np.flatnonzero(rows.capacity != UNLIMITED)
    number = np.full(len(rows.capacity) + 1, NOTHING, np.int64)  # the last one for NOTHING
    number[binding] = np.arange(len(binding))
    uses, gives = number[rows.uses], number[rows.gives]
    used, given = uses != NOTHING, gives != NOTHING
    return _Entries(
        np.concatenate([uses[used], gives[given]]),
        np.concatenate([candidate[used], candidate[given]]),
        np.concatenate([amount[used], -amount[given]]),
        rows.capacity[binding],
        rows.currency[binding],
    )


def _need_permission(snapshot: QueueSnapshot, payment_class: int) -> Int64s:
    """Accounts with queued orders of a class against which something is reserved."""
    queued = np.zeros(len(snapshot.cover), np.bool_)
    queued[snapshot.payer[snapshot.payment_class == payment_class]] = True
    return np.flatnonzero(queued & (snapshot.reserved[:, :payment_class] > 0).any(axis=1))


def _reservation_entries(
    snapshot: QueueSnapshot, candidate: Int64s, payment_class: int, permission: Int64s
) -> list[_Entries]:
    """The rows of all permissions of one class: see the head of this module."""
    payer, payee = snapshot.payer.astype(np.int64), snapshot.payee.astype(np.int64)
    urgent, high = _reserved(snapshot)
    kinds: list[tuple[tuple[int, ...], Int64s]] = [((_HIGH,), urgent)]
    if payment_class == _NORMAL:
        both = np.where((urgent > 0) & (high > 0), urgent + high, 0)
        kinds = [((_NORMAL,), both), ((_URGENT, _NORMAL), high), ((_HIGH, _NORMAL), urgent)]
    entries = []
    for classes, reserved in kinds:
        binds = (permission != NOTHING) & (reserved > 0)
        uses = np.where(np.isin(snapshot.payment_class, classes), payer, NOTHING)
        capacity = np.where(binds, snapshot.cover, UNLIMITED)
        rows = _entries(
            _Rows(uses, payee, capacity, _no_currency(capacity)), candidate, snapshot.amount
        )
        entries.append(_with_column(rows, permission[binds], reserved[binds]))
    asked = snapshot.payment_class == payment_class
    uses = np.where(asked, payer, NOTHING)
    capacity = np.where(permission != NOTHING, 0, UNLIMITED)
    none = np.full(len(snapshot), NOTHING, np.int64)
    links = _entries(
        _Rows(uses, none, capacity, _no_currency(capacity)),
        candidate,
        np.ones(len(snapshot), np.int64),
    )
    number = np.bincount(payer[asked], minlength=len(permission))
    asking = permission != NOTHING
    return [*entries, _with_column(links, permission[asking], -number[asking])]


def _with_column(entries: _Entries, column: Int64s, change: Int64s) -> _Entries:
    """The same rows with one entry more in each."""
    return attrs.evolve(
        entries,
        row=np.append(entries.row, np.arange(len(column))),
        column=np.append(entries.column, column),
        change=np.append(entries.change, change),
    )


def _reserved(snapshot: QueueSnapshot) -> tuple[Int64s, Int64s]:
    """Amounts reserved for urgent and high orders, capped at one above the possible cover."""
    received = np.zeros(len(snapshot.cover), np.int64)
    np.add.at(received, snapshot.payee, snapshot.amount)
    most = snapshot.cover + received + 1
    return np.minimum(snapshot.reserved[:, 0], most), np.minimum(snapshot.reserved[:, 1], most)


def _joined(value: Int64s, kinds: list[_Entries]) -> Problem:
    """One problem of rows of all kinds; the changes of two legs in one row are added up."""
    begin = np.cumsum([0, *(len(kind.capacity) for kind in kinds)])
    row = np.concatenate([kind.row + at for kind, at in zip(kinds, begin[:-1], strict=True)])
    column = np.concatenate([kind.column for kind in kinds])
    change = np.concatenate([kind.change for kind in kinds])
    index, entry = np.unique(column * max(int(begin[-1]), 1) + row, return_inverse=True)
    added = np.zeros(len(index), np.int64)
    np.add.at(added, entry, change)
    return Problem(
        value=value,
        row=(index % max(int(begin[-1]), 1)).astype(np.int32),
        column=(index // max(int(begin[-1]), 1)).astype(np.int32),
        change=added,
        capacity=np.concatenate([kind.capacity for kind in kinds]),
        currency=np.concatenate([kind.currency for kind in kinds]),
    )
