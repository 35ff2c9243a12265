"""Settle a scenario: its payments become commands, the engine's events become results."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    EVENT,
    Commands,
    Engine,
    close_day,
    join,
    open_day,
    submit,
)
from skontro.files import Results, Scenario
from skontro.model import ParticipantDirectory, PaymentClass
from skontro.simulation.outcomes import order_outcomes
from skontro.simulation.statements import post_statements

#: Told how many of how many commands have been applied.
Progress = Callable[[int, int], None]

#: Commands per call of the engine: large enough to be fast, small enough to show progress.
BATCH = 65_536

_CLASSES = {payment_class.name.lower(): int(payment_class) for payment_class in PaymentClass}


def settle(scenario: Scenario, progress: Progress | None = None) -> Results:
    """Settle the scenario's business days, gross, one after the other.

    Each day opens, takes its orders in order of submission, and closes; what is still waiting then
    is returned. Balances carry over to the next day.

    Args:
        scenario: the payments are numbered as they stand; row i becomes order i.
        progress: called after every batch.

    Raises:
        InvariantBroken: the engine, or the statements derived from its events, contradict
            themselves; no result is given.
    """
    engine = Engine(scenario.directory.accounts)
    accounts = _account_numbers(scenario)
    commands = _commands(scenario, accounts)
    events = _apply(engine, commands, progress)
    orders = order_outcomes(scenario, events)
    statements, account_table = post_statements(scenario, accounts, events, engine)
    return Results(
        name=scenario.name,
        business_days=scenario.business_days,
        time_zone=scenario.time_zone,
        rates=scenario.rates,
        provenance=scenario.provenance,
        orders=orders,
        accounts=account_table,
        statements=statements,
    )


def _account_numbers(scenario: Scenario) -> pl.DataFrame:
    """Columns ``payer`` and ``payee`` with the account numbers of each payment, -1 for none."""
    table = _account_table(scenario.directory)
    payments = scenario.payments
    numbers = {
        side: payments.select(pl.col(side).alias("bic"), "currency")
        .join(table, on=["bic", "currency"], how="left", maintain_order="left")
        .get_column("account")
        .fill_null(-1)
        for side in ("payer", "payee")
    }
    return pl.DataFrame(numbers)


def _account_table(directory: ParticipantDirectory) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "bic": [account.bic for account in directory.accounts],
            "currency": [account.currency.code for account in directory.accounts],
            "account": np.arange(len(directory.accounts), dtype=np.int32),
        },
        schema={"bic": pl.String, "currency": pl.String, "account": pl.Int32},
    )


def _times(payments: pl.DataFrame, column: str, absent: int) -> npt.NDArray[np.int64] | None:
    """Timestamps of a column, or None when no payment has one."""
    if payments[column].null_count() == payments.height:
        return None
    return payments[column].to_physical().fill_null(absent).to_numpy()


def _commands(scenario: Scenario, accounts: pl.DataFrame) -> Commands:
    payments = scenario.payments
    classes = payments["payment_class"].replace_strict(_CLASSES, return_dtype=pl.Int8)
    orders = submit(
        time=payments["submitted_at"].to_physical().to_numpy(),
        payer=accounts["payer"].to_numpy(),
        payee=accounts["payee"].to_numpy(),
        amount=payments["amount_minor"].to_numpy(),
        payment_class=classes.to_numpy(),
        earliest=_times(payments, "earliest_at", ANY_TIME_BEFORE),
        latest=_times(payments, "latest_at", ANY_TIME_AFTER),
    )
    parts: list[Commands] = []
    done = 0
    for day in scenario.business_days:
        # What comes before the day opens, or at its end or later, meets a closed system.
        first, end = np.searchsorted(orders.time, [day.opens_at, day.closes_at], side="left")
        parts += [orders.part(done, int(first)), open_day(day.opens_at)]
        parts += [orders.part(int(first), int(end)), close_day(day.closes_at)]
        done = int(end)
    return join([*parts, orders.part(done, len(orders))])


def _apply(engine: Engine, commands: Commands, progress: Progress | None) -> npt.NDArray[np.void]:
    batches = [np.empty(0, EVENT)]
    for start in range(0, len(commands), BATCH):
        stop = min(start + BATCH, len(commands))
        batches.append(engine.apply(commands.part(start, stop)).copy())
        if progress is not None:
            progress(stop, len(commands))
    return np.concatenate(batches)
