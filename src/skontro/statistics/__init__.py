"""National-currency share, liquidity and delay, derived from what was settled."""

from skontro.statistics.bounds import LiquidityBounds, liquidity_bounds
from skontro.statistics.breakdown import Dimension, Part, break_down
from skontro.statistics.delay import (
    ClassDelay,
    Delay,
    DelayStatistics,
    Quantiles,
    delays,
    measure_delay,
)
from skontro.statistics.exact import decimal_text, herfindahl, ratio
from skontro.statistics.liquidity import (
    AccountLiquidity,
    CurrencyLiquidity,
    Liquidity,
    LiquidityStatistics,
    ParticipantLiquidity,
    measure_liquidity,
)
from skontro.statistics.shares import (
    CorridorShare,
    CurrencyUse,
    DayShare,
    Layer,
    LayerShares,
    NationalShare,
    national_currency_share,
)
from skontro.statistics.summary import Summary, summarise
from skontro.statistics.summary_json import as_json
from skontro.statistics.timeline import (
    FIVE_MINUTES,
    TIMELINE,
    TOTAL_TIMELINE,
    timeline,
    total_timeline,
)
from skontro.statistics.turnover import (
    CurrencyTurnover,
    Tally,
    Turnover,
    TurnoverStatistics,
    measure_turnover,
)

__all__ = [
    "FIVE_MINUTES",
    "TIMELINE",
    "TOTAL_TIMELINE",
    "AccountLiquidity",
    "ClassDelay",
    "CorridorShare",
    "CurrencyLiquidity",
    "CurrencyTurnover",
    "CurrencyUse",
    "DayShare",
    "Delay",
    "DelayStatistics",
    "Dimension",
    "Layer",
    "LayerShares",
    "Liquidity",
    "LiquidityBounds",
    "LiquidityStatistics",
    "NationalShare",
    "Part",
    "ParticipantLiquidity",
    "Quantiles",
    "Summary",
    "Tally",
    "Turnover",
    "TurnoverStatistics",
    "as_json",
    "break_down",
    "decimal_text",
    "delays",
    "herfindahl",
    "liquidity_bounds",
    "measure_delay",
    "measure_liquidity",
    "measure_turnover",
    "national_currency_share",
    "ratio",
    "summarise",
    "timeline",
    "total_timeline",
]
