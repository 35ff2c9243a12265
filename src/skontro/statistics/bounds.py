"""Theoretical bounds on liquidity: what settling at once needs, and what no queue can save.

Sources: R. Koponen and K. Soramäki, Intraday liquidity needs in a modern interbank payment system,
Bank of Finland Studies E:14, 1998; H. Leinonen and K. Soramäki, Optimizing liquidity usage and
settlement speed in payment systems, Bank of Finland Discussion Papers 16/1999.
"""

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.statistics.period_orders import demanded, period_orders


@attrs.frozen
class LiquidityBounds:
    """Bounds for one account, in minor units of its currency.

    Attributes:
        lower: largest net debit with which the account ends a business day; a queue may delay the
            orders of a day but not make them cheaper than their net.
        upper: largest net debit that the account reaches when every order settles the moment it
            asks to.
    """

    lower: int = 0
    upper: int = 0


def liquidity_bounds(results: Results) -> dict[tuple[str, str], LiquidityBounds]:
    """Bounds by BIC and currency code, for every account that settled or returned orders touch.

    Counted are orders that asked for settlement and were settled or returned, in the order in
    which they asked. Balances carry over from one business day to the next, so net debits are
    counted from the start of the period.
    """
    orders = period_orders(results).filter(demanded()).sort("entered", "order")
    shared = ("currency", "business_date", "entered", "order")
    debit = pl.col("amount_minor").cast(pl.Int128)
    flows = pl.concat(
        [
            orders.select(pl.col("payer").alias("bic"), *shared, debit.alias("net")),
            orders.select(pl.col("payee").alias("bic"), *shared, (debit * -1).alias("net")),
        ]
    ).sort("entered", "order")
    days = (
        flows.with_columns(pl.col("net").cum_sum().over("bic", "currency").alias("net_debit"))
        .group_by("bic", "currency", "business_date")
        .agg(pl.col("net_debit").max().alias("highest"), pl.col("net_debit").last().alias("end"))
    )
    accounts = (
        days.group_by("bic", "currency")
        .agg(pl.col("end").max(), pl.col("highest").max())
        .sort("bic", "currency")
    )
    return {
        (bic, code): LiquidityBounds(lower=max(0, end), upper=max(0, highest))
        for bic, code, end, highest in accounts.iter_rows()
    }
