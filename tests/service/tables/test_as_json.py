"""A table gives the same orders, and the same refusals, as the JSON that it stands for."""

import random
from typing import Any

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from skontro.engine import to_records
from skontro.service.api.order_reader import OrderReader
from skontro.service.api.order_schemas import MAX_ORDERS
from skontro.service.api.problems import Problem
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.requests import ReadOrders
from skontro.service.tables.table_orders import read_orders_of_table
from skontro.service.tables.table_process import read_table
from skontro.service.tables.transfer import AnswerKind, TableForm, TableRead
from tests.draws import examples
from tests.service.systems import BANKS, directory, order
from tests.service.tables.drawn_tables import (
    Row,
    body_of,
    drawn_rows,
    json_of,
    table_of,
    typed,
)

_DIRECTORY = directory()
READER = OrderReader(lambda: _DIRECTORY)
ME = Identity("Person 1", BANKS[0], 0, "participant")


class Here:
    """Reads tables in this process, and notes how."""

    def __init__(self) -> None:
        self.kinds: list[AnswerKind] = []

    def read(self, form: TableForm, body: bytes, *, as_text: bool = False) -> TableRead:
        found = read_table(form, body, as_text=as_text)
        self.kinds.append(found.kind)
        return found

    def stop(self) -> None:
        """Nothing runs elsewhere."""


def outcome(read: Any) -> object:
    try:
        orders: ReadOrders = read()
    except Problem as problem:
        return problem.document()
    return to_records(orders.commands).tobytes(), orders.details


def from_table(form: TableForm, table: pl.DataFrame, here: Here | None = None) -> object:
    body = body_of(form, table)
    return outcome(lambda: read_orders_of_table(READER, here or Here(), form, body, ME))


def from_json(rows: list[Row]) -> object:
    return outcome(lambda: READER.read_batch(json_of(rows), ME))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_rows(), st.sampled_from(TableForm), st.data())
def test_a_table_is_read_as_its_json(rows: list[Row], form: TableForm, data: Any) -> None:
    expected = from_json(rows)
    table = table_of(rows)
    assert from_table(form, table) == expected
    assert from_table(form, typed(table, data.draw)) == expected


def usual(count: int, **columns: Any) -> pl.DataFrame:
    rows = [order(1 - 1, 1 + one % 2, f"{one + 1}.00") for one in range(count)]
    return pl.DataFrame(rows).with_columns(**columns)


def test_usual_tables_are_read_without_json() -> None:
    here, leg = Here(), str(order()["uetr"])
    table = usual(
        3,
        payment_class=pl.Series(["high", None, "urgent"]),
        payment_type=pl.Series(["interbank", None, "customer"]),
        earliest_at=pl.Series([None, "2026-11-24T10:00:00Z", None]),
        latest_at=pl.Series(["2026-11-24T10:00:00.5+05:00", None, None]),
        value_date=pl.Series(["2026-11-25", None, None]),
        counterleg=pl.Series([leg, None, None]),
        counterleg_payer=pl.Series([BANKS[1], None, None]),
        counterleg_payee=pl.Series([BANKS[0], None, None]),
        counterleg_currency=pl.Series(["RUB", None, None]),
        counterleg_amount=pl.Series(["2.5", None, None]),
    )
    rows = table.rows(named=True)
    assert from_table(TableForm.ARROW, table, here) == from_json(rows)
    assert here.kinds == [AnswerKind.ROWS]
    commands = READER.read_batch(json_of(rows), ME).commands
    assert commands.counterleg_amount.tolist() == [250, 0, 0]
    assert commands.payment_class.tolist() == [1, 2, 0]


@pytest.mark.parametrize("form", TableForm)
def test_the_most_rows_that_a_batch_may_have(form: TableForm) -> None:
    here = Here()
    table = usual(5)
    many = pl.concat([table] * (MAX_ORDERS // 5))
    draw = random.Random(7)
    uetrs = [draw.getrandbits(128).to_bytes(16, "big") for _ in range(MAX_ORDERS)]
    for place, one in enumerate(uetrs):
        uetrs[place] = one[:6] + bytes([0x40 | one[6] & 15, one[7], 0x80 | one[8] & 63]) + one[9:]
    many = many.with_columns(uetr=pl.Series(uetrs))
    found: Any = from_table(form, many, here)
    assert here.kinds == [AnswerKind.ROWS]
    assert len(np.frombuffer(found[0], np.uint8)) == MAX_ORDERS * to_records_size()
    more = pl.concat([many, usual(1).with_columns(uetr=pl.lit(b"\1" * 16))])
    assert from_table(form, more) == from_json([order() for _ in range(MAX_ORDERS + 1)])  # type: ignore[list-item]
    assert from_table(form, many.head(0)) == from_json([])


def to_records_size() -> int:
    return to_records(READER.read_batch(json_of([order()]), ME).commands).itemsize  # type: ignore[list-item]
