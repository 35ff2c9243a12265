"""The figures of a period on a terminal: shares, turnover, liquidity and delay at a glance."""

from typing import Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table

from skontro.files import Results
from skontro.model import find_currency, format_amount
from skontro.report.formatting import (
    LAYER_WORDS,
    OF_GROSS_TRADE,
    SHARE_OF,
    Scale,
    duration,
    lifted_by_returns,
    percent,
    period,
    plain_ratio,
    times,
)
from skontro.statistics import CurrencyShares, CurrencyUse, Definition, Delay, Layer, Summary

_MAX_CURRENCIES: Final = 6
#: Heads of columns by layer.
_HEADS: Final = {
    Layer.INSTRUCTION: "Instruc-\ntion",
    Layer.INTERBANK: "Inter-\nbank",
    Layer.RESIDUAL: "Residual\nfunding",
}
_WIDEST: Final = 98


def print_summary(console: Console, summary: Summary) -> None:
    """Print a summary in at most 45 lines of 100 columns.

    Args:
        console: output.
        summary: result of `skontro.statistics.summarise`.
    """
    console.print(summary.name, style="bold")
    console.print(f"{period(summary.dates)}, values in {summary.account_currency}", style="dim")
    for title, table in (
        _layers(summary),
        _currencies(summary),
        _turnover(summary),
        _liquidity(summary),
        _delay(summary),
    ):
        console.print()
        console.print(title, style="bold")
        console.print(table, width=min(console.width, _WIDEST))
    if summary.credit.lifts_share:
        note = lifted_by_returns(summary.credit)
        console.print(note, style="dim", width=min(console.width, _WIDEST))


def print_by_currency(console: Console, results: Results) -> None:
    """Print the outcomes of the orders of each currency, where no rates add them up.

    Args:
        console: output.
        results: results of a period with several currencies.
    """
    console.print(results.name, style="bold")
    console.print(f"{period(tuple(day.date for day in results.business_days))}", style="dim")
    by_currency = (
        results.orders.group_by("currency")
        .agg(
            pl.len().alias("orders"),
            *(pl.col("status").eq(name).sum().alias(name) for name in ("settled", "returned")),
            pl.col("amount_minor")
            .filter(pl.col("status") == "settled")
            .cast(pl.Int128)
            .sum()
            .alias("value"),
        )
        .join(
            results.accounts.group_by("currency").agg(
                pl.col("liquidity_used_minor").cast(pl.Int128).sum().alias("used")
            ),
            on="currency",
            how="left",
        )
        .sort("currency")
    )
    table = _table("Currency", "Orders", "Settled", "Returned", "Value settled", "Liquidity used")
    for code, orders, settled, returned, value, used in by_currency.iter_rows():
        currency = find_currency(code)
        amounts = (format_amount(int(minor), currency, grouped=True) for minor in (value, used))
        table.add_row(code, f"{orders:,}", f"{settled:,}", f"{returned:,}", *amounts)
    console.print()
    console.print(table, width=min(console.width, _WIDEST))


def _table(*columns: str, close: bool = False) -> Table:
    """A table with one column of labels and several of figures, as wide as the terminal allows."""
    padding = (0, 0, 0, 1) if close else (0, 1)
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True, padding=padding
    )
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _layers(summary: Summary) -> tuple[str, Table]:
    """Every layer by both definitions, each with its base."""
    table = _table("", "Share", "By corridor", "By member", "Concentration")
    for shares in summary.layers:
        total = shares.total
        table.add_row(
            LAYER_WORDS[shares.layer].capitalize(),
            SHARE_OF[shares.layer],
            percent(total.by_corridor.share),
            percent(total.by_member.share),
            plain_ratio(total.concentration),
        )
    if summary.residual is not None:
        table.add_row(
            LAYER_WORDS[Layer.RESIDUAL].capitalize(),
            OF_GROSS_TRADE,
            *(percent(summary.residual.share_of_gross_trade(one)) for one in Definition),
            "",
        )
    group = "1 country" if len(summary.group) == 1 else f"{len(summary.group)} countries"
    return f"National-currency share by value; the group is {group}", table


def _currencies(summary: Summary) -> tuple[str, Table]:
    """Share of every currency at each layer, and its part that is national by corridor."""
    columns = [
        column
        for shares in summary.layers
        for column in (_HEADS[shares.layer], "of it by\ncorridor")
    ]
    table = _table("", "Issued by\na member", *columns, close=True)
    codes = _ranked(summary)
    for code in codes[:_MAX_CURRENCIES]:
        uses = [_find(shares.total, code) for shares in summary.layers]
        ours = any(use is not None and use.by_member.orders for use in uses)
        cells = [
            cell
            for shares, use in zip(summary.layers, uses, strict=True)
            for cell in _use(shares.total, use)
        ]
        table.add_row(code, "yes" if ours else "no", *cells)
    if len(codes) > _MAX_CURRENCIES:
        table.add_row(f"and {len(codes) - _MAX_CURRENCIES} more", style="dim")
    return "Currencies by value", table


def _ranked(summary: Summary) -> list[str]:
    """Codes of all currencies, most used first."""
    used: dict[str, int] = {}
    for shares in summary.layers:
        for use in shares.total.uses:
            used[use.currency.code] = used.get(use.currency.code, 0) + use.value
    return sorted(used, key=lambda code: (-used[code], code))


def _find(share: CurrencyShares, code: str) -> CurrencyUse | None:
    return next((use for use in share.uses if use.currency.code == code), None)


def _use(share: CurrencyShares, use: CurrencyUse | None) -> tuple[str, str]:
    if use is None:
        return percent(None), percent(None)
    by_corridor = share.national_share_of(use, Definition.BY_CORRIDOR)
    return percent(share.share_of(use)), percent(by_corridor)


def _turnover(summary: Summary) -> tuple[str, Table]:
    turnover = summary.turnover.total
    parts = {
        "Submitted": turnover.submitted,
        "Settled": turnover.settled,
        "Returned": turnover.returned,
        "Cancelled": turnover.cancelled,
        "Rejected": turnover.rejected,
    }
    scale = Scale.for_table(turnover.submitted.total, summary.account_currency)
    table = _table("", *parts)
    table.add_row("Orders", *(f"{part.orders:,}" for part in parts.values()))
    table.add_row(scale.label, *(scale.text(part.total) for part in parts.values()))
    return f"Turnover, settlement ratio {percent(turnover.settlement_ratio)}", table


def _liquidity(summary: Summary) -> tuple[str, Table]:
    total = summary.liquidity.total
    scale = Scale.for_table(max(total.available, total.upper_bound), summary.account_currency)
    table = _table(
        "", "Opening", "Credit\nline", "Used", "of it\ncredit", "Lower\nbound", "Upper\nbound"
    )
    figures = (
        total.opening_balance,
        total.credit_line,
        total.used,
        total.credit_used,
        total.lower_bound,
        total.upper_bound,
    )
    table.add_row(scale.label, *(scale.text(figure) for figure in figures))
    return f"Liquidity, turned over {times(total.turnover_ratio)}", table


def _delay(summary: Summary) -> tuple[str, Table]:
    total = summary.delay.total
    table = _table(
        "", "At once", "From\nqueue", "Median\nqueued", "95%\nqueued", "Mean\nby value", "Indicator"
    )
    for part in summary.delay.classes:
        table.add_row(part.payment_class.name.capitalize(), *_delays(part.delay))
    table.add_row("All", *_delays(total), style="bold")
    return "Delay of settled orders", table


def _delays(delay: Delay) -> tuple[str, ...]:
    return (
        f"{delay.at_once.orders:,}",
        f"{delay.after_queuing.orders:,}",
        duration(delay.of_queued.median),
        duration(delay.of_queued.percentile_95),
        duration(delay.weighted_mean),
        percent(delay.indicator),
    )
