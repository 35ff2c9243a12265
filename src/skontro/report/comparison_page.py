"""The page of a comparison: one self-contained HTML file."""

from pathlib import Path

from skontro.files.writing import write_text
from skontro.report.design_table import design_table
from skontro.report.formatting import Scale, duration, exact_percent, percent
from skontro.report.page import Section, render_page
from skontro.report.plots.comparison import (
    delay_curves,
    design_word,
    heading,
    mechanism_bars,
    optimum_bars,
    value_curves,
)
from skontro.report.table import Table
from skontro.simulation.compare import Comparison, Outcome
from skontro.simulation.compare.optimum import ALGORITHMS
from skontro.statistics import Definition


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page; the same comparison gives the same bytes.

    Raises:
        InputError: the file cannot be written there.
    """
    write_text(path, render_comparison(comparison))


def render_comparison(comparison: Comparison) -> str:
    """The page as text; see `write_comparison`."""
    return render_page(
        "comparison.html.j2",
        comparison=comparison,
        sections=(
            Section(
                name="designs-section",
                title="Designs",
                note="",
                plots=(),
                tables=(design_table(comparison),),
            ),
            Section(
                name="curves-section",
                title="Liquidity against delay",
                note="",
                plots=(delay_curves(comparison), value_curves(comparison)),
            ),
            Section(
                name="mechanisms-section",
                title="Mechanisms",
                note="",
                plots=(mechanism_bars(comparison), optimum_bars(comparison)),
                tables=(_optimum_table(comparison),),
            ),
            Section(
                name="detail-section",
                title="In detail",
                note="",
                plots=(),
                tables=(_outcome_table(comparison),),
            ),
        ),
    )


def _outcome_table(comparison: Comparison) -> Table:
    currency = comparison.account_currency
    # The same payments come in under every design.
    scale = Scale.for_table(comparison.outcomes[0].submitted.total, currency)
    brought_in = any(outcome.brought_in for outcome in comparison.outcomes)
    cycles = any(outcome.residual is not None for outcome in comparison.outcomes)
    return Table(
        caption=f"Every design at every degree of liquidity, values in {scale.label}",
        head=(
            "Design",
            "Liquidity",
            "Provided",
            *(("Brought in",) if brought_in else ()),
            "Used",
            "Settled orders",
            "Settled value",
            "of submitted",
            "National by corridor, interbank",
            "National by member, interbank",
            *(("Residual funding by corridor, of net positions",) if cycles else ()),
            *(("Residual funding by corridor, of gross trade",) if cycles else ()),
            "Delay indicator",
            "Mean delay",
            "Runs",
            "Freed by runs",
        ),
        words=1,
        unit=scale.label,
        amounts=("Provided", "Brought in", "Used", "Settled value", "Freed by runs"),
        rows=tuple(
            (
                design_word(outcome.design),
                exact_percent(outcome.degree),
                scale.text(outcome.provided),
                *((scale.text(outcome.brought_in),) if brought_in else ()),
                scale.text(outcome.used),
                f"{outcome.settled.orders:,}",
                scale.text(outcome.settled.total),
                percent(outcome.settled_share),
                *(percent(outcome.interbank.national(one).share) for one in Definition),
                *(_residual(outcome) if cycles else ()),
                percent(outcome.delay),
                duration(outcome.mean_delay),
                f"{outcome.runs:,}",
                scale.text(outcome.freed),
            )
            for outcome in comparison.outcomes
        ),
    )


def _residual(outcome: Outcome) -> tuple[str, str]:
    if outcome.residual is None:
        return percent(None), percent(None)
    by_corridor = Definition.BY_CORRIDOR
    return (
        percent(outcome.residual.share_of_net_positions(by_corridor)),
        percent(outcome.residual.share_of_gross_trade(by_corridor)),
    )


def _optimum_table(comparison: Comparison) -> Table:
    currency = comparison.account_currency
    largest = max(optimum.queued for optimum in comparison.optima.values())
    scale = Scale.for_table(largest, currency)
    return Table(
        caption=(
            f"The queues of the end of the first day under gross settlement, in {scale.label}: "
            "what each algorithm settles, and its gap to the bound"
        ),
        head=(
            "Liquidity",
            "Queued orders",
            "Queued value",
            "Bound",
            *(title for name in ALGORITHMS for title in (heading(name), f"{heading(name)}, gap")),
        ),
        words=0,
        unit=scale.label,
        amounts=("Queued value", "Bound", *(heading(name) for name in ALGORITHMS)),
        rows=tuple(
            (
                exact_percent(degree),
                f"{optimum.orders:,}",
                scale.text(optimum.queued),
                scale.text(optimum.bound),
                *(
                    cell
                    for name in ALGORITHMS
                    for cell in (scale.text(optimum.settled[name]), percent(optimum.gap(name)))
                ),
            )
            for degree, optimum in comparison.optima.items()
        ),
    )
