"""A period to settle and a settled period, in memory."""

from collections.abc import Callable, Mapping

import attrs
import polars as pl

from skontro.files.tables import (
    ACCOUNTS,
    INSTRUCTIONS,
    ORDERS,
    PAYMENT_ROWS,
    PAYMENTS,
    RESIDUALS,
    RUNS,
    STATEMENTS,
    SWAP_LINES,
)
from skontro.model import (
    BusinessDay,
    InputError,
    NettingRules,
    ParticipantDirectory,
    RateTable,
    Rulebook,
)

_Check = Callable[[object, "attrs.Attribute[pl.DataFrame]", pl.DataFrame], None]


def _has_schema(schema: pl.Schema) -> _Check:
    def check(
        _instance: object, attribute: "attrs.Attribute[pl.DataFrame]", table: pl.DataFrame
    ) -> None:
        if table.schema != schema:
            raise InputError(f"table {attribute.name}: columns {table.schema}, expected {schema}")

    return check


@attrs.frozen(kw_only=True)
class Scenario:
    """The complete input for the settlement of one or more business days.

    Attributes:
        name: one line for titles.
        business_days: in order of time.
        time_zone: IANA name, for showing local times.
        directory: participants and accounts.
        payments: a table with the columns `PAYMENTS`, by submission time.
        rates: to value totals in one currency of account.
        provenance: where the data came from, key to one line of text.
        rulebook: which liquidity-saving mechanisms run.
        netting: rules of netting cycles, in which orders then settle; or None.
        instructions: a table with the columns `INSTRUCTIONS`, by time.
        rows: in which rows of a payments file the payments stood, with the columns `PAYMENT_ROWS`;
            without rows where there was no file.
    """

    name: str
    business_days: tuple[BusinessDay, ...]
    time_zone: str
    directory: ParticipantDirectory
    payments: pl.DataFrame = attrs.field(validator=_has_schema(PAYMENTS), eq=False)
    rates: RateTable
    provenance: Mapping[str, str] = attrs.field(factory=dict)
    rulebook: Rulebook = attrs.field(factory=Rulebook)
    netting: NettingRules | None = None
    instructions: pl.DataFrame = attrs.field(
        validator=_has_schema(INSTRUCTIONS), eq=False, factory=INSTRUCTIONS.to_frame
    )
    rows: pl.DataFrame = attrs.field(
        validator=_has_schema(PAYMENT_ROWS), eq=False, factory=PAYMENT_ROWS.to_frame
    )


@attrs.frozen(kw_only=True)
class Inputs:
    """The other inputs of a settled period: with the results, enough to settle it again.

    Attributes:
        directory: participants and accounts, as they began.
        instructions: a table with the columns `INSTRUCTIONS`, by time.
    """

    directory: ParticipantDirectory
    instructions: pl.DataFrame = attrs.field(
        validator=_has_schema(INSTRUCTIONS), eq=False, factory=INSTRUCTIONS.to_frame
    )


@attrs.frozen(kw_only=True)
class Results:
    """The results of a period: the scenario's header and tables.

    Attributes:
        name, business_days, time_zone, rates, provenance, rulebook, netting: as in `Scenario`.
        orders: a table with the columns `ORDERS`, by order number.
        accounts: a table with the columns `ACCOUNTS`.
        statements: a table with the columns `STATEMENTS`.
        runs: a table with the columns `RUNS`.
        residuals: a table with the columns `RESIDUALS`; empty without netting cycles.
        swap_lines: a table with the columns `SWAP_LINES`; empty without netting cycles.
        inputs: what was settled, for `skontro explain`; None where results were read without it.
    """

    name: str
    business_days: tuple[BusinessDay, ...]
    time_zone: str
    rates: RateTable
    provenance: Mapping[str, str] = attrs.field(factory=dict)
    rulebook: Rulebook = attrs.field(factory=Rulebook)
    netting: NettingRules | None = None
    orders: pl.DataFrame = attrs.field(validator=_has_schema(ORDERS), eq=False)
    accounts: pl.DataFrame = attrs.field(validator=_has_schema(ACCOUNTS), eq=False)
    statements: pl.DataFrame = attrs.field(validator=_has_schema(STATEMENTS), eq=False)
    runs: pl.DataFrame = attrs.field(validator=_has_schema(RUNS), eq=False, factory=RUNS.to_frame)
    residuals: pl.DataFrame = attrs.field(
        validator=_has_schema(RESIDUALS), eq=False, factory=RESIDUALS.to_frame
    )
    swap_lines: pl.DataFrame = attrs.field(
        validator=_has_schema(SWAP_LINES), eq=False, factory=SWAP_LINES.to_frame
    )
    inputs: Inputs | None = attrs.field(default=None, eq=False)
