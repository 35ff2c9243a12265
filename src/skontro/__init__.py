"""Skontro: an open settlement system for payments between countries in their own currencies.

The public names load on first use, so ``import skontro`` is quick. Every example runs as it is.

Example:
    >>> import skontro as sk
    >>> from skontro.testing import small_day
    >>> sk.settle(small_day())
    <Results 'Small day': 3 orders, 2 settled, 1 returned>
"""

from typing import TYPE_CHECKING, Final

from skontro.lazy_names import lazy_names

if TYPE_CHECKING:
    from skontro.api.comparisons import compare, compare_seeds, comparison_table
    from skontro.api.figures import (
        explain,
        explore,
        netting_potential,
        share,
        summarise,
        write_report,
    )
    from skontro.api.results import read_results, settle, write_results
    from skontro.api.scenarios import generate, import_payments, read_scenario, write_scenario
    from skontro.files.period import Results, Scenario
    from skontro.files.refusals import RowsRefused
    from skontro.model.errors import InputError, InvariantBroken, SkontroError
    from skontro.simulation.compare.comparison import Comparison
    from skontro.simulation.compare.seeds import SeedComparison
    from skontro.statistics.summary import Summary

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "InputError",
    "InvariantBroken",
    "Results",
    "RowsRefused",
    "Scenario",
    "SeedComparison",
    "SkontroError",
    "Summary",
    "compare",
    "compare_seeds",
    "comparison_table",
    "explain",
    "explore",
    "generate",
    "import_payments",
    "netting_potential",
    "read_results",
    "read_scenario",
    "settle",
    "share",
    "summarise",
    "write_report",
    "write_results",
    "write_scenario",
]

#: The module of each public name.
_MODULES: Final = {
    "skontro.api.comparisons": ("compare", "compare_seeds", "comparison_table"),
    "skontro.api.figures": (
        "explain",
        "explore",
        "netting_potential",
        "share",
        "summarise",
        "write_report",
    ),
    "skontro.api.results": ("read_results", "settle", "write_results"),
    "skontro.api.scenarios": (
        "generate",
        "import_payments",
        "read_scenario",
        "write_scenario",
    ),
    "skontro.files.period": ("Results", "Scenario"),
    "skontro.files.refusals": ("RowsRefused",),
    "skontro.model.errors": ("InputError", "InvariantBroken", "SkontroError"),
    "skontro.simulation.compare.comparison": ("Comparison",),
    "skontro.simulation.compare.seeds": ("SeedComparison",),
    "skontro.statistics.summary": ("Summary",),
}

__getattr__ = lazy_names(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
