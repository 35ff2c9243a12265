"""National-currency share: how much of the value between countries moves in their own currencies.

Measured at three layers, because published figures mix them: in what currency the customers' orders
are, in what currency the settlement accounts moved, and in what currency the net positions of
netting cycles were finally paid.
"""

import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import Country, Currency, RateTable, find_country, find_currency
from skontro.model.order import OrderStatus
from skontro.statistics.exact import herfindahl, ratio, sum_of
from skontro.statistics.period_orders import period_orders
from skontro.statistics.residual_cells import residual_cells


class Layer(StrEnum):
    """Where the currency is looked at."""

    INSTRUCTION = "instruction"
    INTERBANK = "interbank"
    RESIDUAL = "residual"


@attrs.frozen
class CurrencyUse:
    """How much of one currency was used, and how much of that as a national currency.

    Attributes:
        currency: the currency.
        orders: number of orders.
        amount: their total in minor units of the currency.
        value: `amount` in minor units of the currency of account.
        national_orders, national_amount, national_value: the part in which the currency is the
            payer's or the payee's own.
    """

    currency: Currency
    orders: int
    amount: int
    value: int
    national_orders: int
    national_amount: int
    national_value: int

    @property
    def third_value(self) -> int:
        """Value of the use between two countries of which neither has this currency."""
        return self.value - self.national_value


@attrs.frozen
class NationalShare:
    """The currencies of a set of orders.

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
    def national_orders(self) -> int:
        """Number of orders in a national currency."""
        return sum(use.national_orders for use in self.uses)

    @property
    def national_value(self) -> int:
        """Value of the orders in a national currency."""
        return sum(use.national_value for use in self.uses)

    @property
    def share(self) -> Fraction | None:
        """National-currency share by value; None where the value is zero."""
        return ratio(self.national_value, self.value)

    @property
    def concentration(self) -> Fraction | None:
        """Herfindahl index of all currencies by value."""
        return herfindahl([use.value for use in self.uses])

    @property
    def national_concentration(self) -> Fraction | None:
        """Herfindahl index of the currencies by the value in which they are national."""
        return herfindahl([use.national_value for use in self.uses])

    def share_of(self, use: CurrencyUse) -> Fraction | None:
        """Share of one currency in the value of all."""
        return ratio(use.value, self.value)

    def national_share_of(self, use: CurrencyUse) -> Fraction | None:
        """Share of one currency, where it is national, in the value of all."""
        return ratio(use.national_value, self.value)


@attrs.frozen
class CorridorShare:
    """The currencies between two countries, in one direction; both may be the same country."""

    payer_country: Country
    payee_country: Country
    share: NationalShare


@attrs.frozen
class DayShare:
    """The currencies of one business day."""

    date: datetime.date
    share: NationalShare


@attrs.frozen
class LayerShares:
    """National-currency share of a period at one layer.

    Attributes:
        layer: where the currency is looked at.
        total: all orders of the layer.
        cross_border: those between two different countries.
        corridors: ordered pairs of countries that have orders, by payer, then payee.
        days: every business day in order of time, also one without orders.
    """

    layer: Layer
    total: NationalShare
    cross_border: NationalShare
    corridors: tuple[CorridorShare, ...]
    days: tuple[DayShare, ...]


#: Which orders a layer counts, and the columns that hold its currency, amount and nationality.
_LAYERS: Final = {
    Layer.INSTRUCTION: (
        pl.col("status") != OrderStatus.REFUSED.value,
        ("instruction_currency", "instruction_minor", "instruction_national"),
    ),
    Layer.INTERBANK: (
        pl.col("status") == OrderStatus.SETTLED.value,
        ("currency", "amount_minor", "interbank_national"),
    ),
}


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
            DayShare(day.date, days.get(day.date, NationalShare(())))
            for day in results.business_days
        ),
    )


def layer_cells(results: Results, layer: Layer) -> pl.DataFrame:
    """What a layer counts, added up by day, corridor, currency and whether that is national.

    Columns: ``business_date``, ``payer_country``, ``payee_country``, ``currency``, ``national``,
    ``orders``, ``minor``. Conversions with the clearing agent of netting cycles are no orders of
    customers, and belong to the payment of net positions.
    """
    if layer == Layer.RESIDUAL:
        return residual_cells(results)
    orders = period_orders(results)
    agent = results.netting.clearing_agent if results.netting else None
    if agent is not None:
        orders = orders.filter((pl.col("payer") != agent) & (pl.col("payee") != agent))
    counted, (currency, minor, national) = _LAYERS[layer]
    keys = ["business_date", "payer_country", "payee_country"]
    return (
        orders.filter(counted)
        .select(*keys, pl.col(currency).alias("currency"), minor, national)
        .group_by(*keys, "currency", pl.col(national).alias("national"))
        .agg(pl.len().cast(pl.Int64).alias("orders"), sum_of(minor).alias("minor"))
        .sort(*keys, "currency", "national")
    )


def _split(cells: pl.DataFrame, *keys: str) -> dict[tuple[object, ...], pl.DataFrame]:
    return cells.partition_by(*keys, as_dict=True, maintain_order=True)


def share_of_cells(cells: pl.DataFrame, rates: RateTable) -> NationalShare:
    """The currencies of some of the cells that `layer_cells` gives."""
    own = pl.col("national")
    sums = (
        cells.group_by("currency")
        .agg(
            pl.col("orders").sum(),
            sum_of("minor").alias("minor"),
            pl.col("orders").filter(own).sum().alias("own_orders"),
            pl.col("minor").filter(own).sum().alias("own_minor"),
        )
        .sort("currency")
    )
    return NationalShare(tuple(_use(row, rates) for row in sums.iter_rows()))


def _use(row: tuple[Any, ...], rates: RateTable) -> CurrencyUse:
    code, orders, minor, own_orders, own_minor = row
    currency = find_currency(code)
    return CurrencyUse(
        currency=currency,
        orders=orders,
        amount=minor,
        value=rates.value(minor, currency),
        national_orders=own_orders,
        national_amount=own_minor,
        national_value=rates.value(own_minor, currency),
    )
