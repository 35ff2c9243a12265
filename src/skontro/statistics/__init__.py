"""National-currency share, liquidity and delay, derived from results."""

from skontro.statistics.delay import (
    ClassDelay,
    Delay,
    DelayStatistics,
    Quantiles,
    delays,
    measure_delay,
)
from skontro.statistics.exact import decimal_text, herfindahl, ratio
from skontro.statistics.funding import (
    CreditEffect,
    CreditLines,
    ResidualFunding,
    credit_effect,
    credit_lines,
    residual_funding,
)
from skontro.statistics.layers import Layer
from skontro.statistics.liquidity import (
    AccountLiquidity,
    CurrencyLiquidity,
    Liquidity,
    LiquidityBounds,
    LiquidityStatistics,
    ParticipantLiquidity,
    liquidity_bounds,
    measure_liquidity,
)
from skontro.statistics.nationality import Definition, group_of
from skontro.statistics.share_table import Dimension, Part, ShareTable, break_down, measure_shares
from skontro.statistics.shares import (
    CorridorShare,
    Count,
    CurrencyShares,
    CurrencyUse,
    DayShare,
    LayerShares,
    NationalPart,
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
    "Count",
    "CreditEffect",
    "CreditLines",
    "CurrencyLiquidity",
    "CurrencyShares",
    "CurrencyTurnover",
    "CurrencyUse",
    "DayShare",
    "Definition",
    "Delay",
    "DelayStatistics",
    "Dimension",
    "Layer",
    "LayerShares",
    "Liquidity",
    "LiquidityBounds",
    "LiquidityStatistics",
    "NationalPart",
    "Part",
    "ParticipantLiquidity",
    "Quantiles",
    "ResidualFunding",
    "ShareTable",
    "Summary",
    "Tally",
    "Turnover",
    "TurnoverStatistics",
    "as_json",
    "break_down",
    "credit_effect",
    "credit_lines",
    "decimal_text",
    "delays",
    "group_of",
    "herfindahl",
    "liquidity_bounds",
    "measure_delay",
    "measure_liquidity",
    "measure_shares",
    "measure_turnover",
    "national_currency_share",
    "ratio",
    "residual_funding",
    "summarise",
    "timeline",
    "total_timeline",
]
