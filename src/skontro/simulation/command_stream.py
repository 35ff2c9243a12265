"""A scenario as a stream of commands: payments, business days, controls, instructions and runs.

At one timestamp a day closes first. Then a day opens, and the standing reservations and limits are
set. Payments, instructions and scheduled runs follow, each kind in its file order.
"""

from collections.abc import Iterator
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    CommandKind,
    Commands,
    commands_from,
    submit,
)
from skontro.files import TIMESTAMP, Scenario
from skontro.model import Algorithm, PaymentClass, find_time_zone, from_timestamp, run_timestamps
from skontro.simulation.order_numbers import BY_UETR, uetr_column
from skontro.simulation.scheduled_commands import NO_ORDER, Fields, instruction_commands, pay_ins
from skontro.system.steps import standing_limits

Int64s = npt.NDArray[np.int64]

#: A payment is not a leg, or the first leg of a pair, or the second.
_NO_LEG, _FIRST, _COMPLETES = range(3)

_CLASSES: Final = {payment_class.name.lower(): int(payment_class) for payment_class in PaymentClass}


@attrs.frozen(eq=False)
class CommandStream:
    """All commands of a scenario in the order in which they take effect.

    Attributes:
        commands: commands for the engine.
        solved_at: rows before which the largest value is looked for, ascending; a row may appear
            more than once.
        work: units of work that each of these may use.
        solved_time: when each of these happens.
    """

    commands: Commands
    solved_at: tuple[int, ...]
    work: tuple[int, ...]
    solved_time: tuple[int, ...]


@attrs.frozen
class _Insertion:
    """A row to insert, and its sort key.

    Attributes:
        fields: fields of the command.
        before_payments: whether it comes before the payments of its time.
        rank: among the insertions of one time.
        work: for a search for maximum value, which is not a command; else None.
    """

    fields: Fields
    before_payments: bool
    rank: int
    work: int | None = None


def command_stream(scenario: Scenario, accounts: pl.DataFrame) -> CommandStream:
    """The commands of a scenario (R45).

    Args:
        scenario: its payments become orders unchanged.
        accounts: account numbers of payer and payee by payment.

    Returns:
        Commands that name orders by UETR: see `OrderNumbers.resolve`.
    """
    orders = _orders(scenario, accounts)
    insertions = [*_days(scenario), *_controls(scenario), *_scheduled_runs(scenario)]
    insertions += [_Insertion(fields, False, 2) for fields in pay_ins(scenario, accounts)]
    insertions += [_Insertion(fields, False, 3) for fields in instruction_commands(scenario)]
    time = np.array([insertion.fields["time"] for insertion in insertions], np.int64)
    early = np.array([insertion.before_payments for insertion in insertions], np.bool_)
    rank = np.array([insertion.rank for insertion in insertions], np.int64)
    before = np.where(
        early,
        np.searchsorted(orders.time, time, side="left"),
        np.searchsorted(orders.time, time, side="right"),
    )
    in_order = np.lexsort((np.arange(len(rank)), rank, time, before))
    sends = np.array([insertions[i].work is None for i in in_order.tolist()], np.bool_)
    rows = commands_from([insertions[i].fields for i in in_order[sends].tolist()])
    searches = in_order[~sends]
    # The position of a search is the number of payments and insertions before it.
    sent_before = np.cumsum(sends)[~sends]
    return CommandStream(
        commands=_merged(orders, rows, before[in_order[sends]]),
        solved_at=tuple((before[searches] + sent_before).tolist()),
        work=tuple(insertions[i].work or 0 for i in searches.tolist()),
        solved_time=tuple(time[searches].tolist()),
    )


def _orders(scenario: Scenario, accounts: pl.DataFrame) -> Commands:
    payments = scenario.payments
    legs = _legs(scenario)
    classes = payments["payment_class"].replace_strict(_CLASSES, return_dtype=pl.Int8)
    orders = submit(
        time=payments["submitted_at"].to_physical().to_numpy(),
        payer=accounts["payer"].to_numpy(),
        payee=accounts["payee"].to_numpy(),
        amount=payments["amount_minor"].to_numpy(),
        payment_class=classes.to_numpy(),
        earliest=_times(payments, "earliest_at", ANY_TIME_BEFORE),
        latest=_times(payments, "latest_at", ANY_TIME_AFTER),
        uetr=uetr_column(payments["uetr"]),
    )
    if legs is None:
        return orders
    kind = np.where(legs == _NO_LEG, CommandKind.SUBMIT, CommandKind.SUBMIT_LEG)
    number = np.where(legs == _COMPLETES, BY_UETR, NO_ORDER)
    counterleg = uetr_column(payments["counterleg"])
    return orders.evolve(kind=kind, order=number, counterleg=counterleg)


def _legs(scenario: Scenario) -> Int64s | None:
    """Which payments complete a pair of legs, are first legs, or `_NO_LEG`; None where none is one.

    As in the live system: two legs of one business day that name each other are a pair, and the
    later one completes it; any other leg is a first leg, which waits.
    """
    payments = scenario.payments
    if payments["counterleg"].null_count() == payments.height:
        return None
    opened = pl.Series([from_timestamp(day.opens_at) for day in scenario.business_days])
    table = payments.select(
        "uetr",
        "counterleg",
        day=opened.cast(TIMESTAMP).search_sorted(payments["submitted_at"], "right"),
    ).with_row_index("row")
    others = table.select(
        pl.col("uetr").alias("counterleg"),
        pl.col("counterleg").alias("back"),
        pl.col("day").alias("other_day"),
        pl.col("row").alias("other"),
    )
    found = table.join(others, on="counterleg", how="left", maintain_order="left")
    completes = (
        (pl.col("back") == pl.col("uetr"))
        & (pl.col("other_day") == pl.col("day"))
        & (pl.col("other") < pl.col("row"))
    )
    rows = found.select(
        pl.when(pl.col("counterleg").is_null())
        .then(_NO_LEG)
        .when(completes)
        .then(_COMPLETES)
        .otherwise(_FIRST)
    )
    return rows.to_series().to_numpy()


def _times(payments: pl.DataFrame, column: str, absent: int) -> Int64s | None:
    """Timestamps of a column, or None when no payment has one."""
    if payments[column].null_count() == payments.height:
        return None
    return payments[column].to_physical().fill_null(absent).to_numpy()


def _days(scenario: Scenario) -> Iterator[_Insertion]:
    for day in scenario.business_days:
        opening: Fields = {"kind": CommandKind.OPEN_DAY, "time": day.opens_at}
        yield _Insertion(opening, True, 1)
        yield _Insertion({"kind": CommandKind.CLOSE_DAY, "time": day.closes_at}, True, 0)


def _controls(scenario: Scenario) -> Iterator[_Insertion]:
    """Standing reservations and limits, which last for a day each."""
    for day in scenario.business_days:
        for one in standing_limits(scenario.directory):
            fields: Fields = {
                "kind": one.kind,
                "time": day.opens_at,
                "payer": one.account,
                "payee": one.counterparty,
                "amount": one.amount,
                "payment_class": one.payment_class,
            }
            yield _Insertion(fields, True, 2)


def _scheduled_runs(scenario: Scenario) -> Iterator[_Insertion]:
    zone = find_time_zone(scenario.time_zone)
    for position, runs in enumerate(scenario.rulebook.schedule):
        solves = runs.algorithm == Algorithm.MAXIMUM_VALUE
        for day in scenario.business_days:
            for timestamp in run_timestamps(runs, day, zone):
                fields: Fields = {"kind": CommandKind.OFFSET, "time": timestamp}
                fields["amount"] = int(runs.algorithm)
                yield _Insertion(fields, False, 4 + position, runs.work if solves else None)


def _merged(orders: Commands, rows: Commands, before: Int64s) -> Commands:
    """The orders, with each row inserted before the order of this index."""
    inserted = before + np.arange(len(rows))
    is_order = np.ones(len(orders) + len(rows), np.bool_)
    is_order[inserted] = False
    columns: dict[str, Any] = {}
    for name in attrs.fields_dict(Commands):
        if len(getattr(orders, name)) or len(getattr(rows, name)):
            of_rows = rows.column(name)
            columns[name] = column = np.empty(len(is_order), of_rows.dtype)
            column[is_order], column[inserted] = orders.column(name), of_rows
    return Commands(**columns)
