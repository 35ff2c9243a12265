"""The third layer: the currencies in which net positions of cycles were finally paid."""

from typing import Any

import polars as pl

from skontro.files.period import Results
from skontro.model import find_currency
from skontro.statistics.exact import sum_of

_KEYS = ["business_date", "payer_country", "payee_country"]


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
