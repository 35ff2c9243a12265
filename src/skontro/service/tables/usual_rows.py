"""Rows of usual form, column by column; a table with anything else is read as JSON.

Nothing is refused here: each refusal is that of the JSON reader.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import TypeAdapter, ValidationError

from skontro.model import PaymentClass, PaymentType, to_timestamp
from skontro.model.calendar import FIRST_TIMESTAMP, LAST_TIMESTAMP
from skontro.service.api.schema_fields import IsoDate, Timestamp
from skontro.service.tables.order_columns import TERMS
from skontro.service.tables.transfer import NONE, ROW, UNSTATED, Rows
from skontro.system.acceptance import day_number

Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_CLASSES: Final = {one.name.lower(): int(one) for one in PaymentClass}
_TYPES: Final = {one.name.lower(): int(one) for one in PaymentType}
_NEEDED: Final = ("uetr", "payer", "payee", "currency", "amount")
_DASHES: Final = [8, 13, 18, 23]
_HEX_PLACES: Final = [place for place in range(36) if place not in _DASHES]
_DOT: Final = ord(".")
#: Digits of an amount, decimals included, that surely fit in 64 bits.
_MAX_DIGITS: Final = 18
_MAX_DECIMALS: Final = 6
#: Texts of participants and currencies, and of times, that a table of usual form has at most.
_MAX_TEXTS: Final = 20_000
#: Value of each character as a hexadecimal digit in small letters; 255 for all others.
_HEX: Final = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


class _Unusual(Exception):  # noqa: N818  the fact is the name
    """The table is for the JSON reader."""


class _Texts:
    """The different texts of several columns, with their places."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def of(self, column: pl.Series) -> Int64s:
        """The place of each text of a column; `NONE` for null."""
        found = _places(column)
        numbers = [self.places.setdefault(one, len(self.places)) for one in found[0]]
        return np.array([*numbers, NONE], np.int64)[found[1]]


def usual_rows(table: pl.DataFrame) -> tuple[Rows, list[str]] | None:
    """The rows of a table, and the texts that they name; None where one is not of usual form.

    Args:
        table: as `checked` gives it.
    """
    try:
        return _rows(table)
    except _Unusual:
        return None


def _rows(table: pl.DataFrame) -> tuple[Rows, list[str]]:
    if "details" in table.columns or not table.height:
        raise _Unusual
    if any(name not in table.columns or table[name].null_count() for name in _NEEDED):
        raise _Unusual
    rows, texts = np.zeros(table.height, ROW), _Texts()
    for name, value in UNSTATED.items():
        rows[name] = value
    given = {column.name: column for column in table.iter_columns()}
    rows["uetr"] = _uetrs(given["uetr"])
    for name in ("payer", "payee", "currency"):
        rows[name] = texts.of(given[name])
    rows["amount"], rows["decimals"] = _amounts(given["amount"])
    for name, known in (("payment_class", _CLASSES), ("payment_type", _TYPES)):
        usual = _CLASSES["normal"] if known is _CLASSES else _TYPES["customer"]
        rows[name] = _named(given[name], known, usual) if name in given else usual
    for name in ("earliest", "latest"):
        if f"{name}_at" in given:
            rows[name] = _times(given[f"{name}_at"], UNSTATED[name])
    if "value_date" in given:
        rows["value_date"] = _dates(given["value_date"])
    if "counterleg" in given:
        stated = given["counterleg"].is_not_null().to_numpy()
        rows["counterleg"][stated] = _uetrs(given["counterleg"].drop_nulls())
    _terms(rows, given, texts)
    return rows, [*texts.places]


def _terms(rows: Rows, given: Mapping[str, pl.Series], texts: _Texts) -> None:
    """Terms of the counterleg: a row states all of them, or none."""
    columns = [given.get(f"counterleg_{name}") for name in TERMS]
    if all(one is None for one in columns):
        return
    stated = [
        np.zeros(len(rows), bool) if one is None else one.is_not_null().to_numpy()
        for one in columns
    ]
    if any((one != stated[0]).any() for one in stated):
        raise _Unusual
    payer, payee, currency, amount = (one for one in columns if one is not None)
    for column in (payer, payee, currency):
        rows[column.name] = texts.of(column)
    found = _amounts(amount.drop_nulls())
    rows["counterleg_amount"][stated[0]], rows["counterleg_decimals"][stated[0]] = found


def _uetrs(column: pl.Series) -> Rows:
    """UETRs without null, 16 bytes each."""
    if isinstance(column.dtype, pl.Binary):
        if (column.bin.size() != 16).any():
            raise _Unusual
        joined = np.frombuffer(b"".join(column.to_list()), np.uint8).reshape(-1, 16)
        _refuse_other_uuids(joined[:, 6] >> 4, joined[:, 8] >> 4)
        return joined.reshape(-1).view("V16")
    if not isinstance(column.dtype, pl.String) or (column.str.len_bytes() != 36).any():
        raise _Unusual
    text = _joined(column).reshape(-1, 36)
    if (text[:, _DASHES] != ord("-")).any():
        raise _Unusual
    digits = _HEX[text[:, _HEX_PLACES]]
    if (digits == 255).any():
        raise _Unusual
    _refuse_other_uuids(digits[:, 12], digits[:, 16])
    packed = np.ascontiguousarray(digits[:, 0::2] << 4 | digits[:, 1::2])
    return packed.reshape(-1).view("V16")


def _refuse_other_uuids(version: Rows, variant: Rows) -> None:
    if (version != 4).any() or (variant >> 2 != 2).any():
        raise _Unusual


def _joined(column: pl.Series) -> Bytes:
    """The bytes of all texts of a column, one after the other."""
    text: Any = column.str.join("").item()
    return np.frombuffer(text.encode(), np.uint8)


def _amounts(column: pl.Series) -> tuple[Int64s, npt.NDArray[np.int8]]:
    """Digits of amounts without null as numbers, and how many of them are decimals."""
    if not len(column):
        return np.zeros(0, np.int64), np.zeros(0, np.int8)
    if isinstance(column.dtype, pl.Decimal):
        scale = column.dtype.scale
        column = column.cast(pl.String)
        if scale > _MAX_DECIMALS:
            raise _Unusual
    if not isinstance(column.dtype, pl.String):
        raise _Unusual
    lengths = column.str.len_bytes().to_numpy().astype(np.int64)
    if not lengths.all():
        raise _Unusual
    text = _joined(column)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    is_dot = text == _DOT
    if not (is_dot | ((text >= ord("0")) & (text <= ord("9")))).all():
        raise _Unusual
    dots = np.add.reduceat(is_dot, starts, dtype=np.int64)
    decimals = np.zeros(len(lengths), np.int64)
    places = np.flatnonzero(is_dot)
    with_dot = dots == 1
    if (dots > 1).any():
        raise _Unusual
    decimals[with_dot] = ends[with_dot] - places - 1
    whole = lengths - dots - decimals
    if (whole < 1).any() or (decimals[with_dot] < 1).any() or (decimals > _MAX_DECIMALS).any():
        raise _Unusual
    if (whole + decimals > _MAX_DIGITS).any():
        raise _Unusual
    digits = column.str.replace(".", "", literal=True).cast(pl.Int64)
    return digits.to_numpy(), decimals.astype(np.int8)


def _named(column: pl.Series, known: Mapping[str, int], usual: int) -> Int64s:
    """Numbers of names; the usual one for null."""
    texts, places = _places(column)
    if any(one not in known for one in texts):
        raise _Unusual
    return np.array([*(known[one] for one in texts), usual], np.int64)[places]


def _times(column: pl.Series, none: int) -> Int64s:
    """Microseconds since 1970."""
    if isinstance(column.dtype, pl.Datetime):
        moments = column.cast(pl.Datetime("us", column.dtype.time_zone)).to_physical()
        if ((moments < FIRST_TIMESTAMP) | (moments > LAST_TIMESTAMP)).any():
            raise _Unusual
        return moments.fill_null(none).to_numpy()
    return _read(column, none, lambda text: to_timestamp(_TIMESTAMP.validate_python(text)))


def _dates(column: pl.Series) -> Int64s:
    """Days since 1970; 0 for null."""
    if isinstance(column.dtype, pl.Date):
        column = column.dt.to_string("%Y-%m-%d")
    return _read(column, 0, lambda text: day_number(_DATE.validate_python(text)))


_TIMESTAMP: Final = TypeAdapter(Timestamp)
_DATE: Final = TypeAdapter(IsoDate)


def _read(column: pl.Series, none: int, read: Callable[[str], int]) -> Int64s:
    """Numbers of texts by the fields of the JSON reader, each different text once."""
    texts, places = _places(column)
    try:
        numbers = [read(one) for one in texts]
    except ValidationError:
        raise _Unusual from None
    return np.array([*numbers, none], np.int64)[places]


def _places(column: pl.Series) -> tuple[list[str], Int64s]:
    """The different texts of a column, and the place of each row's; -1 for null."""
    if not isinstance(column.dtype, pl.String):
        raise _Unusual
    texts = column.drop_nulls().unique(maintain_order=True)
    if len(texts) > _MAX_TEXTS:
        raise _Unusual
    if len(texts) == 1 and not column.null_count():
        return texts.to_list(), np.zeros(len(column), np.int64)
    numbers = pl.Series(range(len(texts)), dtype=pl.Int64)
    places = column.replace_strict(texts, numbers, default=NONE, return_dtype=pl.Int64)
    return texts.to_list(), places.to_numpy()
