"""Payments that an outage of the system made late, from the orders and steps of the record.

A payment is late where it did not settle on its due date, and the outage prevented it:

1. It waited when the outage began, and the end of its business day fell into the outage.
2. It came after the outage and missed a cut-off, or the end of the day, that fell into it. It
   counts if it came within as much time after the outage as was lost before that cut-off.
3. It was warehoused, and its value date passed wholly within the outage.

All of these were returned or refused. Such a payment settles by an order that repeats it: the next
settled one, submitted after the outage on a later business day, with the same accounts, amount,
type and details. Each repeats one payment. A payment not repeated yet is late up to the running
business day.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.ledger.day_steps import DayStep
from skontro.ledger.order_records import STATUSES, WAREHOUSED_STATUS
from skontro.ledger.outages import Outage
from skontro.ledger.postgres.tables import Records
from skontro.model import InputError, OrderStatus, PaymentType, ReasonCode
from skontro.system import StepKind

_EPOCH: Final = datetime.date(1970, 1, 1)
_REJECTED, _RETURNED, _SETTLED = (
    STATUSES.index(one) for one in (OrderStatus.REJECTED, OrderStatus.RETURNED, OrderStatus.SETTLED)
)
_CUT_OFFS: Final = (
    int(ReasonCode.CUSTOMER_CUT_OFF_PASSED),
    int(ReasonCode.INTERBANK_CUT_OFF_PASSED),
)
#: In the place of the time of a cut-off that did not fall into the outage.
_NO_CUT_OFF: Final = -(2**62)
_KEY: Final = ("payer", "payee", "amount", "payment_type", "details")

_Int64s = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class DelayedPayments:
    """Payments that an outage made late, in the order of submission.

    Attributes:
        orders: `ORDER` records.
        due_on: their due dates, days since 1970.
        settled_on: business days on which they settled; the running one where they have not.
        settled: whether they have.
    """

    orders: Records
    due_on: _Int64s
    settled_on: _Int64s
    settled: _Bools

    def __len__(self) -> int:
        return len(self.orders)


@attrs.frozen
class _Day:
    """The business day that an outage interrupted, and what of it fell into the outage.

    Attributes:
        date: days since 1970.
        missed: due times of steps that fell into the outage, by kind and currency.
        following: the next business day that began, days since 1970; None if there is none yet.
    """

    date: int
    missed: Mapping[tuple[StepKind, str], int]
    following: int | None

    @classmethod
    def of(cls, steps: Sequence[DayStep], outage: Outage) -> "_Day | None":
        """The day; None where none had begun."""
        starts = [one for one in steps if one.kind == StepKind.START]
        begun = [one for one in starts if one.time <= outage.began]
        if not begun:
            return None
        date = begun[-1].date
        missed = {
            (one.kind, one.currency): one.due
            for one in steps
            if one.date == date and one.time > outage.began and one.due <= outage.ended
        }
        later = [_number(one.date) for one in starts if one.time > outage.began]
        return cls(_number(date), missed, later[0] if later else None)


def delayed_payments(
    orders: Records, currency_of: Sequence[str], steps: Sequence[DayStep], outage: Outage
) -> DelayedPayments:
    """The payments that an outage made late.

    Args:
        orders: `ORDER` records, in the order of submission, from before the outage to now.
        currency_of: code of the currency of each account.
        steps: of the business days from before the outage to now.
        outage: one of the record's.

    Raises:
        InputError: the business day before the outage is not remembered any more.

    Example:
        >>> from skontro.ledger.order_records import ORDER
        >>> step = DayStep(1, 10, StepKind.START, "2026-11-27", "", 10)
        >>> len(delayed_payments(np.zeros(0, ORDER), [], [step], Outage(3, 20, 50)))
        0
    """
    day = _Day.of(steps, outage)
    if day is None:
        raise InputError(
            f"the business day before batch {outage.batch} is not remembered; name more days"
        )
    dates = _Dates.of(steps)
    lost = _lost_orders(orders, day, outage)
    lost |= _refused_orders(orders, currency_of, day, outage, dates)
    skipped = _skipped_orders(orders, day, outage)
    due_on = np.where(skipped, orders["value_date"], day.date).astype(np.int64)
    lost |= skipped
    settled, settled_on = np.zeros(len(orders), np.bool_), np.full(len(orders), dates.last)
    late, repeats = _repeats(orders, lost, day, outage, dates)
    settled[late], settled_on[late] = True, dates.at(orders["status_time"][repeats])
    chosen = np.flatnonzero(lost)
    return DelayedPayments(orders[chosen], due_on[chosen], settled_on[chosen], settled[chosen])


@attrs.frozen(eq=False)
class _Dates:
    """Business days by the time at which they began."""

    times: _Int64s
    dates: _Int64s

    @classmethod
    def of(cls, steps: Sequence[DayStep]) -> "_Dates":
        starts = [one for one in steps if one.kind == StepKind.START]
        times = np.array([one.time for one in starts], np.int64)
        return cls(times, np.array([_number(one.date) for one in starts], np.int64))

    @property
    def last(self) -> int:
        return int(self.dates[-1])

    def at(self, times: npt.NDArray[Any]) -> _Int64s:
        """The business day of each time; that of times before the first is the first."""
        places = np.searchsorted(self.times, times, "right") - 1
        found: _Int64s = self.dates[np.maximum(places, 0)]
        return found


def _lost_orders(orders: Records, day: _Day, outage: Outage) -> _Bools:
    """Orders that waited, and whose day ended within the outage."""
    if (StepKind.END_OF_DAY, "") not in day.missed:
        return np.zeros(len(orders), np.bool_)
    found: _Bools = (
        (orders["time"] <= outage.began)
        & (orders["status"] == _RETURNED)
        & (orders["reason"] == int(ReasonCode.RETURNED_AT_END_OF_DAY))
        & (orders["status_time"] >= outage.ended)
    )
    return found


def _refused_orders(
    orders: Records, currency_of: Sequence[str], day: _Day, outage: Outage, dates: _Dates
) -> _Bools:
    """Orders that missed a cut-off which fell into the outage."""
    refused = (orders["status"] == _REJECTED) & (orders["time"] > outage.ended)
    for side in ("payer", "payee"):
        refused &= (orders[side] >= 0) & (orders[side] < len(currency_of))
    customers = orders["payment_type"] == int(PaymentType.CUSTOMER)
    found = np.zeros(len(orders), np.bool_)
    for kind, of_type in (
        (StepKind.CUSTOMER_CUT_OFF, customers),
        (StepKind.INTERBANK_CUT_OFF, ~customers),
    ):
        due = np.array([day.missed.get((kind, one), _NO_CUT_OFF) for one in currency_of], np.int64)
        where = np.flatnonzero(refused & of_type & np.isin(orders["reason"], _CUT_OFFS))
        where = where[dates.at(orders["time"][where]) == day.date]
        cut_off = due[orders["payer"][where]]
        in_time = orders["time"][where] - outage.ended <= cut_off - outage.began
        found[where[(cut_off != _NO_CUT_OFF) & in_time]] = True
    end = day.missed.get((StepKind.END_OF_DAY, ""))
    if end is not None:
        undated = orders["reason"] == int(ReasonCode.DAY_NOT_OPEN)
        undated &= (orders["value_date"] == 0) & (dates.at(orders["time"]) == day.date)
        dated = orders["reason"] == int(ReasonCode.NO_BUSINESS_DAY)
        dated &= orders["value_date"] == day.date
        found |= refused & (undated | dated) & (orders["time"] - outage.ended <= end - outage.began)
    return found


def _skipped_orders(orders: Records, day: _Day, outage: Outage) -> _Bools:
    """Warehoused orders of value dates that passed within the outage."""
    if day.following is None:
        return np.zeros(len(orders), np.bool_)
    found: _Bools = (
        (orders["entry_status"] == WAREHOUSED_STATUS)
        & (orders["time"] <= outage.began)
        & (orders["value_date"] > day.date)
        & (orders["value_date"] < day.following)
        & (orders["status"] == _REJECTED)
        & (orders["reason"] == int(ReasonCode.NO_BUSINESS_DAY))
    )
    return found


def _repeats(
    orders: Records, lost: _Bools, day: _Day, outage: Outage, dates: _Dates
) -> tuple[_Int64s, _Int64s]:
    """Places of lost orders, and of the settled orders that repeat them."""
    places = np.flatnonzero(lost)
    again = (orders["status"] == _SETTLED) & (orders["time"] > outage.ended)
    again &= dates.at(orders["time"]) > day.date
    if not len(places):
        return places, places
    first, other = (_numbered(orders, one) for one in (places, np.flatnonzero(again)))
    both = first.join(other, on=[*_KEY, "turn"], how="inner")
    return both["place"].to_numpy(), both["place_right"].to_numpy()


def _numbered(orders: Records, places: _Int64s) -> pl.DataFrame:
    """Keys of orders, each with its turn among those of the same key."""
    rows = orders[places]
    columns: dict[str, Any] = {name: rows[name].astype(np.int64) for name in _KEY[:-1]}
    columns["details"] = pl.Series(rows["details"].tolist(), dtype=pl.Binary)
    table = pl.DataFrame({"place": places, **columns})
    return table.with_columns(pl.int_range(pl.len()).over(_KEY).alias("turn"))


def _number(date: str) -> int:
    return (datetime.date.fromisoformat(date) - _EPOCH).days
