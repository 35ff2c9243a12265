"""Spread of daily trade totals, fitted to payment sizes and to whole settlement systems.

The spread is the standard deviation of the logarithm of a corridor's daily total. It decides how
much of a day's trade meets opposite trade on the same day, and so the effect of netting with hardly
any credit. With credit lines of a few days' trade or more it makes no difference. No published
figure exists for trade corridors, so a low, a central and a high spread make a band:

- Low: the totals of whole settlement systems. Among n lognormal days with spread s the largest is
  expected about exp(z s - s**2 / 2) times the mean, z = Phi^-1((n - 3/8) / (n + 1/4)) (G. Blom,
  Statistical Estimates and Transformed Beta-Variables, 1958). Published averages and peak days of
  CHAPS and RITS give s; hardly any corridor is steadier than the sum of very many payments.
- Central: days made of single payments. Their number is Poisson, their values are lognormal with
  the shape and the mean of the obligation network that the generator uses. The spread is that of
  the lognormal with the same mean absolute deviation, corridors weighted by value: without credit
  it is absolute deviations from the mean that fail to offset each other.
- High: the same with payments as large as those in CHAPS.
"""

import datetime
import math
import re
from decimal import Decimal
from functools import cache
from statistics import NormalDist, fmean
from typing import Final

import numpy as np

from skontro.model import InputError, RateTable, find_currency
from skontro.simulation.clearing_study.trade_year import AnnualTrade
from skontro.simulation.generator.rates import find_rates
from skontro.simulation.generator.sources import find_fit, shipped_rows

#: Shape and central size of payments: the fit that the generator uses.
OBLIGATIONS: Final = "mtcsPy obligation network 1"
#: Size of payments for the high spread.
LARGE_PAYMENTS: Final = "CHAPS 2012-13 GBP"

_MOST: Final = Decimal(4)
_SPREAD: Final = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,6})?")
_BUSINESS_DAYS: Final = 261
_STEP: Final = Decimal("0.05")

#: Payments a day at which deviations are drawn, powers of two; between them they are interpolated.
_FIRST_POWER: Final = -8
_LAST_POWER: Final = 13
_PAYMENTS_DRAWN: Final = 400_000


def parse_spread(text: str) -> Decimal:
    """A spread such as 0.6.

    Raises:
        InputError: it is not a number, or is more than 4.
    """
    spread = Decimal(text) if _SPREAD.fullmatch(text) else Decimal(-1)
    if not 0 <= spread <= _MOST:
        raise InputError(f"{text!r} is not a spread of daily totals like 0.6, from 0 to {_MOST}")
    return spread


def fitted_spreads(trade: AnnualTrade) -> tuple[Decimal, ...]:
    """The low, the central and the high spread of a trade, in steps of 0.05, ascending.

    Raises:
        InputError: no rate of the trade's currency ships for its year.
    """
    pound = find_currency("GBP")
    date = datetime.date(trade.year, 12, 31)
    try:
        rates = find_rates([trade.currency, pound], date)
    except InputError as error:
        reason = str(error).split(";", maxsplit=1)[0]
        raise InputError(
            f"the spread of daily totals cannot be fitted: {reason}; give it, such as --spread 0.6"
        ) from None
    pounds = {rate.currency.code: rate.units for rate in rates.rates}[pound.code]
    sizes = (find_fit(OBLIGATIONS).mean, find_fit(LARGE_PAYMENTS).mean / pounds)
    found = {least_spread(), *(_fitted(trade, rates, float(size)) for size in sizes)}
    return tuple(sorted(found))


def least_spread() -> Decimal:
    """The spread of the totals of whole systems, from published averages and peak days."""
    spreads = []
    for row in shipped_rows("payment_system_facts.csv"):
        if row["metric"] == "daily average / peak day":
            average, peak = map(float, row["value"].split("/"))
            spreads.append(peak_spread(peak / average, _BUSINESS_DAYS))
    return _rounded(fmean(spreads))


def peak_spread(peak: float, days: int) -> float:
    """The spread of lognormal days whose expected peak is this multiple of the mean.

    Args:
        peak: the greatest day over the mean, at least 1.
        days: number of days, at least 30.
    """
    score = NormalDist().inv_cdf((days - 0.375) / (days + 0.25))
    return score - math.sqrt(max(0.0, score * score - 2 * math.log(peak)))


def _fitted(trade: AnnualTrade, rates: RateTable, size: float) -> Decimal:
    """The spread with payments of this mean size, US dollars."""
    dollar, days = find_currency("USD"), len(trade.dates)
    values = [
        rates.value(amount, trade.currency) / 10**dollar.exponent
        for amount in trade.matrix.owed.values()
    ]
    deviations = mean_deviation(np.array(values) / days / size)
    mean = float(np.average(deviations, weights=values)) if sum(values) else 0.0
    # A lognormal with mean 1 and spread s deviates by 2 (2 Phi(s / 2) - 1) on average.
    spread = 2 * NormalDist().inv_cdf(min(0.999, 0.5 + mean / 4))
    return min(_MOST, _rounded(spread))


def mean_deviation(per_day: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    """Mean absolute deviation of daily totals over their mean, by mean number of payments a day.

    Beyond the drawn numbers it falls with the root of the number, as sums of independent payments
    do in the end.
    """
    powers, deviations = _deviations()
    least, most = 2.0**_FIRST_POWER, 2.0**_LAST_POWER
    found = np.interp(np.log2(np.clip(per_day, least, most)), powers, deviations)
    return np.asarray(found / np.sqrt(np.maximum(1.0, per_day / most)), np.float64)


@cache
def _deviations() -> tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.float64]]:
    """Powers of two and, for these numbers of payments a day, the drawn mean absolute deviation."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(0)))
    sigma = float(find_fit(OBLIGATIONS).sigma)
    powers = np.arange(_FIRST_POWER, _LAST_POWER + 1, dtype=np.float64)
    deviations = []
    for per_day in 2.0**powers:
        years = 1 + int(_PAYMENTS_DRAWN / _BUSINESS_DAYS / max(1.0, per_day))
        numbers = random.poisson(per_day, (years, _BUSINESS_DAYS))
        ends = np.cumsum(numbers)
        sums = np.append(0.0, np.cumsum(random.lognormal(0.0, sigma, int(ends[-1]))))
        totals = (sums[ends] - sums[ends - numbers.ravel()]).reshape(numbers.shape)
        means = totals.mean(axis=1)
        some = means > 0
        relative = totals[some] / means[some, None]
        deviations.append(float(np.abs(relative - 1).mean()))
    return powers, np.array(deviations)


def _rounded(spread: float) -> Decimal:
    return (Decimal(spread) / _STEP).quantize(Decimal(1)) * _STEP
