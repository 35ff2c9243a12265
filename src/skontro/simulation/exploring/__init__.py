"""What share of a group's trade could be settled in national currencies, and at what credit."""

from skontro.simulation.exploring.bound import least_third_currency
from skontro.simulation.exploring.clearing import Settled, settle_design
from skontro.simulation.exploring.designs import CYCLES, Design, grid
from skontro.simulation.exploring.documents import exploration_csv, exploration_json
from skontro.simulation.exploring.exploring import Exploration, Point, explore
from skontro.simulation.exploring.trade_year import TradeYear, trade_year

__all__ = [
    "CYCLES",
    "Design",
    "Exploration",
    "Point",
    "Settled",
    "TradeYear",
    "exploration_csv",
    "exploration_json",
    "explore",
    "grid",
    "least_third_currency",
    "settle_design",
    "trade_year",
]
