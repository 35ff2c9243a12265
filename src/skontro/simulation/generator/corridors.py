"""Corridors: trade between two members of the group, and its value in the period."""

import datetime
from fractions import Fraction

import attrs

from skontro.model import Country, InputError, find_country, weekdays
from skontro.simulation.generator.settings import GeneratorSettings
from skontro.simulation.generator.sources import (
    find_group,
    find_trade_year,
    group_name,
    named_countries,
    trade_flows,
)


@attrs.frozen
class Corridor:
    """Goods that one country sells another in the period; the payment runs the other way.

    Attributes:
        exporter: where the payee's bank is.
        importer: where the payer's bank is.
        value: exact value in US dollars over all business days.
    """

    exporter: Country
    importer: Country
    value: Fraction

    @property
    def name(self) -> str:
        """For messages: importer, then exporter, as the money flows."""
        return f"{self.importer.alpha3} pays {self.exporter.alpha3}"


@attrs.frozen
class Trade:
    """The corridors of a group in one period.

    Attributes:
        title: the group's name, or the list of countries.
        year: year of the trade.
        countries: by alpha-3 code.
        corridors: by exporter, then importer.
    """

    title: str
    year: int
    countries: tuple[Country, ...]
    corridors: tuple[Corridor, ...]

    def turnover(self) -> dict[str, Fraction]:
        """Exports plus imports within the group by alpha-3 code, in US dollars."""
        total = {country.alpha3: Fraction(0) for country in self.countries}
        for corridor in self.corridors:
            total[corridor.exporter.alpha3] += corridor.value
            total[corridor.importer.alpha3] += corridor.value
        return total


def find_trade(settings: GeneratorSettings) -> Trade:
    """The corridors with trade between the countries that the settings name.

    The value of the period is the year's value over the weekdays of the matrix's year, times the
    number of business days.

    Raises:
        InputError: no such group, country or year, or a country without trade with the others.
    """
    title, codes = _members(settings)
    year = find_trade_year(settings.trade_year, settings.first_date, codes)
    flows = trade_flows(year)
    _refuse_without_data(codes, year)
    days = weekdays(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    per_day = Fraction(1_000_000, len(days)) * settings.business_days
    corridors = tuple(
        Corridor(
            find_country(seller), find_country(buyer), Fraction(flows[seller, buyer]) * per_day
        )
        for seller in codes
        for buyer in codes
        if flows.get((seller, buyer), 0) > 0
    )
    trade = Trade(title, year, tuple(map(find_country, codes)), corridors)
    idle = [code for code, value in trade.turnover().items() if value == 0]
    if idle:
        raise InputError(
            f"{', '.join(idle)}: no trade with any of {', '.join(codes)} in the matrix of {year}; "
            "leave out or name a trading partner"
        )
    return trade


def _members(settings: GeneratorSettings) -> tuple[str, tuple[str, ...]]:
    if settings.countries:
        codes = named_countries(settings.countries)
        return ", ".join(codes), codes
    return group_name(settings.group), find_group(settings.group)


def _refuse_without_data(codes: tuple[str, ...], year: int) -> None:
    known = sorted({code for pair in trade_flows(year) for code in pair})
    missing = [code for code in codes if code not in known]
    if missing:
        raise InputError(
            f"{', '.join(missing)}: not in the trade matrix of {year}, which has {', '.join(known)}"
        )
