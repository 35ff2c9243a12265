"""Plots below the tables that notebooks show: which object has which."""

from skontro.files import Results
from skontro.files.notebook import PLOTS
from skontro.report.notebook import (
    comparison_plots,
    drawn,
    results_plots,
    seed_plots,
    summary_plots,
)
from skontro.simulation.compare import Comparison, SeedComparison
from skontro.statistics import Summary


def draw_in_notebooks() -> None:
    """Let results, summaries and comparisons show their plots below their tables."""
    PLOTS[Results] = lambda shown: drawn(results_plots(shown))
    PLOTS[Summary] = lambda shown: drawn(summary_plots(shown))
    PLOTS[Comparison] = lambda shown: drawn(comparison_plots(shown))
    PLOTS[SeedComparison] = lambda shown: drawn(seed_plots(shown))
