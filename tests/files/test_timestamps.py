"""Which timestamps can be written, in every unit, and how those that cannot are shown."""

import datetime
from typing import Literal

import polars as pl
import pytest

from skontro.files.checks import in_range, is_writable, value_text
from skontro.model import FIRST_TIMESTAMP, LAST_TIMESTAMP

_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001
#: Seconds from 1970 to the first and after the last day that ISO 8601 can write.
_FIRST = (datetime.datetime(1, 1, 1) - _EPOCH).days * 86_400  # noqa: DTZ001
_END = ((datetime.datetime(9999, 12, 31) - _EPOCH).days + 1) * 86_400  # noqa: DTZ001


@pytest.mark.parametrize(("unit", "ticks"), [("ms", 10**3), ("us", 10**6)])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_the_first_and_the_last_tick_that_can_be_written(
    unit: Literal["ms", "us"], ticks: int, zone: str | None
) -> None:
    dtype = pl.Datetime(unit, zone)
    values = [_FIRST * ticks - 1, _FIRST * ticks, _END * ticks - 1, _END * ticks]
    table = pl.DataFrame({"at": pl.Series(values, dtype=pl.Int64).cast(dtype)})
    assert table.select(is_writable("at", dtype))["at"].to_list() == [False, True, True, False]
    texts = table.select(value_text("at", dtype))["at"].to_list()
    assert (texts[0], texts[3]) == (str(values[0]), str(values[3]))
    assert texts[1].startswith("0001-01-01 00:00:00")
    assert texts[2].startswith("9999-12-31 23:59:59.999")


def test_all_nanoseconds_but_the_very_last_can_be_written() -> None:
    dtype = pl.Datetime("ns")
    values = [-(2**63), 0, 2**63 - 2]
    table = pl.DataFrame({"at": pl.Series(values, dtype=pl.Int64).cast(dtype)})
    assert table.select(is_writable("at", dtype))["at"].to_list() == [True, True, True]


def test_other_columns_are_shown_as_they_are() -> None:
    table = pl.DataFrame({"a": [7, None]})
    assert table.select(value_text("a", pl.Int64()))["a"].to_list() == ["7", None]


def test_moments_of_the_model_end_where_it_says() -> None:
    values = [FIRST_TIMESTAMP - 1, FIRST_TIMESTAMP, LAST_TIMESTAMP, LAST_TIMESTAMP + 1, None]
    column = pl.Series("at", values, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    found = column.to_frame().select(in_range(pl.col("at")))["at"].to_list()
    assert found == [False, True, True, False, None]
