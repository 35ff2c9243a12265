"""Results from commands and events of any origin."""

from collections.abc import Mapping

from skontro.engine import Engine
from skontro.files import Inputs, Results, Scenario
from skontro.simulation.maximum_value import Search
from skontro.simulation.outcomes import order_outcomes, run_table
from skontro.simulation.period_record import PeriodRecord, SubmittedPayments
from skontro.simulation.statements import post_statements


def results_of(
    scenario: Scenario,
    record: PeriodRecord,
    engine: Engine,
    searches: Mapping[int, Search] | None = None,
) -> Results:
    """The tables of a period, without those of netting cycles.

    Args:
        scenario: the settled scenario; the outcome of a payment is found by its UETR.
        record: record of the whole period.
        engine: after the last of it.
        searches: results of searches for maximum value, by number of the run.

    Raises:
        InvariantBroken: the tables derived contradict each other or the engine.
    """
    submitted = SubmittedPayments.of(scenario, record)
    statements, account_table = post_statements(submitted, record, engine)
    return Results(
        name=scenario.name,
        business_days=scenario.business_days,
        time_zone=scenario.time_zone,
        rates=scenario.rates,
        provenance=scenario.provenance,
        rulebook=scenario.rulebook,
        orders=order_outcomes(submitted, record, engine),
        accounts=account_table,
        statements=statements,
        runs=run_table(record, searches or {}, engine),
        inputs=Inputs(directory=scenario.directory, instructions=scenario.instructions),
    )
