"""A year of trade as payments of every business day."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import Currency, InputError, find_country, find_currency, weekdays
from skontro.model.apportionment import largest_remainder
from skontro.netting import ObligationMatrix
from skontro.simulation.generator.sources import find_group, group_name, named_countries
from skontro.simulation.trade_obligations import trade_among

Int64s = npt.NDArray[np.int64]

#: Spread where none is given; see `spreads`.
USUAL_SPREAD: Final = Decimal("0.6")

#: Sums of credit lines of up to 1000% of this stay within the engine's bounds.
_MOST: Final = 4 * 10**16


@attrs.frozen
class AnnualTrade:
    """Obligations between parties over a year.

    Attributes:
        name: one line for titles.
        year: whose weekdays are business days.
        currency: currency of the obligations.
        matrix: the obligations, by debtor and creditor; in trade the importer owes the exporter.
        labels: names of the parties for readers; countries by alpha-3 code have theirs.
        members: alpha-3 codes of the countries looked at, with trade or without; none where the
            obligations are one's own.
    """

    name: str
    year: int
    currency: Currency
    matrix: ObligationMatrix
    labels: Mapping[str, str]
    members: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.matrix.owed:
            raise InputError(f"{self.name}: there is no trade")
        if self.matrix.gross > _MOST:
            raise InputError(
                f"{self.name}: obligations of {self.matrix.gross} minor units are more than can be "
                f"settled in one unit, {_MOST}; give them in thousands or millions"
            )

    @property
    def dates(self) -> tuple[datetime.date, ...]:
        """The weekdays of the year."""
        return weekdays(datetime.date(self.year, 1, 1), datetime.date(self.year, 12, 31))


def trade_of_group(group: str, year: int) -> AnnualTrade:
    """Goods trade inside a group of countries. Source: IMF DOTS.

    Raises:
        InputError: there is no such group, no matrix of the year, or no trade.
    """
    return _trade_among(f"Trade inside {group_name(group)} in {year}", find_group(group), year)


def trade_of_countries(codes: Sequence[str], year: int) -> AnnualTrade:
    """Goods trade among countries by ISO 3166 code. Source: IMF DOTS.

    Raises:
        InputError: a code is unknown or named twice, there are fewer than two, there is no matrix
            of the year, or no trade.
    """
    members = named_countries(codes)
    if len(members) < 2:
        raise InputError("countries: name at least two, trade goes between countries")
    return _trade_among(f"Trade among {', '.join(members)} in {year}", members, year)


def _trade_among(name: str, members: Sequence[str], year: int) -> AnnualTrade:
    matrix = trade_among(members, year)
    labels = {code: find_country(code).name for code in matrix.parties}
    return AnnualTrade(name, year, find_currency("USD"), matrix, labels, tuple(members))


def trade_of_matrix(
    name: str, currency: Currency, matrix: ObligationMatrix, year: int
) -> AnnualTrade:
    """Obligations of one's own, as those of a year.

    Raises:
        InputError: there are none, or they are too large.
    """
    return AnnualTrade(name, year, currency, matrix, {party: party for party in matrix.parties})


@attrs.frozen(eq=False)
class TradeYear:
    """Obligations between parties, by corridor and business day.

    Attributes:
        name: one line for titles.
        currency: of all amounts.
        spread: spread of the daily totals; see `spread_over_year`.
        parties: countries by alpha-3 code, or others; sorted.
        labels: their names for readers, in the same order.
        dates: business days, in order.
        importer, exporter: indexes of debtor and creditor among the parties, by corridor.
        annual: value by corridor, minor units.
        daily: the same by corridor and day; rows add up to `annual`.
    """

    name: str
    currency: Currency
    spread: Decimal
    parties: tuple[str, ...]
    labels: tuple[str, ...]
    dates: tuple[datetime.date, ...]
    importer: Int64s
    exporter: Int64s
    annual: Int64s
    daily: Int64s

    @property
    def total(self) -> int:
        """Value of the year, minor units."""
        return sum(self.annual.tolist())


def trade_year(group: str, year: int, seed: int = 1, spread: Decimal = USUAL_SPREAD) -> TradeYear:
    """Trade of a group in a year, spread over its weekdays; see `spread_over_year`.

    Raises:
        InputError: there is no such group, no matrix of the year, or no trade.
    """
    return spread_over_year(trade_of_group(group, year), spread, seed)


def spread_over_year(trade: AnnualTrade, spread: Decimal, seed: int) -> TradeYear:
    """A year's obligations as payments of every weekday.

    Each corridor's total is split at random by lognormal weights, the last minor units by largest
    remainder, so that every corridor keeps its total.

    Args:
        trade: the obligations.
        spread: standard deviation of the logarithm of a corridor's daily total around its mean over
            the year; 0 for equal days.
        seed: seed of the draws. They are the same for every spread, only drawn out or in.
    """
    owed = trade.matrix.owed
    parties = trade.matrix.parties
    index = {party: i for i, party in enumerate(parties)}
    dates = trade.dates
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    # Floats are weights of random draws; what they are applied to stays whole minor units.
    weights = random.lognormal(0.0, float(spread), (len(owed), len(dates)))
    whole = np.maximum(1, np.rint(weights * 1_000_000)).astype(np.int64)
    rows = [
        largest_remainder(value, row.tolist())
        for value, row in zip(owed.values(), whole, strict=True)
    ]
    return TradeYear(
        name=trade.name,
        currency=trade.currency,
        spread=spread,
        parties=parties,
        labels=tuple(trade.labels[party] for party in parties),
        dates=dates,
        importer=np.array([index[debtor] for debtor, _ in owed], np.int64),
        exporter=np.array([index[creditor] for _, creditor in owed], np.int64),
        annual=np.array(list(owed.values()), np.int64),
        daily=np.array(rows, np.int64),
    )
