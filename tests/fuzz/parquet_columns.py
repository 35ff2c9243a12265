"""Columns of every type that Parquet files have, for the place of one that was expected."""

import datetime
from decimal import Decimal
from typing import Any, Final

import polars as pl

#: Type and a value of it; all rows have it.
_TYPED: Final[tuple[tuple[Any, Any], ...]] = (
    (pl.Int8(), -1),
    (pl.Int64(), 2**63 - 1),
    (pl.Int64(), -(2**63)),
    (pl.UInt8(), 255),
    (pl.UInt64(), 2**64 - 1),
    (pl.Int128(), 2**100),
    (pl.Float32(), 1.5),
    (pl.Float64(), float("nan")),
    (pl.Boolean(), True),
    (pl.Date(), datetime.date(9999, 12, 31)),
    (pl.Date(), datetime.date(1, 1, 1)),
    (pl.Time(), datetime.time(23, 59, 59, 999999)),
    (pl.Duration("us"), datetime.timedelta(days=1)),
    (pl.Decimal(38, 0), Decimal(10**37)),
    (pl.Decimal(38, 37), Decimal("0.1")),
    (pl.Decimal(38, 10), Decimal("-1.5")),
    (pl.Binary(), b"\xff\x00"),
    (pl.Categorical(), "x"),
    (pl.Enum(["a", "b"]), "a"),
    (pl.Null(), None),
    (pl.List(pl.String), ["a"]),
    (pl.List(pl.Int64), []),
    (pl.Array(pl.Int64, 2), [1, 2]),
    (pl.Struct({"a": pl.Int64}), {"a": 1}),
    (pl.Struct({"a": pl.List(pl.Struct({"b": pl.String}))}), {"a": [{"b": "x"}]}),
    (pl.String(), "\x00"),
    (pl.String(), "x" * 100_000),
    (pl.String(), ""),
)
#: Ticks of timestamps at the ends of what they can say, and at those of the years.
_TICKS: Final = (-(2**63), -(2**62), -1, 0, 1, 2**62, 2**63 - 1, 253_402_300_800_000_000)


def typed_columns(name: str, height: int) -> list[pl.Series]:
    """A column of every type, with this name and so many rows."""
    columns = [pl.Series(name, [value] * height, dtype=dtype) for dtype, value in _TYPED]
    for unit in ("ns", "us", "ms"):
        for zone in (None, "UTC", "Asia/Almaty"):
            columns += [
                pl.Series(name, [ticks] * height, dtype=pl.Int64).cast(pl.Datetime(unit, zone))
                for ticks in _TICKS
            ]
    return columns
