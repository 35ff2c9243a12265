"""A period to settle and a settled period, in memory."""

from collections.abc import Callable, Mapping

import attrs
import polars as pl

from skontro.files.notebook import counted, html_table, with_plot
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
    OrderStatus,
    ParticipantDirectory,
    RateTable,
    Rulebook,
    find_currency,
    format_amount,
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
        provenance: sources of the data, one line of text for each key.
        rulebook: the liquidity-saving mechanisms.
        netting: rules of netting cycles, in which orders then settle; or None.
        instructions: a table with the columns `INSTRUCTIONS`, by time.
        rows: rows of the payments in their file, with the columns `PAYMENT_ROWS`;
            without rows where there was no file.

    Example:
        >>> from skontro.testing import small_day
        >>> small_day().payments["amount_minor"].to_list()
        [7000, 2000, 9000]
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

    def __repr__(self) -> str:
        return f"<Scenario {self.name!r}: {self._size()}>"

    def _size(self) -> str:
        return ", ".join(
            (
                counted(len(self.business_days), "day"),
                counted(self.payments.height, "payment"),
                counted(len(self.directory.participants), "participant"),
            )
        )

    def _repr_html_(self) -> str:
        """For notebooks: payments by currency."""
        rows = [
            (code, f"{number:,}", format_amount(minor, find_currency(code), grouped=True))
            for code, number, minor in _by_currency(self.payments).iter_rows()
        ]
        return html_table(
            self.name, f"Scenario: {self._size()}", ("Currency", "Payments", "Amount"), rows
        )


@attrs.frozen(kw_only=True)
class Inputs:
    """The other inputs of a settled period: with the results, enough to settle it again.

    Attributes:
        directory: participants and accounts at the start.
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
        inputs: the settled inputs, for `skontro explain`; None if results were read without them.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.settle(small_day()).accounts["closing_balance_minor"].to_list()
        [5000, 5000]
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

    def __repr__(self) -> str:
        return f"<Results {self.name!r}: {self._size()}>"

    def _size(self) -> str:
        by_status = self.orders.group_by("status").len().sort("len", "status", descending=True)
        statuses = [f"{number:,} {status}" for status, number in by_status.iter_rows()]
        return ", ".join([counted(self.orders.height, "order"), *statuses])

    def _repr_html_(self) -> str:
        """For notebooks: orders by currency, with those settled, and the business day as a plot."""
        settled = self.orders.filter(pl.col("status") == OrderStatus.SETTLED.value)
        ended = {code: rest for code, *rest in _by_currency(settled).iter_rows()}
        rows = []
        for code, number, _ in _by_currency(self.orders).iter_rows():
            count, minor = ended.get(code, (0, 0))
            value = format_amount(minor, find_currency(code), grouped=True)
            rows.append((code, f"{number:,}", f"{count:,}", value))
        head = ("Currency", "Orders", "Settled", "Value settled")
        return with_plot(self, html_table(self.name, f"Results: {self._size()}", head, rows))


def _by_currency(payments: pl.DataFrame) -> pl.DataFrame:
    """Code, number and total of minor units, the most used currency first."""
    return (
        payments.group_by("currency")
        .agg(pl.len(), pl.col("amount_minor").cast(pl.Int128).sum())
        .sort(pl.col("len"), pl.col("currency"), descending=[True, False])
    )
