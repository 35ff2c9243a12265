"""What share of a trade could be settled in national currencies, and at what credit."""

from skontro.simulation.exploring.bound import least_third_currency
from skontro.simulation.exploring.clearing import Settled, settle_design
from skontro.simulation.exploring.designs import CYCLES, Design, grid
from skontro.simulation.exploring.documents import exploration_csv, exploration_json
from skontro.simulation.exploring.exploring import Exploration, Point, explore
from skontro.simulation.exploring.spreads import fitted_spreads, parse_spread
from skontro.simulation.exploring.trade_year import (
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
