"""National-currency shares, broken down, as rows: the same for files, JSON and Python."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.files.tables import TOTAL
from skontro.statistics.exact import decimal_text
from skontro.statistics.funding import ResidualFunding, residual_funding
from skontro.statistics.layers import Layer, layer_cells
from skontro.statistics.nationality import Definition
from skontro.statistics.shares import CurrencyShares, share_of_cells

#: Decimal places of shares and indices.
PLACES: Final = 6

#: Columns of the figures, after layer, what it is a share of, and the dimensions.
_FIGURES: Final = (
    "payments",
    "value_minor",
    "national_by_corridor_minor",
    "national_by_member_minor",
    "share_by_corridor",
    "share_by_member",
    "concentration",
)


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


@attrs.frozen
class ShareTable:
    """Shares of layers, broken down by dimensions.

    Attributes:
        dimensions: dimensions of the breakdown.
        parts: by layer, then by keys.
        residual: the residual layer over gross trade; None with dimensions or without cycles.
    """

    dimensions: tuple[Dimension, ...]
    parts: tuple[Part, ...]
    residual: ResidualFunding | None

    @property
    def names(self) -> list[str]:
        """The dimensions as words."""
        return [dimension.value for dimension in self.dimensions]

    def rows(self) -> list[dict[str, str | None]]:
        """One row for each part, every figure as exact decimal text."""
        rows = [_row(part, self.names) for part in self.parts]
        return rows if self.residual is None else [*rows, _gross_trade_row(self.residual)]

    def text_table(self) -> pl.DataFrame:
        """The rows as a table of text, as files have them."""
        columns = ["layer", "share_of", *self.names, *_FIGURES]
        return pl.DataFrame(self.rows(), schema=dict.fromkeys(columns, pl.String))

    def table(self) -> pl.DataFrame:
        """The rows with types: exact totals of minor units, shares as floats."""
        return self.text_table().with_columns(
            pl.col("payments").cast(pl.Int64),
            pl.col("^.*_minor$").cast(TOTAL),
            pl.col("share_by_corridor", "share_by_member", "concentration").cast(pl.Float64),
        )


def measure_shares(
    results: Results, dimensions: Sequence[Dimension], layers: Sequence[Layer]
) -> ShareTable:
    """The shares of some layers, broken down by dimensions.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
    """
    parts = tuple(part for layer in layers for part in break_down(results, layer, dimensions))
    residual = None
    if not dimensions and Layer.RESIDUAL in layers and results.netting is not None:
        [interbank] = break_down(results, Layer.INTERBANK, [])
        residual = residual_funding(results, interbank.share)
    return ShareTable(tuple(dimensions), parts, residual)


def _row(part: Part, names: list[str]) -> dict[str, str | None]:
    share = part.share
    parts = {definition.value: share.national(definition) for definition in Definition}
    return {
        "layer": part.layer.value,
        "share_of": part.layer.whole,
        **dict(zip(names, part.keys, strict=True)),
        "payments": str(share.orders),
        "value_minor": str(share.value),
        **{f"national_{name}_minor": str(one.value) for name, one in parts.items()},
        **{f"share_{name}": decimal_text(one.share, PLACES) for name, one in parts.items()},
        "concentration": decimal_text(share.concentration, PLACES),
    }


def _gross_trade_row(residual: ResidualFunding) -> dict[str, str | None]:
    """The residual layer again, as a share of the value of all orders instead of net positions."""
    total, gross = residual.shares.total, residual.gross_trade
    parts = {definition: total.national(definition) for definition in Definition}
    return {
        "layer": residual.shares.layer.value,
        "share_of": "gross_trade",
        "payments": None,
        "value_minor": str(gross),
        **{f"national_{name}_minor": str(gross - one.third) for name, one in parts.items()},
        **{
            f"share_{name}": decimal_text(residual.share_of_gross_trade(name), PLACES)
            for name in parts
        },
        "concentration": None,
    }
