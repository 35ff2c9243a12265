"""Clearing study: the share of a trade that settles in national currencies, by credit."""

from skontro.simulation.clearing_study.bound import least_third_currency
from skontro.simulation.clearing_study.clearing import Settled, settle_design
from skontro.simulation.clearing_study.designs import CYCLES, Design, all_designs, grid
from skontro.simulation.clearing_study.documents import exploration_csv, exploration_json
from skontro.simulation.clearing_study.exploration import Exploration, Point, explore
from skontro.simulation.clearing_study.spreads import fitted_spreads, parse_spread
from skontro.simulation.clearing_study.trade_year import (
    AnnualTrade,
    TradeYear,
    spread_over_year,
    trade_of_countries,
    trade_of_group,
    trade_of_matrix,
    trade_year,
)

__all__ = [
    "CYCLES",
    "AnnualTrade",
    "Design",
    "Exploration",
    "Point",
    "Settled",
    "TradeYear",
    "all_designs",
    "exploration_csv",
    "exploration_json",
    "explore",
    "fitted_spreads",
    "grid",
    "least_third_currency",
    "parse_spread",
    "settle_design",
    "spread_over_year",
    "trade_of_countries",
    "trade_of_group",
    "trade_of_matrix",
    "trade_year",
]
