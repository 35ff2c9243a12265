"""The figures of a period on a terminal: shares, turnover, liquidity and delay at a glance."""

from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from skontro.simulation.report.wording import (
    Scale,
    duration,
    percent,
    period,
    plain_ratio,
    times,
)
from skontro.statistics import Delay, NationalShare, Summary

_MOST_CURRENCIES: Final = 12
_WIDEST: Final = 98


def print_summary(console: Console, summary: Summary) -> None:
    """Print a summary in at most 45 lines of 100 columns.

    Args:
        console: where to print.
        summary: what `skontro.statistics.summarise` returned.
    """
    console.print(f"[bold]{escape(summary.name)}[/bold]")
    console.print(f"{period(summary.dates)}, values in {summary.account_currency}", style="dim")
    for title, table in (
        _shares(summary),
        _turnover(summary),
        _liquidity(summary),
        _delay(summary),
    ):
        console.print()
        console.print(title, style="bold")
        console.print(table, width=min(console.width, _WIDEST))


def _table(*columns: str) -> Table:
    """A table of one column of words and others of figures, as wide as the terminal allows."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _shares(summary: Summary) -> tuple[str, Table]:
    instruction, interbank = summary.instruction.total, summary.interbank.total
    table = _table("", "Instruction", "of it\nnational", "Interbank", "of it\nnational")
    shares = (instruction, interbank)
    table.add_row(
        "All currencies",
        *(
            cell
            for share in shares
            for cell in ("100.0%" if share.value else percent(None), percent(share.share))
        ),
        style="bold",
    )
    codes = _ranked(instruction, interbank)
    for code in codes[:_MOST_CURRENCIES]:
        table.add_row(code, *(cell for share in shares for cell in _use(share, code)))
    if len(codes) > _MOST_CURRENCIES:
        table.add_row(f"and {len(codes) - _MOST_CURRENCIES} more", style="dim")
    table.add_row(
        "Concentration index",
        *(
            plain_ratio(index)
            for share in shares
            for index in (share.concentration, share.national_concentration)
        ),
        style="dim",
    )
    return "National-currency share by value", table


def _ranked(*shares: NationalShare) -> list[str]:
    """Codes of all currencies, most used first."""
    used: dict[str, int] = {}
    for share in shares:
        for use in share.uses:
            used[use.currency.code] = used.get(use.currency.code, 0) + use.value
    return sorted(used, key=lambda code: (-used[code], code))


def _use(share: NationalShare, code: str) -> tuple[str, str]:
    for use in share.uses:
        if use.currency.code == code:
            return percent(share.share_of(use)), percent(share.national_share_of(use))
    return percent(None), percent(None)


def _turnover(summary: Summary) -> tuple[str, Table]:
    turnover = summary.turnover.total
    parts = {
        "Submitted": turnover.submitted,
        "Settled": turnover.settled,
        "Returned": turnover.returned,
        "Cancelled": turnover.cancelled,
        "Refused": turnover.refused,
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
        plain_ratio(delay.indicator, 3),
    )
