"""A year of trade inside a group of countries as payments of every business day."""

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import InputError, find_country, weekdays
from skontro.simulation.generator.sources import find_group, trade_matrix, trade_years

Int64s = npt.NDArray[np.int64]

#: Spread of the logarithm of a corridor's daily trade around its mean over the year.
_SPREAD: Final = 0.6
_CENTS_PER_MILLION: Final = Decimal(100_000_000)


@attrs.frozen(eq=False)
class TradeYear:
    """What importers of one country owe exporters of another, by corridor and business day.

    Attributes:
        name: one line for titles.
        countries: alpha-3 codes, sorted.
        dates: business days, in order.
        importer, exporter: positions of countries, by corridor.
        annual: value by corridor, US cents.
        daily: the same by corridor and day; rows add up to `annual`.
    """

    name: str
    countries: tuple[str, ...]
    dates: tuple[datetime.date, ...]
    importer: Int64s
    exporter: Int64s
    annual: Int64s
    daily: Int64s

    @property
    def total(self) -> int:
        """Value of the year, US cents."""
        return sum(self.annual.tolist())


def trade_year(group: str, year: int, seed: int = 1) -> TradeYear:
    """Trade of a group in a year, from the shipped matrix, spread over its weekdays.

    Each corridor's annual trade is split at random by lognormal weights, the last cents by largest
    remainder, so that every corridor keeps its total. Source of totals: IMF DOTS.

    Raises:
        InputError: there is no such group, no matrix of the year, or no trade.
    """
    members = {*find_group(group)}
    if year not in trade_years():
        known = ", ".join(map(str, trade_years()))
        raise InputError(f"there is no trade matrix of {year}; there are those of {known}")
    flows = {
        (importer, exporter): value
        for (exporter, importer), value in trade_matrix(year).items()
        if exporter in members and importer in members and exporter != importer
    }
    name = f"Trade inside {group} in {year}"
    return spread_over_year(name, flows, year, seed)


def spread_over_year(
    name: str, flows: Mapping[tuple[str, str], Decimal], year: int, seed: int
) -> TradeYear:
    """Annual flows by importer and exporter, USD million, as payments of every weekday.

    Raises:
        InputError: no flow is greater than zero, or a country is not known.
    """
    cents = {
        pair: int((value * _CENTS_PER_MILLION).quantize(Decimal(1), ROUND_HALF_EVEN))
        for pair, value in sorted(flows.items())
    }
    cents = {pair: value for pair, value in cents.items() if value > 0}
    if not cents:
        raise InputError(f"{name}: there is no trade")
    countries = tuple(sorted({code for pair in cents for code in pair}))
    for code in countries:
        find_country(code)
    position = {code: number for number, code in enumerate(countries)}
    dates = weekdays(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    # Floats are weights of random draws; what they are applied to stays whole cents.
    weights = random.lognormal(0.0, _SPREAD, (len(cents), len(dates)))
    whole = np.maximum(1, np.rint(weights * 1_000_000)).astype(np.int64)
    rows = [_split(value, row.tolist()) for value, row in zip(cents.values(), whole, strict=True)]
    return TradeYear(
        name=name,
        countries=countries,
        dates=dates,
        importer=np.array([position[importer] for importer, _ in cents], np.int64),
        exporter=np.array([position[exporter] for _, exporter in cents], np.int64),
        annual=np.array(list(cents.values()), np.int64),
        daily=np.array(rows, np.int64),
    )


def _split(value: int, weights: list[int]) -> list[int]:
    """A value in proportion to weights; the largest remainders get the last cents."""
    total = sum(weights)
    shares = [divmod(value * weight, total) for weight in weights]
    rest = value - sum(share for share, _ in shares)
    first = sorted(range(len(weights)), key=lambda day: (-shares[day][1], day))[:rest]
    parts = [share for share, _ in shares]
    for day in first:
        parts[day] += 1
    return parts
