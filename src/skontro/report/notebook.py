"""Plots for notebooks: one width, colours for light and dark themes, nothing from other hosts."""

from collections.abc import Iterable

from markupsafe import Markup

from skontro.files import Results
from skontro.model import InputError
from skontro.report.drawing import hatchings
from skontro.report.page import render_part
from skontro.report.palette import CurrencyColours, Plot
from skontro.report.plots.business_day import day_timeline, settlement_plot
from skontro.report.plots.comparison import delay_curves, value_curves
from skontro.report.plots.currencies import currency_plot
from skontro.report.plots.seeds import difference_plots
from skontro.simulation.compare import Comparison, SeedComparison
from skontro.statistics import Summary

#: The middle one of the widths of a page.
_WIDTH = 600


def drawn(plots: Iterable[Plot]) -> str:
    """Plots as one HTML element; the same plots give the same text.

    Where plots cannot be made, as without a rate, the element says why.
    """
    try:
        shown = tuple(plots)
    except InputError as error:
        return f"<div>{Markup.escape(str(error))}</div>"
    return render_part("notebook.html.j2", plots=shown, width=_WIDTH, hatchings=hatchings())


def results_plots(results: Results) -> Iterable[Plot]:
    """The business day: value submitted and settled."""
    yield settlement_plot(results, day_timeline(results))


def summary_plots(summary: Summary) -> Iterable[Plot]:
    """The currencies at both layers, national and third use apart."""
    yield currency_plot(summary, CurrencyColours.of(summary).ranked)


def comparison_plots(comparison: Comparison) -> Iterable[Plot]:
    """Value settled and delay against liquidity, a line for each design."""
    yield value_curves(comparison)
    yield delay_curves(comparison)


def seed_plots(comparison: SeedComparison) -> Iterable[Plot]:
    """Differences to the baseline with their intervals."""
    return difference_plots(comparison)
