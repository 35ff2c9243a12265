"""Tables of orders drawn at random, as rows of JSON values and as what a bank would send."""

import datetime
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import polars as pl

from skontro.model import from_timestamp
from skontro.service.tables.transfer import TableForm
from tests.service.systems import BANKS

Row = dict[str, Any]

UETRS = st.uuids(version=4).map(str)
_TIMES = st.integers(1_795_500_000_000_000, 1_795_590_000_000_000).map(
    lambda one: from_timestamp(one).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
)
_ODD_AMOUNTS = (
    *("0", "0.00", "1.234", "1.2345678", "-1", "+1", "1e3", " 1", "1.", ".5", "", None),
    *("1" * 18, "1" * 19, f"{'1' * 17}.50", "1.0000000", "1..2", "\u0661", "1,0"),
)
_ODD_TIMES = (
    *("soon", "2026-11-24T25:00:00Z", "2026-11-24 10:00:00Z", "0001-01-01T00:00:00+01:00"),
    *("1969-12-31T00:00:00Z", "1969-12-30T23:59:59Z", "9999-12-31T23:59:59.999999Z"),
    *("2026-11-24T10:00:00.1234567Z", "2026-11-24T10:00:00"),
)
_DETAILS = (
    *('{"remittance": ["x"]}', "{", '{"a": 1}', '"x"', '{"parties": {"debtor": {"name": "A"}}}'),
    *('{}]},{"uetr":"', '{"end_to_end_id": "\\ud800"}'),
)


#: Usual values, and sometimes others that the JSON reader refuses or takes.
FIELDS: dict[str, tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]] = {
    "uetr": (UETRS, st.sampled_from(["", "x", str(uuid.uuid1()), str(uuid.uuid4()).upper(), None])),
    "payer": (st.just(BANKS[0]), st.sampled_from([BANKS[1], "aaaakzk0", "", None])),
    "payee": (
        st.sampled_from(BANKS[1:]),
        st.sampled_from([BANKS[0], "ZZZZKZK0", f"{BANKS[1]}XXX", "\N{CYRILLIC CAPITAL LETTER A}"]),
    ),
    "currency": (st.sampled_from(["KZT", "RUB"]), st.sampled_from(["USD", "kzt", "", None])),
    "amount": (
        st.sampled_from(["1", "1.5", "0.01", "1250.50", "007.10", "9999999999999999.99"]),
        st.sampled_from(_ODD_AMOUNTS),
    ),
    "payment_class": (st.sampled_from(["normal", "high", "urgent", None]), st.just("low")),
    "payment_type": (st.sampled_from(["customer", "interbank", None]), st.just("Customer")),
    "earliest_at": (
        st.none() | _TIMES,
        st.sampled_from(_ODD_TIMES),
    ),
    "latest_at": (
        st.none() | _TIMES,
        st.sampled_from(["2026-11-24T10:00:00+05:00", "2026-11-26T10:00:00.5-03:30", ""]),
    ),
    "value_date": (
        st.sampled_from([None, "2026-11-24", "2026-11-25"]),
        st.sampled_from(["1970-01-01", "1970-01-02", "9999-12-30", "9999-12-31", "x", "20261124"]),
    ),
    "counterleg": (st.none() | UETRS, st.just("x")),
    "counterleg_payer": (st.just(BANKS[1]), st.sampled_from([None, "ZZZZKZK0"])),
    "counterleg_payee": (st.just(BANKS[0]), st.sampled_from([None, BANKS[1], ""])),
    "counterleg_currency": (st.sampled_from(["KZT", "RUB"]), st.sampled_from([None, "EUR"])),
    "counterleg_amount": (st.sampled_from(["2.00", "0.5"]), st.sampled_from(["0", "1.001", None])),
    "details": (
        st.none(),
        st.sampled_from(_DETAILS),
    ),
}
TERMS = tuple(name for name in FIELDS if name.startswith("counterleg_"))


@st.composite
def drawn_rows(draw: st.DrawFn) -> list[Row]:
    """Rows of a table; in most tables all values are usual ones."""
    columns = {"uetr", "payer", "payee", "currency", "amount"}
    columns |= {name for name in FIELDS if name not in TERMS and draw(st.booleans())}
    if draw(st.booleans()):
        columns |= {"counterleg", *TERMS}
    if not draw(st.integers(0, 9)):
        columns -= {draw(st.sampled_from(sorted(columns)))}
    odd = draw(st.integers(0, 2)) == 0
    rows = []
    for _ in range(draw(st.integers(0 if odd else 1, 6))):
        row = {}
        for name, (usual, other) in FIELDS.items():
            if name not in columns:
                continue
            row[name] = draw(other if odd and not draw(st.integers(0, 11)) else usual)
        if "counterleg" in row and (row["counterleg"] is None or not draw(st.integers(0, 3))):
            row |= dict.fromkeys((name for name in TERMS if name in row), None)
        rows.append(row)
    if odd and len(rows) > 1 and draw(st.booleans()) and "uetr" in columns:
        rows[-1]["uetr"] = rows[0]["uetr"]
    return rows


def json_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The same orders as the body of a batch in JSON, written by hand."""
    orders = []
    for row in rows:
        order = {
            name: value
            for name, value in row.items()
            if value is not None and not name.startswith("counterleg_")
        }
        terms = {
            name.removeprefix("counterleg_"): value
            for name, value in row.items()
            if value is not None and name.startswith("counterleg_")
        }
        if terms:
            order["counterleg_terms"] = terms
        if "details" in order:
            try:
                found = json.loads(order["details"])
                json.dumps(found, ensure_ascii=False).encode()
                order["details"] = found
            except ValueError:
                pass
        orders.append(order)
    return json.dumps({"orders": orders}).encode()


def table_of(rows: Sequence[Row]) -> pl.DataFrame:
    """The rows as a table whose columns are all texts."""
    names = [name for name in FIELDS if any(name in row for row in rows)]
    if not rows:
        names = ["uetr"]
    columns = {name: [row[name] for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def typed(table: pl.DataFrame, draw: Any) -> pl.DataFrame:
    """The same with other types of columns, where each value of one can be converted."""
    columns = []
    for column in table.iter_columns():
        if draw(st.booleans()) and (other := _converted(column, draw)) is not None:
            columns.append(other)
        else:
            columns.append(column)
    return pl.DataFrame(columns)


def _converted(column: pl.Series, draw: Any) -> pl.Series | None:
    values = column.to_list()
    name = column.name.removeprefix("counterleg_")
    try:
        if name in ("uetr", "counterleg"):
            found = [None if one is None else _uuid_bytes(one) for one in values]
            return pl.Series(column.name, found, pl.Binary)
        if name == "amount":
            found = [None if one is None else _decimal(one) for one in values]
            return pl.Series(column.name, found, pl.Decimal(30, 2))
        if name in ("earliest_at", "latest_at"):
            found = [None if one is None else _moment(one) for one in values]
            return pl.Series(column.name, found, pl.Datetime("us", "UTC"))
        if name == "value_date":
            found = [None if one is None else _date(one) for one in values]
            return pl.Series(column.name, found, pl.Date)
        return column.cast(pl.Categorical)
    except (ValueError, ArithmeticError):
        return None


def _uuid_bytes(text: str) -> bytes:
    if str(uuid.UUID(text)) != text:
        raise ValueError
    return uuid.UUID(text).bytes


def _decimal(text: str) -> Decimal:
    if f"{Decimal(text if text.isascii() else 'x'):f}" != text or len(text.partition(".")[2]) != 2:
        raise ValueError
    return Decimal(text)


def _date(text: str) -> datetime.date:
    found = datetime.date.fromisoformat(text)
    if found.isoformat() != text:
        raise ValueError
    return found


def _moment(text: str) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(text)
    if not text.endswith("Z") or found.strftime("%Y-%m-%dT%H:%M:%S.%fZ") != text:
        raise ValueError
    return found


def body_of(form: TableForm, table: pl.DataFrame, compression: str | None = None) -> bytes:
    made = io.BytesIO()
    if form is TableForm.ARROW:
        table.write_ipc_stream(made, compression=compression or "uncompressed")  # type: ignore[arg-type]
    else:
        table.write_parquet(made, compression=compression or "zstd")  # type: ignore[arg-type]
    return made.getvalue()
