"""The JSON that a table of orders stands for: it defines each table's orders and refusals."""

import json
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from skontro.engine import uetr_text
from skontro.files.json_reading import NotJsonError, read_json
from skontro.service.api.order_schemas import MAX_ORDERS
from skontro.service.tables.order_columns import TERMS

_UETR_BYTES: Final = 16


def as_json(table: pl.DataFrame, height: int) -> bytes:
    """The orders of a table as the body of a batch in JSON.

    A null is a field left out. Rows beyond the most that a batch may have are not written out; the
    body has one order too many then.

    Args:
        table: as `checked` gives it.
        height: number of its rows.
    """
    if height > MAX_ORDERS:
        return json.dumps({"orders": [None] * (MAX_ORDERS + 1)}).encode()
    names = table.columns
    columns = [_values(table[name]) for name in names]
    rows: Iterable[tuple[Any, ...]] = zip(*columns, strict=True) if columns else [()] * height
    orders = [_order(zip(names, row, strict=True)) for row in rows]
    return json.dumps({"orders": orders}, ensure_ascii=False).encode()


def _order(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    order = {name: value for name, value in fields if value is not None}
    terms = {}
    for name in TERMS:
        if f"counterleg_{name}" in order:
            terms[name] = order.pop(f"counterleg_{name}")
    if terms:
        order["counterleg_terms"] = terms
    if "details" in order:
        order["details"] = _details(order["details"])
    return order


def _details(text: str) -> Any:  # noqa: ANN401  of JSON
    """Details from their JSON; text that is none stays text, which the schema refuses."""
    try:
        return read_json(text.encode())
    except NotJsonError:
        return text


def _values(column: pl.Series) -> list[Any]:
    """The values of a column as JSON has them."""
    kind = column.dtype
    if isinstance(kind, pl.Binary):
        return [None if one is None else _uetr(one) for one in column.to_list()]
    if isinstance(kind, pl.Decimal):
        return [None if one is None else f"{one:f}" for one in column.to_list()]
    if isinstance(kind, pl.Datetime):
        moment = column.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        return moment.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ").to_list()
    if isinstance(kind, pl.Date):
        return column.dt.to_string("%Y-%m-%d").to_list()
    return column.to_list()


def _uetr(value: bytes) -> str:
    return uetr_text(value) if len(value) == _UETR_BYTES else value.hex()
