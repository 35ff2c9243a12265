"""Read payments, instructions, participants, rates and scenarios from files, and write results."""

from skontro.files.instructions import (
    INSTRUCTION_FIELDS,
    InstructionsReading,
    read_instructions,
    write_instructions,
)
from skontro.files.participants import read_participants, write_participants
from skontro.files.payments import PaymentsReading, read_payments, write_payments
from skontro.files.period import Inputs, Results, Scenario
from skontro.files.rates import (
    RATE_COLUMNS,
    REFERENCE_COLUMNS,
    read_rates,
    read_reference_rates,
    write_rates,
    write_reference_rates,
)
from skontro.files.refusals import REFUSALS, WHOLE_ROW, Refusal, Refusals, write_refusals
from skontro.files.results import read_results, read_results_with_inputs, write_results
from skontro.files.scenario import ScenarioReading, read_scenario, write_scenario
from skontro.files.tables import (
    ACCOUNTS,
    EARMARKED,
    INSTRUCTIONS,
    MECHANISMS,
    ORDERS,
    PAYMENT_ROWS,
    PAYMENTS,
    RESIDUALS,
    RUNS,
    SOURCES,
    STATEMENTS,
    SWAP_LINES,
    TIMESTAMP,
    TOTAL,
)

__all__ = [
    "ACCOUNTS",
    "EARMARKED",
    "INSTRUCTIONS",
    "INSTRUCTION_FIELDS",
    "MECHANISMS",
    "ORDERS",
    "PAYMENTS",
    "PAYMENT_ROWS",
    "RATE_COLUMNS",
    "REFERENCE_COLUMNS",
    "REFUSALS",
    "RESIDUALS",
    "RUNS",
    "SOURCES",
    "STATEMENTS",
    "SWAP_LINES",
    "TIMESTAMP",
    "TOTAL",
    "WHOLE_ROW",
    "Inputs",
    "InstructionsReading",
    "PaymentsReading",
    "Refusal",
    "Refusals",
    "Results",
    "Scenario",
    "ScenarioReading",
    "read_instructions",
    "read_participants",
    "read_payments",
    "read_rates",
    "read_reference_rates",
    "read_results",
    "read_results_with_inputs",
    "read_scenario",
    "write_instructions",
    "write_participants",
    "write_payments",
    "write_rates",
    "write_reference_rates",
    "write_refusals",
    "write_results",
    "write_scenario",
]
