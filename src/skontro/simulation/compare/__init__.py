"""Comparison of liquidity-saving designs on one scenario."""

from skontro.simulation.compare.comparison import Comparison, Outcome, compare
from skontro.simulation.compare.designs import DEGREES, DESIGNS, choose_designs, parse_degree
from skontro.simulation.compare.documents import comparison_csv, comparison_json
from skontro.simulation.compare.optimum import Optimum, measure_optimum
from skontro.simulation.compare.seeds import SeedComparison, compare_seeds

__all__ = [
    "DEGREES",
    "DESIGNS",
    "Comparison",
    "Optimum",
    "Outcome",
    "SeedComparison",
    "choose_designs",
    "compare",
    "compare_seeds",
    "comparison_csv",
    "comparison_json",
    "measure_optimum",
    "parse_degree",
]
