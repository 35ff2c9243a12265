"""Payments files of one good row or more, written and read."""

from pathlib import Path
from typing import Any

import polars as pl

from skontro.files import (
    PaymentsReading,
    read_payments,
)
from skontro.model import BusinessDay, ReasonCode
from tests.files.banks import DAYS, DIRECTORY, ZONE, uetr

HEADER = "uetr,payer,payee,currency,amount,submitted_at"
REST = "BANKDEFF,BANKKZKX,EUR,12.50,2026-10-26T10:00:00"
ROW = f"{uetr(1)},{REST}"


def read(path: Path, days: list[BusinessDay] = DAYS) -> PaymentsReading:
    return read_payments(path, DIRECTORY, days, ZONE.key)


def read_text(folder: Path, text: str | bytes) -> PaymentsReading:
    path = folder / "payments.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path)


def read_frame(folder: Path, **columns: Any) -> PaymentsReading:
    """Read a Parquet file of one good row, or more, with some columns replaced."""
    path = folder / "payments.parquet"
    good = {
        "uetr": [uetr(1)],
        "payer": ["BANKDEFF"],
        "payee": ["BANKKZKX"],
        "currency": ["EUR"],
        "amount": ["12.50"],
        "submitted_at": ["2026-10-26T10:00:00"],
    }
    frame = pl.DataFrame({**good, **columns})
    frame.drop(name for name in frame.columns if frame[name].len() == 0).write_parquet(path)
    return read(path)


def reasons(reading: PaymentsReading) -> list[tuple[int, str, ReasonCode]]:
    return [(refusal.row, refusal.field, refusal.reason) for refusal in reading.refusals]
