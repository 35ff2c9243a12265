"""National-currency share: share of value between countries that moves in their own currencies.

It is measured at three layers, because published figures mix them: the currency of customers'
orders, the currency of the settlement accounts, and the currency in which net positions of netting
cycles were finally paid.
"""

import datetime
from fractions import Fraction
from typing import Any

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import Country, Currency, RateTable, find_country, find_currency
from skontro.statistics.exact import herfindahl, ratio, sum_of
from skontro.statistics.layers import Layer, cells_before_returns, layer_cells
from skontro.statistics.nationality import Definition


@attrs.frozen
class Count:
    """Number and total of orders.

    Attributes:
        orders: number of orders.
        amount: minor units of one currency.
        value: `amount` in minor units of the currency of account.
    """

    orders: int
    amount: int
    value: int


@attrs.frozen
class CurrencyUse:
    """Use of one currency, and its use as a national currency.

    Attributes:
        currency: the currency.
        orders: number of orders.
        amount: their total in minor units of the currency.
        value: `amount` in minor units of the currency of account.
        by_corridor: the part between two countries where one of them issues it.
        by_member: the part on days on which a country of the group issued it.
    """

    currency: Currency
    orders: int
    amount: int
    value: int
    by_corridor: Count
    by_member: Count

    def national(self, definition: Definition) -> Count:
        """The part in which the currency is national."""
        return self.by_corridor if definition == Definition.BY_CORRIDOR else self.by_member


@attrs.frozen
class NationalPart:
    """The national part of a set of orders, by one definition.

    Attributes:
        definition: the definition of national.
        counts: one for each currency of the set.
        whole: value of all orders of the set.
    """

    definition: Definition
    counts: tuple[Count, ...]
    whole: int

    @property
    def orders(self) -> int:
        """Number of orders in a national currency."""
        return sum(count.orders for count in self.counts)

    @property
    def value(self) -> int:
        """Value of the orders in a national currency."""
        return sum(count.value for count in self.counts)

    @property
    def share(self) -> Fraction | None:
        """National-currency share by value; None where the value of all is zero."""
        return ratio(self.value, self.whole)

    @property
    def concentration(self) -> Fraction | None:
        """Herfindahl index of the currencies by the value in which they are national."""
        return herfindahl([count.value for count in self.counts])

    @property
    def third(self) -> int:
        """Value of the orders in a third currency."""
        return self.whole - self.value


@attrs.frozen
class CurrencyShares:
    """The currencies of a set of orders, and the national part by both definitions.

    Attributes:
        uses: one for each currency, by code; each total is valued once.
    """

    uses: tuple[CurrencyUse, ...]

    @property
    def orders(self) -> int:
        """Number of orders."""
        return sum(use.orders for use in self.uses)

    @property
    def value(self) -> int:
        """Value of all orders in minor units of the currency of account."""
        return sum(use.value for use in self.uses)

    @property
    def concentration(self) -> Fraction | None:
        """Herfindahl index of all currencies by value."""
        return herfindahl([use.value for use in self.uses])

    def national(self, definition: Definition) -> NationalPart:
        """Value in national currencies, by this definition."""
        counts = tuple(use.national(definition) for use in self.uses)
        return NationalPart(definition, counts, self.value)

    @property
    def by_corridor(self) -> NationalPart:
        """Value in currencies that the payer's or the payee's country issues."""
        return self.national(Definition.BY_CORRIDOR)

    @property
    def by_member(self) -> NationalPart:
        """Value in currencies that any country of the group issues."""
        return self.national(Definition.BY_MEMBER)

    def share_of(self, use: CurrencyUse) -> Fraction | None:
        """Share of one currency in the value of all."""
        return ratio(use.value, self.value)

    def national_share_of(self, use: CurrencyUse, definition: Definition) -> Fraction | None:
        """Share of one currency, where it is national, in the value of all."""
        return ratio(use.national(definition).value, self.value)


@attrs.frozen
class CorridorShare:
    """The currencies between two countries, in one direction; both may be the same country."""

    payer_country: Country
    payee_country: Country
    share: CurrencyShares


@attrs.frozen
class DayShare:
    """The currencies of one business day."""

    date: datetime.date
    share: CurrencyShares


@attrs.frozen
class LayerShares:
    """National-currency share of a period at one layer.

    Attributes:
        layer: the layer of the currency.
        total: all orders of the layer.
        cross_border: those between two different countries.
        corridors: ordered pairs of countries that have orders, by payer, then payee.
        days: every business day in order of time, also one without orders.
    """

    layer: Layer
    total: CurrencyShares
    cross_border: CurrencyShares
    corridors: tuple[CorridorShare, ...]
    days: tuple[DayShare, ...]


def national_currency_share(results: Results, layer: Layer) -> LayerShares:
    """National-currency share at one layer: in total, by corridor and by business day.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
    """
    cells = layer_cells(results, layer)
    rates = results.rates
    corridors = {
        (payer, payee): share_of_cells(part, rates)
        for (payer, payee), part in _split(cells, "payer_country", "payee_country").items()
    }
    days = {
        date: share_of_cells(part, rates)
        for (date,), part in _split(cells, "business_date").items()
    }
    abroad = cells.filter(pl.col("payer_country") != pl.col("payee_country"))
    return LayerShares(
        layer=layer,
        total=share_of_cells(cells, rates),
        cross_border=share_of_cells(abroad, rates),
        corridors=tuple(
            CorridorShare(find_country(payer), find_country(payee), corridors[payer, payee])
            for payer, payee in sorted(corridors)
        ),
        days=tuple(
            DayShare(day.date, days.get(day.date, CurrencyShares(())))
            for day in results.business_days
        ),
    )


def shares_before_returns(results: Results) -> CurrencyShares:
    """The currencies of all accepted orders as they would have settled.

    The instruction layer in the currencies of the interbank layer: the two differ only by the
    orders that were returned.
    """
    return share_of_cells(cells_before_returns(results), results.rates)


def _split(cells: pl.DataFrame, *keys: str) -> dict[tuple[object, ...], pl.DataFrame]:
    return cells.partition_by(*keys, as_dict=True)


def share_of_cells(cells: pl.DataFrame, rates: RateTable) -> CurrencyShares:
    """The currencies of some of the cells that `layer_cells` gives."""
    sums = (
        cells.group_by("currency")
        .agg(
            pl.col("orders").sum(),
            sum_of("minor").alias("minor"),
            *(
                total
                for definition in Definition
                for total in (
                    pl.col("orders").filter(definition.value).sum().alias(f"{definition}_orders"),
                    pl.col("minor").filter(definition.value).sum().alias(f"{definition}_minor"),
                )
            ),
        )
        .sort("currency")
    )
    return CurrencyShares(tuple(_use(row, rates) for row in sums.iter_rows(named=True)))


def _use(row: dict[str, Any], rates: RateTable) -> CurrencyUse:
    currency = find_currency(row["currency"])

    def national(definition: Definition) -> Count:
        minor = row[f"{definition}_minor"]
        return Count(row[f"{definition}_orders"], minor, rates.value(minor, currency))

    return CurrencyUse(
        currency=currency,
        orders=row["orders"],
        amount=row["minor"],
        value=rates.value(row["minor"], currency),
        by_corridor=national(Definition.BY_CORRIDOR),
        by_member=national(Definition.BY_MEMBER),
    )
