"""Payments from Parquet: which types a column may have, and what damage does."""

import datetime
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skontro.model import MAX_AMOUNT, InputError, ReasonCode
from tests.files.banks import ZONE, uetr
from tests.files.payment_files import read, read_frame, reasons


@pytest.mark.long
def test_damaged_parquet_is_an_input_error_or_a_reading(tmp_path: Path) -> None:
    read_frame(tmp_path)
    path = tmp_path / "payments.parquet"
    whole = path.read_bytes()
    pick = random.Random(7)
    refused = 0
    for _ in range(90):
        damaged = bytearray(whole[: pick.choice([len(whole), pick.randrange(len(whole))])])
        for _ in range(3):
            if damaged:
                damaged[pick.randrange(len(damaged))] ^= 1 << pick.randrange(8)
        path.write_bytes(damaged)
        try:
            read(path)
        except InputError:
            refused += 1
    assert refused > 30


def test_parquet_amounts_may_be_text_integers_and_decimals(tmp_path: Path) -> None:
    scaled = pl.Series([Decimal("12.5000000"), None], dtype=pl.Decimal(38, 7))
    pair = {
        "uetr": [uetr(1), uetr(2)],
        "payer": ["BANKDEFF"] * 2,
        "payee": ["BANKKZKX"] * 2,
        "currency": ["EUR"] * 2,
        "submitted_at": ["2026-10-26T10:00"] * 2,
    }
    reading = read_frame(tmp_path, **pair, amount=scaled)
    assert reading.payments["amount_minor"].to_list() == [1250]
    assert reasons(reading) == [(3, "amount", ReasonCode.FIELD_MISSING)]
    whole = pl.Series([100, MAX_AMOUNT], dtype=pl.UInt64)
    reading = read_frame(tmp_path, **pair, amount=whole)
    assert reading.payments["amount_minor"].to_list() == [10000]
    assert reasons(reading) == [(3, "amount", ReasonCode.AMOUNT_TOO_LARGE)]
    path = tmp_path / "payments.parquet"
    frame = pl.read_parquet(path).rename({"amount": "amount_minor"})
    frame.write_parquet(path)
    assert read(path).payments["amount_minor"].to_list() == [100, MAX_AMOUNT]


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64])
@pytest.mark.parametrize("name", ["amount", "instructed_amount"])
def test_a_float_column_of_amounts_is_refused(tmp_path: Path, name: str, dtype: Any) -> None:
    columns = {name: pl.Series([12.5], dtype=dtype)}
    if name != "amount":
        columns["instructed_currency"] = pl.Series(["EUR"])
    with pytest.raises(InputError, match=f"column {name} is a float .*money is never a float"):
        read_frame(tmp_path, **columns)


@pytest.mark.parametrize(
    ("name", "values"),
    [("payer", [5]), ("submitted_at", [datetime.date(2026, 10, 26)]), ("amount", [True])],
)
def test_a_column_of_another_type_is_refused(
    tmp_path: Path, name: str, values: list[object]
) -> None:
    with pytest.raises(InputError, match=f"column {name} cannot be of type"):
        read_frame(tmp_path, **{name: values})


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Almaty"])
def test_parquet_timestamps_in_every_unit_and_zone(
    tmp_path: Path, unit: Any, zone: str | None
) -> None:
    timestamp = datetime.datetime(2026, 10, 26, 9, 30, tzinfo=datetime.UTC)
    column = pl.Series([timestamp]).cast(pl.Datetime(unit, "UTC"))
    if zone is None:
        column = column.dt.convert_time_zone(ZONE.key).dt.replace_time_zone(None)
    else:
        column = column.dt.convert_time_zone(zone)
    reading = read_frame(tmp_path, submitted_at=column)
    assert not list(reading.refusals)
    assert reading.payments["submitted_at"].to_list() == [timestamp]


@pytest.mark.parametrize(
    ("ticks", "unit"),
    [(1_792_999_800_000_000_001, "ns"), (2**63 - 1, "ms"), (-(2**63), "us"), (2**62, "ms")],
)
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_timestamps_that_microseconds_cannot_say_are_refused(
    tmp_path: Path, ticks: int, unit: Any, zone: str | None
) -> None:
    column = pl.Series([ticks]).cast(pl.Datetime(unit, zone))
    assert reasons(read_frame(tmp_path, submitted_at=column)) == [
        (2, "submitted_at", ReasonCode.FIELD_MALFORMED)
    ]


def test_parquet_of_categories_and_empty_texts(tmp_path: Path) -> None:
    reading = read_frame(
        tmp_path,
        payer=pl.Series(["BANKDEFF"], dtype=pl.Categorical),
        currency=pl.Series(["EUR"], dtype=pl.Enum(["EUR", "KZT"])),
        payment_class=[""],
        latest_at=pl.Series([None], dtype=pl.Null),
    )
    assert not list(reading.refusals)
    assert reading.payments["payment_class"].to_list() == ["normal"]


def test_columns_of_parquet_are_checked_like_those_of_csv(tmp_path: Path) -> None:
    read_frame(tmp_path)
    path = tmp_path / "payments.parquet"
    good = pl.read_parquet(path)
    assert read(path).payments.height == len(good)
    for frame, said in (
        (good.drop("payee"), "column payee is missing"),
        (
            good.with_columns(latest_att=pl.lit("x")),
            "unknown column 'latest_att' (did you mean latest_at?)",
        ),
    ):
        frame.write_parquet(path)
        with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {said}')}"):
            read(path)
