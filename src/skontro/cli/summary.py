"""The summary of a settled period on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skontro.simulation.report.wording import (
    NO_FIGURE,
    Scale,
    count,
    duration,
    percent,
    period,
    plain_ratio,
    short_amount,
    times,
)
from skontro.statistics import CurrencyUse, LayerShares, Summary, ratio

#: Currencies shown one by one; the report shows all.
SHOWN_CURRENCIES = 14


def print_summary(console: Console, summary: Summary) -> None:
    """Print the figures of a period: shares, turnover, liquidity and delay."""
    console.print()
    console.print(Text(f"{summary.name}: {period(summary.dates)}", style="bold"))
    console.print(_key_figures(summary))
    console.print(_currencies(summary))


def _key_figures(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(style="dim")
    for layer in (summary.instruction, summary.interbank):
        table.add_row(*_share_row(layer, summary))
    for row in (*_turnover_rows(summary), *_liquidity_rows(summary), *_delay_rows(summary)):
        table.add_row(*row)
    return table


def _share_row(layer: LayerShares, summary: Summary) -> tuple[str, str, str]:
    total = layer.total
    return (
        f"National-currency share, {layer.layer}",
        percent(total.share),
        f"of {short_amount(total.value, summary.account_currency)}, "
        f"concentration {plain_ratio(total.concentration)}",
    )


def _turnover_rows(summary: Summary) -> list[tuple[str, str, str]]:
    total, account_currency = summary.turnover.total, summary.account_currency
    rows = [
        (
            "Settled",
            short_amount(total.settled.total, account_currency),
            f"{count(total.settled.orders, 'order')}, {percent(total.settlement_ratio)} of the "
            f"value of {count(total.submitted.orders, 'order')} submitted",
        )
    ]
    for name in ("returned", "cancelled", "refused"):
        tally = getattr(total, name)
        if tally.orders or name == "returned":
            amount = short_amount(tally.total, account_currency)
            rows.append((name.capitalize(), amount, count(tally.orders, "order")))
    return rows


def _liquidity_rows(summary: Summary) -> list[tuple[str, str, str]]:
    total, account_currency = summary.liquidity.total, summary.account_currency
    lower, upper = (
        short_amount(bound, account_currency) for bound in (total.lower_bound, total.upper_bound)
    )
    return [
        (
            "Liquidity used",
            short_amount(total.used, account_currency),
            f"of {short_amount(total.available, account_currency)} available, turned over "
            f"{times(total.turnover_ratio)}",
        ),
        ("Liquidity bounds", f"{lower} to", f"{upper}, from net debit to settling all at once"),
    ]


def _delay_rows(summary: Summary) -> list[tuple[str, str, str]]:
    total = summary.delay.total
    return [
        (
            "Waited in the queue",
            count(total.after_queuing.orders, "order"),
            f"settled after a median of {duration(total.of_queued.median)}, "
            f"95% within {duration(total.of_queued.percentile_95)}",
        ),
        (
            "Mean delay by value",
            duration(total.weighted_mean),
            f"delay indicator {plain_ratio(total.indicator, 3)}",
        ),
    ]


def _currencies(summary: Summary) -> Table:
    currencies = sorted(
        summary.turnover.currencies, key=lambda c: (-c.valued.submitted.total, c.currency.code)
    )
    largest = max((c.valued.submitted.total for c in currencies), default=0)
    scale = Scale.fitting(largest, summary.account_currency)
    table = Table(title_justify="left", caption_justify="left")
    table.add_column("Currency")
    for heading in (
        f"Submitted,\n{scale.label}",
        f"Settled,\n{scale.label}",
        "Settled,\nof value",
        "Share,\ninstruction",
        "Share,\ninterbank",
        "National use,\ninterbank",
        "Liquidity used,\nof available",
    ):
        table.add_column(heading, justify="right")
    available = {c.currency: c.valued for c in summary.liquidity.currencies}
    for row in currencies[:SHOWN_CURRENCIES]:
        valued, liquidity = row.valued, available[row.currency]
        use = _use(summary.interbank, row.currency.code)
        used = _percent_of(liquidity.used, liquidity.available)
        table.add_row(
            row.currency.code,
            scale.text(valued.submitted.total),
            scale.text(valued.settled.total),
            percent(valued.settlement_ratio),
            _share_of(summary.instruction, row.currency.code),
            _share_of(summary.interbank, row.currency.code),
            NO_FIGURE if use is None else _percent_of(use.national_value, use.value),
            used,
        )
    if len(currencies) > SHOWN_CURRENCIES:
        table.caption = f"and {len(currencies) - SHOWN_CURRENCIES} more in the report"
    return table


def _percent_of(part: int, whole: int) -> str:
    """One figure in another, in percent."""
    return percent(ratio(part, whole))


def _use(layer: LayerShares, code: str) -> CurrencyUse | None:
    return next((use for use in layer.total.uses if use.currency.code == code), None)


def _share_of(layer: LayerShares, code: str) -> str:
    use = _use(layer, code)
    return NO_FIGURE if use is None else percent(layer.total.share_of(use))
