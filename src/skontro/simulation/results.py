"""Results from what the engine was told and answered, whoever told it."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import polars as pl

from skontro.engine import Commands, Engine
from skontro.files import Inputs, Results, Scenario
from skontro.simulation.largest_value import Search
from skontro.simulation.outcomes import order_outcomes
from skontro.simulation.runs import run_table
from skontro.simulation.statements import post_statements


def results_of(
    scenario: Scenario,
    accounts: pl.DataFrame,
    commands: Commands,
    events: npt.NDArray[Any],
    runs: npt.NDArray[Any],
    engine: Engine,
    searches: Mapping[int, Search] | None = None,
) -> Results:
    """The tables of a period, without those of netting cycles.

    Args:
        scenario: what was settled; payment row i is order i.
        accounts: account numbers of payer and payee by order.
        commands, events, runs: all of the period.
        engine: after the last of them.
        searches: what searches for the largest value had found, by number of the run.

    Raises:
        InvariantBroken: the tables derived contradict each other or the engine.
    """
    statements, account_table = post_statements(scenario, accounts, commands, events, runs, engine)
    return Results(
        name=scenario.name,
        business_days=scenario.business_days,
        time_zone=scenario.time_zone,
        rates=scenario.rates,
        provenance=scenario.provenance,
        rulebook=scenario.rulebook,
        orders=order_outcomes(scenario, events, runs, engine),
        accounts=account_table,
        statements=statements,
        runs=run_table(runs, searches or {}, engine),
        inputs=Inputs(directory=scenario.directory, instructions=scenario.instructions),
    )
