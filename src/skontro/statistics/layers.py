"""Layers at which the currency of payments is measured, and the totals of each.

Published figures mix them: the currency of customers' orders, the currency of the settlement
accounts, and the currency in which net positions of netting cycles were finally paid.
"""

from enum import StrEnum
from typing import Any, Final

import polars as pl

from skontro.files.period import Results
from skontro.model import find_currency
from skontro.model.order import OrderStatus
from skontro.statistics.exact import sum_of
from skontro.statistics.nationality import group_of, with_nationality
from skontro.statistics.period_orders import period_orders

_KEYS: Final = ["business_date", "payer_country", "payee_country"]


class Layer(StrEnum):
    """Layer at which the currency is measured."""

    INSTRUCTION = "instruction"
    INTERBANK = "interbank"
    RESIDUAL = "residual"

    @property
    def whole(self) -> str:
        """The denominator of its shares, by name."""
        return _WHOLES[self]


_WHOLES: Final = {
    Layer.INSTRUCTION: "orders_accepted",
    Layer.INTERBANK: "orders_settled",
    Layer.RESIDUAL: "net_positions",
}


#: Which orders a layer counts, and the columns that hold its currency and amount.
_LAYERS: Final = {
    Layer.INSTRUCTION: (
        pl.col("status") != OrderStatus.REJECTED.value,
        ("instruction_currency", "instruction_minor"),
    ),
    Layer.INTERBANK: (
        pl.col("status") == OrderStatus.SETTLED.value,
        ("currency", "amount_minor"),
    ),
}


def layer_cells(results: Results, layer: Layer) -> pl.DataFrame:
    """Totals of a layer by day, corridor and currency.

    Columns: ``business_date``, ``payer_country``, ``payee_country``, ``currency``, ``orders``,
    ``minor``, and whether the currency is national, ``by_corridor`` and ``by_member``. Conversions
    with the clearing agent of netting cycles are no orders of customers, and belong to the payment
    of net positions.

    Raises:
        InputError: an order does not belong in a settled period.
    """
    cells = residual_cells(results) if layer == Layer.RESIDUAL else _cells(results, *_LAYERS[layer])
    return with_nationality(cells, group_of(results))


def cells_before_returns(results: Results) -> pl.DataFrame:
    """Totals of all accepted orders in the currencies of the interbank layer; as `layer_cells`."""
    counted = (_LAYERS[Layer.INSTRUCTION][0], _LAYERS[Layer.INTERBANK][1])
    return with_nationality(_cells(results, *counted), group_of(results))


def _cells(results: Results, counted: pl.Expr, columns: tuple[str, str]) -> pl.DataFrame:
    orders = period_orders(results)
    agent = results.netting.clearing_agent if results.netting else None
    if agent is not None:
        orders = orders.filter((pl.col("payer") != agent) & (pl.col("payee") != agent))
    currency, minor = columns
    return (
        orders.filter(counted)
        .select(*_KEYS, pl.col(currency).alias("currency"), minor)
        .group_by(*_KEYS, "currency")
        .agg(pl.len().cast(pl.Int64).alias("orders"), sum_of(minor).alias("minor"))
        .sort(*_KEYS, "currency")
    )


def residual_cells(results: Results) -> pl.DataFrame:
    """Payments of net positions by day, corridor and funding currency.

    Columns: ``business_date``, ``payer_country``, ``payee_country``, ``currency`` (given in the
    end), ``orders`` (payments), ``minor`` (minor units of that currency). An amount bought with
    another currency is converted into it at the rates of the period, each total once, half to even.

    Raises:
        InputError: a currency has no rate.
    """
    closes = pl.DataFrame(
        {
            "business_date": [day.date for day in results.business_days],
            "closes": [day.closes_at for day in results.business_days],
        }
    )
    rows = results.residuals.with_columns(pl.col("cut_off_at").to_physical().alias("at"))
    dated = rows.sort("at").join_asof(closes, left_on="at", right_on="closes", strategy="forward")
    sums = (
        dated.rename({"debtor_country": "payer_country", "creditor_country": "payee_country"})
        .group_by(*_KEYS, "currency", "funding_currency")
        .agg(pl.len().cast(pl.Int64).alias("orders"), sum_of("amount_minor").alias("minor"))
        .sort(*_KEYS, "funding_currency", "currency")
    )
    minor = [_funded(row, results) for row in sums.iter_rows(named=True)]
    funded = sums.with_columns(
        pl.Series("minor", minor, dtype=pl.Int128), currency=pl.col("funding_currency")
    )
    return (
        funded.group_by(*_KEYS, "currency")
        .agg(pl.col("orders").sum(), pl.col("minor").sum())
        .sort(*_KEYS, "currency")
    )


def _funded(row: dict[str, Any], results: Results) -> int:
    """The total in the currency given for it."""
    due, given = row["currency"], row["funding_currency"]
    if due == given:
        return int(row["minor"])
    value = results.rates.value(int(row["minor"]), find_currency(due))
    return results.rates.amount(value, find_currency(given))
