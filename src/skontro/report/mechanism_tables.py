"""Report tables of settlement by mechanism and of offsetting runs."""

from typing import Final

import polars as pl

from skontro.files import MECHANISMS, Results
from skontro.model import find_currency
from skontro.report.formatting import Scale, percent
from skontro.report.plots.comparison import heading
from skontro.report.table import Table
from skontro.statistics import ratio

_BY_ITSELF: Final = ("entry", "queue")


def mechanism_tables(results: Results) -> tuple[Table, ...]:
    """Value settled by mechanism and the offsetting runs; nothing where all settled gross."""
    settled = results.orders.filter(pl.col("mechanism").is_not_null())
    used = [name for name in MECHANISMS if name in settled["mechanism"].unique().to_list()]
    if results.runs.is_empty() and all(name in _BY_ITSELF for name in used):
        return ()
    return (_by_mechanism(results, settled, used), _runs(results))


def _by_mechanism(results: Results, settled: pl.DataFrame, used: list[str]) -> Table:
    parts = {name: settled.filter(mechanism=name) for name in used}
    values = {name: _value(results, part, "amount_minor") for name, part in parts.items()}
    total = sum(values.values())
    scale = Scale.for_table(total, results.rates.account_currency)
    return Table(
        caption=f"Settled orders by mechanism, value in {scale.label}",
        head=("Mechanism", "Orders", "Value", "of all settled"),
        words=1,
        unit=scale.label,
        amounts=("Value",),
        rows=tuple(
            (
                heading(name),
                f"{part.height:,}",
                scale.text(values[name]),
                percent(ratio(values[name], total)),
            )
            for name, part in parts.items()
        ),
    )


def _runs(results: Results) -> Table:
    """One row for each algorithm; a run counts once for each currency with queued orders."""
    names = [n for n in MECHANISMS if n in results.runs["algorithm"].unique().to_list()]
    parts = {name: results.runs.filter(algorithm=name) for name in names}
    values = {name: _value(results, part, "settled_minor") for name, part in parts.items()}
    freed = {name: _value(results, part, "liquidity_freed_minor") for name, part in parts.items()}
    scale = Scale.for_table(max(values.values(), default=0), results.rates.account_currency)
    return Table(
        caption=f"Offsetting runs by algorithm, values in {scale.label}",
        head=("Algorithm", "Runs", "that settled", "Orders", "Value", "Liquidity freed"),
        words=1,
        unit=scale.label,
        amounts=("Value", "Liquidity freed"),
        rows=tuple(
            (
                heading(name),
                f"{part.height:,}",
                f"{part.filter(pl.col('settled_orders') > 0).height:,}",
                f"{part['settled_orders'].sum():,}",
                scale.text(values[name]),
                scale.text(freed[name]),
            )
            for name, part in parts.items()
        ),
        empty="No offsetting run took place.",
    )


def _value(results: Results, rows: pl.DataFrame, column: str) -> int:
    totals = rows.group_by("currency").agg(pl.col(column).cast(pl.Int128).sum())
    return sum(results.rates.value(minor, find_currency(code)) for code, minor in totals.rows())
