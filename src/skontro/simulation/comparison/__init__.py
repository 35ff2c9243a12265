"""Liquidity-saving designs compared on one and the same scenario."""

from skontro.simulation.comparison.comparing import Comparison, Outcome, compare
from skontro.simulation.comparison.designs import DEGREES, DESIGNS, choose_designs, parse_degree
from skontro.simulation.comparison.documents import comparison_csv, comparison_json
from skontro.simulation.comparison.optimum import Optimum, measure_optimum

__all__ = [
    "DEGREES",
    "DESIGNS",
    "Comparison",
    "Optimum",
    "Outcome",
    "choose_designs",
    "compare",
    "comparison_csv",
    "comparison_json",
    "measure_optimum",
    "parse_degree",
]
