"""Liquidity forecast for the rest of the running day."""

from skontro.simulation.forecast.documents import forecast_document
from skontro.simulation.forecast.liquidity import (
    AccountForecast,
    PastDay,
    QuarterHour,
    Spread,
    forecast_liquidity,
)
from skontro.simulation.forecast.settling_amount import SettlingAmount, amounts_that_settle

__all__ = [
    "AccountForecast",
    "PastDay",
    "QuarterHour",
    "SettlingAmount",
    "Spread",
    "amounts_that_settle",
    "forecast_document",
    "forecast_liquidity",
]
