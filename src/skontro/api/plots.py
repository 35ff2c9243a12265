"""Plots below the tables that notebooks show: which object has which."""

from typing import Any, Final

from skontro.files.notebook import PLOTS

#: By name of a class, the name of the function in `skontro.report.notebook` that draws its plots.
_MAKERS: Final = {
    "Results": "results_plots",
    "Summary": "summary_plots",
    "Comparison": "comparison_plots",
    "SeedComparison": "seed_plots",
}


def draw_in_notebooks() -> None:
    """Let results, summaries and comparisons show their plots below their tables."""
    PLOTS.update(dict.fromkeys(_MAKERS, _draw))


def _draw(shown: Any) -> str:  # noqa: ANN401  each class has a function of its own
    # Loaded here: commands that draw nothing would take a third longer to start.
    from skontro.report import notebook  # noqa: PLC0415

    make = getattr(notebook, _MAKERS[type(shown).__name__])
    return notebook.drawn(make(shown))
