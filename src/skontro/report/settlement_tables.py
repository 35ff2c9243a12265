"""Report tables of settlement: liquidity, delay, returned orders, mechanisms, offsetting runs."""

from typing import Any, Final

import polars as pl

from skontro.files import MECHANISMS, Results
from skontro.model import ReasonCode, find_currency, find_time_zone
from skontro.model.order import OrderStatus
from skontro.report.formatting import Scale, duration, full_amount, percent, plain_ratio
from skontro.report.plots.comparison import heading
from skontro.report.table import Table
from skontro.statistics import Summary, ratio

_BY_ITSELF: Final = ("entry", "queue")
_MAX_RETURNED: Final = 20


def liquidity_table(summary: Summary) -> Table:
    """Liquidity by currency."""
    total = summary.liquidity.total
    scale = Scale.for_table(
        max(total.available, total.settled, total.upper_bound), summary.account_currency
    )
    rows = [
        (
            name,
            *(
                scale.text(figure)
                for figure in (
                    part.opening_balance, part.credit_line, part.used, part.credit_used,
                    part.lower_bound, part.upper_bound, part.settled,
                )
            ),
            plain_ratio(part.turnover_ratio, 1),
        )
        for name, part in (
            *((c.currency.code, c.valued) for c in summary.liquidity.currencies),
            ("All", total),
        )
    ]  # fmt: skip
    return Table(
        caption=f"Liquidity by currency, {scale.label}",
        head=(
            "Currency", "Opening balance", "Credit line", "Used", "Credit used", "Lower bound",
            "Upper bound", "Settled", "Turnover ratio",
        ),
        words=1,
        rows=tuple(rows) if summary.liquidity.currencies else (),
        unit=scale.label,
        amounts=(
            "Opening balance", "Credit line", "Used", "Credit used", "Lower bound", "Upper bound",
            "Settled",
        ),
        totals=1,
        empty="There is no settlement account.",
    )  # fmt: skip


def returned_table(results: Results) -> Table:
    """The returned orders of the highest value, both parties named in full."""
    zone = find_time_zone(results.time_zone)
    clock = "%H:%M:%S" if len(results.business_days) == 1 else "%Y-%m-%d %H:%M:%S"
    names = dict(results.accounts.select("bic", "name").iter_rows())
    rows = [
        (
            f"{names[row['payer']]} ({row['payer']})",
            f"{names[row['payee']]} ({row['payee']})",
            row["payment_class"],
            ReasonCode[row["reason"]].explanation,
            row["uetr"],
            row["submitted_at"].astimezone(zone).strftime(clock),
            full_amount(row["amount_minor"], find_currency(row["currency"])),
        )
        for row in _largest_returned(results)
    ]
    return Table(
        caption=f"Returned orders, at most the {_MAX_RETURNED} of the highest value; local time",
        head=("Payer", "Payee", "Class", "Reason", "UETR", "Submitted", "Amount"),
        words=5,
        rows=tuple(rows),
        empty="No order was returned.",
    )


def _largest_returned(results: Results) -> list[dict[str, Any]]:
    # Value grows with the amount inside a currency, so each currency's largest are enough.
    candidates = (
        results.orders.filter(pl.col("status") == OrderStatus.RETURNED.value)
        .sort("currency", "amount_minor", "order", descending=[False, True, False])
        .group_by("currency", maintain_order=True)
        .head(_MAX_RETURNED)
    )
    valued = sorted(
        candidates.iter_rows(named=True),
        key=lambda row: (
            -results.rates.value(row["amount_minor"], find_currency(row["currency"])),
            row["order"],
        ),
    )
    return valued[:_MAX_RETURNED]


def delay_table(summary: Summary) -> Table:
    """Delay by payment class."""
    scale = Scale.for_table(summary.turnover.total.settled.total, summary.account_currency)
    parts = [(part.payment_class.name.lower(), part.delay) for part in summary.delay.classes]
    rows = [
        (
            name,
            f"{delay.at_once.orders:,}",
            scale.text(delay.at_once.total),
            f"{delay.after_queuing.orders:,}",
            scale.text(delay.after_queuing.total),
            duration(delay.of_settled.median),
            duration(delay.of_settled.percentile_95),
            duration(delay.of_queued.median),
            duration(delay.of_queued.longest),
            duration(delay.weighted_mean),
            percent(delay.indicator),
        )
        for name, delay in (*parts, ("all", summary.delay.total))
    ]
    return Table(
        caption=f"Delay by payment class, values in {scale.label}",
        head=(
            "Class", "Orders at once", "Value at once", "Orders from queue", "Value from queue",
            "Median, settled", "95th percentile, settled", "Median, queued", "Longest",
            "Mean by value", "Delay indicator",
        ),
        words=1,
        rows=tuple(rows),
        unit=scale.label,
        amounts=("Value at once", "Value from queue"),
        totals=1,
    )  # fmt: skip


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
