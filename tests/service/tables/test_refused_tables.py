"""Tables that are none, of other columns or types, or with too much in them."""

import datetime
import io
import json
import random
from typing import Any

import polars as pl
import pytest

from skontro.service.api.problems import Problem
from skontro.service.tables import order_columns
from skontro.service.tables.order_columns import COLUMNS
from skontro.service.tables.table_orders import _Columns, read_orders_of_table
from skontro.service.tables.table_process import read_table, serve
from skontro.service.tables.table_readers import TableReaders
from skontro.service.tables.transfer import (
    ANSWER,
    FORMS,
    NONE,
    QUESTION,
    ROW,
    AnswerKind,
    TableForm,
    TableRead,
)
from tests.service.systems import BANKS, order
from tests.service.tables.drawn_tables import body_of
from tests.service.tables.test_as_json import (
    ME,
    READER,
    Here,
    from_json,
    from_table,
    outcome,
    usual,
)

ARROW = TableForm.ARROW


def refusal(body: bytes, form: TableForm = ARROW) -> dict[str, Any]:
    with pytest.raises(Problem) as caught:
        read_orders_of_table(READER, Here(), form, body, ME)
    return caught.value.document()


def of_columns(**columns: pl.Series) -> dict[str, Any]:
    return refusal(body_of(ARROW, usual(2).with_columns(**columns)))


def test_media_types_are_those_registered() -> None:
    assert FORMS == {
        "application/vnd.apache.arrow.stream": TableForm.ARROW,
        "application/vnd.apache.parquet": TableForm.PARQUET,
    }


@pytest.mark.parametrize(
    ("column", "values", "further"),
    [
        ("amount", pl.Series([1, 2]), ", or a decimal number"),
        ("amount", pl.Series([1.5, 2.5]), ", or a decimal number"),
        ("payee", pl.Series([b"x", b"y"]), ""),
        ("uetr", pl.Series([1, 2]), ", or 16 bytes"),
        ("payee", pl.Series([["x"], []]), ""),
        ("details", pl.Series([{"remittance": "x"}] * 2), ""),
        ("payment_class", pl.Series([True, False]), ""),
        ("latest_at", pl.Series([1, 2]).cast(pl.Datetime("us")), None),
        ("latest_at", pl.Series([1, 2]).cast(pl.Datetime("ns", "UTC")), None),
        ("value_date", pl.Series([datetime.time(1)] * 2), ", or a date"),
        ("payer", pl.Series([datetime.date(2026, 1, 1)] * 2), ""),
    ],
)
def test_other_types_are_refused(column: str, values: pl.Series, further: str | None) -> None:
    problem = of_columns(**{column: values})
    if further is None:
        further = ", or a timestamp with a time zone"
    assert problem["status"] == 422
    assert problem["errors"] == [
        {
            "pointer": f"/columns/{column}",
            "in": "body",
            "detail": f"must be text, or a dictionary of texts{further}",
        }
    ]


def test_other_columns_are_refused() -> None:
    problem = of_columns(Amount=pl.Series(["1", "2"]))
    (error,) = problem["errors"]
    assert error["pointer"] == "/columns/Amount"
    assert error["detail"] == f"there is no such column; there are {', '.join(COLUMNS)}"


def test_milliseconds_and_other_zones_are_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.datetime(2026, 11, 24, 10, 0, 0, 123_000, datetime.UTC)
    for unit in ("us", "ms"):
        for zone in ("UTC", "Asia/Almaty"):
            times = pl.Series([moment, None]).cast(pl.Datetime(unit, zone))
            found: Any = from_table(ARROW, usual(2).with_columns(latest_at=times))
            read = READER.read_batch(json.dumps({"orders": [order()]}).encode(), ME)
            assert len(found[0]) == 2 * len(read.commands.time.tobytes()) // 8 * _record_size()
    body = body_of(ARROW, usual(2).with_columns(latest_at=pl.Series([moment, None])))
    latest = read_orders_of_table(READER, Here(), ARROW, body, ME).commands.latest.tolist()
    assert latest == [round(moment.timestamp() * 1e6), 2**62]


def _record_size() -> int:
    from skontro.engine import COMMAND

    return COMMAND.itemsize


@pytest.mark.parametrize("form", TableForm)
def test_what_is_no_table_is_said_so(form: TableForm) -> None:
    name = "an Arrow IPC stream" if form is ARROW else "a Parquet file"
    whole = body_of(form, usual(20))
    for body in (b"", b"x", b"{}", bytes(1_000), whole[: len(whole) // 2], whole[1:]):
        problem = refusal(body, form)
        assert (problem["status"], problem["title"]) == (400, "Table cannot be read")
        assert problem["detail"].startswith(f"this is not {name}: ")
        assert len(problem["detail"]) < 300
    other = next(one for one in TableForm if one is not form)
    assert refusal(whole, other)["status"] == 400


def test_texts_count_as_often_as_they_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    table = usual(2)
    size = sum(len(value) for row in table.rows() for value in row)
    kinds = [table, table.with_columns(pl.col("payer", "payee").cast(pl.Categorical))]
    kinds.append(table.with_columns(pl.col("payer").cast(pl.Enum([BANKS[0]]))))
    for one in kinds:
        monkeypatch.setattr(order_columns, "MAX_TEXT", size)
        assert not isinstance(from_table(ARROW, one), dict)
        monkeypatch.setattr(order_columns, "MAX_TEXT", size - 1)
        problem = refusal(body_of(ARROW, one))
        assert (problem["status"], problem["title"]) == (413, "Too large")
        assert problem["detail"] == f"the texts of a table have at most {size - 1} bytes"
    binary = table.with_columns(uetr=pl.Series([b"\1" * 16] * 2))
    monkeypatch.setattr(order_columns, "MAX_TEXT", size - 72 + 31)
    assert refusal(body_of(ARROW, binary))["status"] == 413


def test_one_text_repeated_ten_thousand_times_is_no_bomb() -> None:
    bomb = pl.DataFrame({"details": pl.Series(["x" * 10_000]).cast(pl.Categorical)})
    table = pl.concat([bomb] * 10_000)
    for form in TableForm:
        body = body_of(form, table)
        assert len(body) < 1_000_000
        assert refusal(body, form)["status"] == 413


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_compressed_tables_are_read(compression: str) -> None:
    table = usual(50)
    plain = from_table(ARROW, table)
    for form in TableForm:
        body = body_of(form, table, compression)
        assert outcome(lambda: read_orders_of_table(READER, Here(), form, body, ME)) == plain  # noqa: B023


def test_details_cannot_hold_another_order() -> None:
    text = '{}},{"uetr":"' + str(order()["uetr"]) + '"'
    problem = of_columns(details=pl.Series([text, None]))
    assert [one["pointer"] for one in problem["errors"]] == ["/orders/0/details"]


@pytest.mark.long
def test_damaged_tables_give_orders_or_a_refusal() -> None:
    """Damage may hit a value: then the orders are others, or refused as those in JSON.

    Some damage ends the process that reads: the library asks for more memory than there is.
    """
    draw, readers = random.Random(3), TableReaders(1)
    ends = {"orders": 0, "refused": 0, "ended": 0}
    for form in TableForm:
        whole = body_of(form, usual(6), "uncompressed")
        for _ in range(150):
            body = bytearray(whole)
            for _ in range(draw.randrange(1, 4)):
                body[draw.randrange(len(body))] = draw.randrange(256)
            damaged = bytes(body if draw.random() < 0.8 else body[: draw.randrange(len(body))])
            ends[_end(readers, form, damaged)] += 1
    readers.stop()
    assert all(ends.values()), ends


def _end(readers: TableReaders, form: TableForm, body: bytes) -> str:
    fast = outcome(lambda: read_orders_of_table(READER, readers, form, body, ME))
    if isinstance(fast, dict) and "too much memory" in str(fast["detail"]):
        return "ended"
    as_text = readers.read(form, body, as_text=True)
    if as_text.kind is not AnswerKind.JSON:
        return "refused"
    assert fast == outcome(lambda: READER.read_batch(as_text.content, ME))
    return "orders"


def test_places_that_a_damaged_process_invents_are_errors() -> None:
    good = read_table(ARROW, body_of(ARROW, usual(2)))
    for name, value in (("payee", 99), ("currency", 99), ("payer", 99)):
        rows = good.rows.copy()
        rows[name] = value
        bad = TableRead(AnswerKind.ROWS, good.head, rows.tobytes())
        with pytest.raises(IndexError):
            _Columns(bad, READER.directory, READER.currencies).commands(BANKS[0])
    assert ROW["payer"].kind == "i"
    assert NONE == -1


def test_a_process_answers_one_question_after_the_other_until_they_end() -> None:
    bodies = [(ARROW, False, body_of(ARROW, usual(2))), (TableForm.PARQUET, True, b"x")]
    bodies.append((TableForm.PARQUET, True, body_of(TableForm.PARQUET, usual(1))))
    asked = b"".join(QUESTION.pack(form, text, len(body)) + body for form, text, body in bodies)
    answers = io.BytesIO()
    serve(io.BytesIO(asked + b"\1"), answers)
    answers.seek(0)
    for form, as_text, body in bodies:
        kind, head, content = ANSWER.unpack(answers.read(ANSWER.size))
        found = TableRead(AnswerKind(kind), answers.read(head), answers.read(content))
        expected = read_table(form, body, as_text=as_text)
        assert (found.kind, found.head, found.content) == (
            expected.kind,
            expected.head,
            expected.content,
        )
    assert answers.read() == b""


def test_a_table_without_columns_has_no_orders() -> None:
    assert from_table(ARROW, pl.DataFrame()) == from_json([])
    nothing = pl.DataFrame({"uetr": pl.Series([None, None], dtype=pl.Null)})
    assert from_table(ARROW, nothing) == from_json([{}, {}])
