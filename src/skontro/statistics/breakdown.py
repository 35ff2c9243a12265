"""National-currency share of a layer by corridor, currency, day or month."""

from collections.abc import Sequence
from enum import StrEnum

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.statistics.shares import CurrencyShares, Layer, layer_cells, share_of_cells


class Dimension(StrEnum):
    """Dimension of a breakdown."""

    CORRIDOR = "corridor"
    CURRENCY = "currency"
    DAY = "day"
    MONTH = "month"


@attrs.frozen
class Part:
    """One part of a layer.

    Attributes:
        layer: the layer of the currency.
        keys: one text for each dimension: KAZ > RUS, KZT, 2026-01-05 or 2026-01.
        share: share of the orders, or payments of net positions, in this part.
    """

    layer: Layer
    keys: tuple[str, ...]
    share: CurrencyShares


def break_down(results: Results, layer: Layer, dimensions: Sequence[Dimension]) -> list[Part]:
    """The parts of a layer in order of their keys; one part with all of it without dimensions.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
    """
    cells = layer_cells(results, layer).with_columns(
        pl.concat_str("payer_country", pl.lit(" > "), "payee_country").alias("corridor"),
        pl.col("business_date").dt.strftime("%Y-%m-%d").alias("day"),
        pl.col("business_date").dt.strftime("%Y-%m").alias("month"),
    )
    names = [dimension.value for dimension in dimensions]
    if not names:
        return [Part(layer, (), share_of_cells(cells, results.rates))]
    parts = cells.partition_by(*names, as_dict=True)
    return [
        Part(layer, tuple(str(key) for key in keys), share_of_cells(parts[keys], results.rates))
        for keys in sorted(parts)
    ]
