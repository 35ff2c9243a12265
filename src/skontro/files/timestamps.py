"""Timestamps of whole columns: ISO 8601 text or timestamp values, converted to UTC."""

import datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from polars import selectors

from skontro.files.checks import FIRST, Check, clean, in_range, is_writable
from skontro.files.tables import TIMESTAMP
from skontro.model import ReasonCode, find_time_zone

#: How `strftime` writes a timestamp in UTC so that it is read back.
WRITTEN_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"

_PATTERN: Final = (
    r"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"
    r"(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9])"
    r"(?::(?<second>[0-5][0-9])(?:\.(?<fraction>[0-9]{1,6}))?)?"
    r"(?:(?<utc>Z)|(?<sign>[+-])(?<offset_hour>[01][0-9]|2[0-3]):(?<offset_minute>[0-5][0-9]))?$"
)
_MINUTE: Final = 60 * 1_000_000
_LOCAL: Final = pl.Datetime("us")


def check_time_zone(name: str) -> None:
    """Check that this is an IANA time zone.

    Raises:
        InputError: it is not an IANA time zone.
    """
    find_time_zone(name)


def with_timestamp(
    table: pl.DataFrame, field: str, time_zone: str
) -> tuple[pl.DataFrame, list[Check]]:
    """The table with a column `field:timestamp` in UTC, and the checks of the field.

    A time without an offset is read in the time zone. Where it happens twice there, or never,
    because clocks change, it is refused, and so is a time out of the model's range.

    Args:
        table: has the field as text, with its clean form, or as Datetime.
        field: the column with the times.
        time_zone: IANA name.
    """
    dtype = table.schema[field]
    given = pl.col(field) if isinstance(dtype, pl.Datetime) else clean(field)
    if isinstance(dtype, pl.Datetime):
        table = _from_datetime(table, field, dtype)
    else:
        table = _from_text(table, field)
    local, timestamp = pl.col(f"{field}:local"), pl.col(f"{field}:timestamp")
    ahead = _ahead_of_utc(local, table[f"{field}:local"], find_time_zone(time_zone))
    resolved = (local - ahead).dt.replace_time_zone("UTC")
    table = table.with_columns(pl.coalesce(timestamp, resolved).alias(f"{field}:timestamp"))
    outside = ~in_range(timestamp).fill_null(value=True)
    table = table.with_columns(
        pl.when(~outside).then(one).alias(f"{field}:{name}")
        for name, one in (("local", local), ("timestamp", timestamp))
    )
    unread = given.is_not_null() & timestamp.is_null()
    malformed = ReasonCode.FIELD_MALFORMED
    return table, [
        Check(
            field,
            malformed,
            unread & local.is_null(),
            "is not a time like 2026-01-05T09:30:00+05:00, to the microsecond at most, from 1970 "
            "to 9999",
        ),
        Check(
            field,
            malformed,
            unread & local.is_not_null(),
            f"occurs twice or never in {time_zone}, where clocks change; add the offset",
        ),
    ]


def _ahead_of_utc(local: pl.Expr, values: pl.Series, zone: ZoneInfo) -> pl.Expr:
    """Difference of local time from UTC; null if it occurs twice or never.

    It uses the time zone database of business days, and not the one built into Polars: with tables
    of different age, payments could be an hour outside their day.
    Looked up once for each minute; no clock has changed within one since 1972.
    """
    minutes = values.dt.truncate("1m").drop_nulls().unique().sort()
    known = {minute: _one_offset(minute, zone) for minute in minutes}
    offset = local.dt.truncate("1m").replace_strict(
        list(known), list(known.values()), default=None, return_dtype=pl.Int64
    )
    return offset.cast(pl.Duration("us"))


def _one_offset(local: datetime.datetime, zone: ZoneInfo) -> int | None:
    """Microseconds that a local time is ahead of UTC, if it happens once."""
    early, late = (local.replace(fold=fold, tzinfo=zone).utcoffset() for fold in (0, 1))
    if early is None or early != late:
        return None
    return early // datetime.timedelta(microseconds=1)


def _from_text(table: pl.DataFrame, field: str) -> pl.DataFrame:
    parts = clean(field).str.extract_groups(_PATTERN)

    def number(name: str) -> pl.Expr:
        return pl.col("~" + name).fill_null("0").cast(pl.Int64)

    split = table.with_columns(parts.name.prefix_fields("~").alias("~parts")).unnest("~parts")
    day = pl.col("~date").str.to_date("%Y-%m-%d", strict=False).cast(_LOCAL)
    fraction = pl.col("~fraction").fill_null("").str.pad_end(6, "0").cast(pl.Int64)
    minutes = number("hour") * 60 + number("minute")
    time = (minutes * _MINUTE + number("second") * 1_000_000 + fraction).cast(pl.Duration("us"))
    ahead = (number("offset_hour") * 60 + number("offset_minute")) * _MINUTE
    offset = pl.when(pl.col("~sign") == "-").then(-ahead).otherwise(ahead).cast(pl.Duration("us"))
    has_offset = pl.col("~utc").is_not_null() | pl.col("~sign").is_not_null()
    local = pl.when(day >= FIRST).then(day + time)
    return split.with_columns(
        pl.when(~has_offset).then(local).alias(f"{field}:local"),
        pl.when(has_offset)
        .then((local - offset).dt.replace_time_zone("UTC"))
        .alias(f"{field}:timestamp"),
    ).drop(selectors.starts_with("~"))


def _from_datetime(table: pl.DataFrame, field: str, dtype: pl.Datetime) -> pl.DataFrame:
    finer = pl.col(field).to_physical() % 1000 != 0 if dtype.time_unit == "ns" else pl.lit(False)
    value = pl.when(is_writable(field, dtype) & ~finer).then(pl.col(field))
    if dtype.time_zone is None:
        local, timestamp = value.cast(_LOCAL), pl.lit(None, dtype=TIMESTAMP)
    else:
        local = pl.lit(None, dtype=_LOCAL)
        timestamp = value.dt.convert_time_zone("UTC").cast(TIMESTAMP)
    return table.with_columns(local.alias(f"{field}:local"), timestamp.alias(f"{field}:timestamp"))
