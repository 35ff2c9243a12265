"""The explanation of one order: its waiting reasons, stage by stage, and its outcome.

Nothing is recorded for it while a day settles. The engine replays the day up to the time at which
the order became final; the explanation shows the engine's findings of that replay.
"""

from typing import Any, Final

import attrs
import polars as pl

from skontro.engine import REASON_OF_ALGORITHM
from skontro.files import Results
from skontro.model import Algorithm, InvariantBroken, OrderStatus, ReasonCode
from skontro.simulation.explanation.changes import Change, Kind, changes
from skontro.simulation.explanation.replayed_day import ReplayedDay
from skontro.simulation.explanation.tracing import MAX_NAMED, Cause, Trace, trace_order

_BY_ALGORITHM: Final = {algorithm.name.lower(): algorithm for algorithm in Algorithm}


@attrs.frozen(kw_only=True)
class Stage:
    """A span of time during which the order waited for one reason.

    Attributes:
        start, end: microseconds since 1970; from the start up to, not including, the end.
        cause: the obstacle.
        after: events at the start that affect it.
    """

    start: int
    end: int
    cause: Cause
    after: tuple[Change, ...]


@attrs.frozen(kw_only=True)
class Together:
    """The other orders that settled simultaneously with this one, in its currency.

    Attributes:
        run: number of the offsetting run.
        orders: number of orders.
        first: numbers of the first of them: those between payer and payee first, then others of
            the payer, then the rest.
        value: of all, in minor units.
        paid_by_payer, paid_to_payer: of the account that paid, in the run, this order included.
    """

    run: int
    orders: int
    first: tuple[int, ...]
    value: int
    paid_by_payer: int
    paid_to_payer: int


@attrs.frozen(kw_only=True)
class OrderExplanation:
    """The outcome of an order, its reason and its time.

    Attributes:
        order: its number.
        status: how it ended.
        reason: why, where it was not settled by itself and in its turn; else NONE.
        final_at: when, in microseconds since 1970.
        stages: its obstacles, in order of time and without gaps; none if it did not wait, or for
            less than a microsecond.
        ended_by: events at the time at which it became final.
        together: the orders with which it settled simultaneously; or None.
        counterleg: number of its counterleg among the orders; or None.
    """

    order: int
    status: OrderStatus
    reason: ReasonCode
    final_at: int
    stages: tuple[Stage, ...]
    ended_by: tuple[Change, ...]
    together: Together | None
    counterleg: int | None

    @property
    def waited(self) -> int:
        """Microseconds from when it began to wait until it was final."""
        return self.final_at - self.stages[0].start if self.stages else 0


def explain_order(results: Results, order: int) -> OrderExplanation:
    """Replay the days of some results up to an order's end, and explain that end.

    Args:
        results: with their inputs.
        order: its number.

    Raises:
        InputError: the results lack the settled scenario, or do not follow from it.
        InvariantBroken: the engine contradicts itself.
    """
    day = ReplayedDay(results)
    trace = trace_order(day, order)
    if not trace.steps or trace.steps[-1].cause is not None:
        raise InvariantBroken("an order ends", f"order {order} waits after the last command")
    row = results.orders.row(order, named=True)
    stages, ended_by = _stages(day, trace)
    return OrderExplanation(
        order=order,
        status=OrderStatus(row["status"]),
        reason=_reason(row),
        final_at=int(results.orders["final_at"].to_physical()[order]),
        stages=stages,
        ended_by=ended_by,
        together=None if row["run"] is None else _together(results, order),
        counterleg=_number_of(results, row["counterleg"]),
    )


def _reason(row: dict[str, Any]) -> ReasonCode:
    """How or why the order ended, from its row of the results."""
    if row["reason"] is not None:
        return ReasonCode[row["reason"]]
    if row["mechanism"] in _BY_ALGORITHM:
        return ReasonCode(REASON_OF_ALGORITHM + int(_BY_ALGORITHM[row["mechanism"]]))
    return ReasonCode.NONE


def _stages(day: ReplayedDay, trace: Trace) -> tuple[tuple[Stage, ...], tuple[Change, ...]]:
    """The stages that took time, and the events when the order became final.

    Several events may share one microsecond; an obstacle between them took no
    time, and the events count for the next stage.
    """
    stages: list[Stage] = []
    before: tuple[Change, ...] = ()
    for number, step in enumerate(trace.steps):
        before += _changes_at(day, trace, number)
        if step.cause is None:
            break
        end = trace.steps[number + 1].time
        if end > step.time:
            stages.append(Stage(start=step.time, end=end, cause=step.cause, after=before))
            before = ()
    return tuple(stages), before


def _changes_at(day: ReplayedDay, trace: Trace, number: int) -> tuple[Change, ...]:
    step, order = trace.steps[number], trace.order
    found = changes(day, step, order, _accounts(day, trace, number))
    if number == 0:
        return (Change(kind=Kind.SUBMITTED), *found)
    return found


def _accounts(day: ReplayedDay, trace: Trace, number: int) -> tuple[int, ...]:
    """The accounts on which it depends whether the order settles, at a step: its payer's first."""
    orders = [trace.order]
    for step in trace.steps[max(0, number - 1) : number + 1]:
        orders += [] if step.cause is None else step.cause.others
    payers = [int(day.accounts.payer[order]) for order in orders]
    if day.results.rulebook.position_limits is not None:
        payers = [account for payer in payers for account in day.accounts_of_holder(payer)]
    return tuple(dict.fromkeys(account for account in payers if account >= 0))


def _together(results: Results, order: int) -> Together:
    """The other orders of the run, in the order's currency."""
    row = results.orders.row(order, named=True)
    of_run = results.orders.filter(
        (pl.col("run") == row["run"]) & (pl.col("currency") == row["currency"])
    )
    payer, payee = pl.lit(row["payer"]), pl.lit(row["payee"])
    between = ((pl.col("payer") == payer) & (pl.col("payee") == payee)) | (
        (pl.col("payer") == payee) & (pl.col("payee") == payer)
    )
    touches = (pl.col("payer") == payer) | (pl.col("payee") == payer)
    others = of_run.filter(pl.col("order") != order).sort(
        between, touches, "order", descending=[True, True, False]
    )

    def total(table: pl.DataFrame) -> int:
        return int(table["amount_minor"].cast(pl.Int128).sum())

    return Together(
        run=row["run"],
        orders=others.height,
        first=tuple(others["order"].head(MAX_NAMED).to_list()),
        value=total(others),
        paid_by_payer=total(of_run.filter(pl.col("payer") == payer)),
        paid_to_payer=total(of_run.filter(pl.col("payee") == payer)),
    )


def _number_of(results: Results, uetr: str | None) -> int | None:
    """The number of the order with this reference; None where there is none."""
    if uetr is None:
        return None
    found = results.orders.filter(pl.col("uetr") == uetr)["order"].to_list()
    return found[0] if found else None
