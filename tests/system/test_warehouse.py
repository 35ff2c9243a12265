"""The warehouse beside a plain list: the same orders wait, and the same bytes are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.engine import COMMAND, from_records, to_records
from skontro.ledger.postgres.tables import Records
from skontro.system.warehouse import Warehouse

#: So few UETRs that some come twice.
UETRS = st.integers(1, 40).map(lambda number: number.to_bytes(16, "big"))
ADDED = st.lists(st.tuples(UETRS, st.integers(1, 6)), min_size=1, max_size=30)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ADDED),
        st.tuples(st.just("cancel"), UETRS),
        st.tuples(st.just("due"), st.integers(0, 6)),
        st.tuples(st.just("again"), st.none()),
    ),
    max_size=30,
)


def rows_of(orders: list[tuple[bytes, int]], first: int = 0) -> Records:
    rows = np.zeros(len(orders), COMMAND)
    rows["uetr"] = np.frombuffer(b"".join(uetr for uetr, _ in orders), "V16")
    rows["value_date"] = [date for _, date in orders]
    rows["amount"] = np.arange(first, first + len(orders))
    return rows


@given(STEPS)
def test_it_holds_what_a_list_that_is_searched_holds(steps: list) -> None:
    warehouse, plain, count = Warehouse(), np.zeros(0, COMMAND), 0
    for what, value in steps:
        if what == "add":
            rows = rows_of(value, count)
            count += len(rows)
            warehouse.add(from_records(rows))
            plain = np.concatenate([plain, rows])
        elif what == "cancel":
            meant = np.array([row["uetr"].tobytes() == value for row in plain], np.bool_)
            assert warehouse.cancel(value) == meant.any()
            plain = plain[~meant]
        elif what == "due":
            due = plain["value_date"] <= value
            assert to_records(warehouse.take_due(value)).tobytes() == plain[due].tobytes()
            plain = plain[~due]
        else:
            warehouse = Warehouse.from_bytes(warehouse.to_bytes())
        assert len(warehouse) == len(plain)
        assert warehouse.records.tobytes() == plain.tobytes()
        assert warehouse.to_bytes() == plain.tobytes()


def _full(count: int) -> Warehouse:
    warehouse = Warehouse()
    warehouse.add(
        from_records(rows_of([(number.to_bytes(16, "big"), 9) for number in range(count)]))
    )
    return warehouse


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_a_cancellation_touches_no_other_order(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = _full(count)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("looks through all orders")

    for name in ("flatnonzero", "delete", "concatenate", "zeros"):
        monkeypatch.setattr(np, name, refused)
    monkeypatch.setattr(Warehouse, "records", property(refused))
    assert warehouse.cancel((7).to_bytes(16, "big"))
    assert not warehouse.cancel((7).to_bytes(16, "big"))
    assert len(warehouse) == count - 1


@pytest.mark.long
def test_gaps_are_closed_so_that_coming_and_going_needs_no_more_room() -> None:
    warehouse, longest = _full(10), 0
    for number in range(100, 20_100):
        uetr = number.to_bytes(16, "big")
        warehouse.add(from_records(rows_of([(uetr, 9)])))
        assert warehouse.cancel(uetr)
        longest = max(longest, len(warehouse._rows))
    assert len(warehouse) == 10
    assert longest < 10_000
