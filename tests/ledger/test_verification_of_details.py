"""Columns that come from details are computed again: a writer that erred is found."""

from typing import Any

import numpy as np
import pytest

from skontro.engine import from_records
from skontro.ledger import make_entry
from skontro.ledger.entry import Entry, own_request
from skontro.ledger.verification import _check_details, _Different
from skontro.model import InputError, Party, PaymentDetails
from skontro.system import Batch, BatchKind, details_columns
from tests.system.test_screening_holds import rows_of

FULL = Party(name="Anna", account="KZ1", address=["Abai 1"])
DETAILS = PaymentDetails(purpose="GDDS", parties=[("debtor", FULL), ("creditor", FULL)])
OTHERS = PaymentDetails(purpose="SALA", parties=[("debtor", FULL)])
TEXTS = {one.digest: one.to_bytes() for one in (DETAILS, OTHERS)}


def entry(kind: BatchKind = BatchKind.ORDERS, **wrong: Any) -> Entry:
    """Two orders with details and one without, as read, apart from what is wrong."""
    rows = rows_of(1, 1, 1, travel_rule=0)
    for row, details in zip(rows, (DETAILS, OTHERS, None), strict=True):
        if details is not None:
            row["details"] = np.void(details.digest)
            for name, [value] in details_columns([details]).items():
                row[name] = np.void(value) if isinstance(value, bytes) else value
    for name, (place, value) in wrong.items():
        rows[name][place] = value
    return make_entry(7, Batch(kind, 1, from_records(rows)), own_request(3), bytes(32))


def test_columns_as_the_details_give_them_are_right() -> None:
    _check_details(entry(), TEXTS)


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("travel_rule", 0, 0),
        ("travel_rule", 1, 1),
        ("travel_rule", 2, 1),
        ("purpose", 0, 0),
        ("purpose", 1, 5),
        ("purpose", 2, -1),
        ("customer", 0, np.void(b"x" * 32)),
        ("customer", 1, np.void(bytes(32))),
        ("customer", 2, np.void(b"x" * 32)),
    ],
)
def test_each_wrong_column_is_named_with_its_place(name: str, place: int, value: Any) -> None:
    found = f"table command, batch 7, position {place}, column {name}: .* is recorded, the details"
    with pytest.raises(_Different, match=found):
        _check_details(entry(**{name: (place, value)}), TEXTS)
    # Orders that come with a decision or a step were checked when they were submitted.
    _check_details(entry(BatchKind.STEP, **{name: (place, value)}), TEXTS)


@pytest.mark.parametrize(("name", "value"), [("purpose", 5), ("travel_rule", 1)])
def test_a_batch_without_details_has_no_such_columns(name: str, value: int) -> None:
    rows = rows_of(1, travel_rule=0)
    plain = Batch(BatchKind.ORDERS, 1, from_records(rows))
    _check_details(make_entry(7, plain, own_request(1), bytes(32)), {})
    rows[name] = value
    wrong = Batch(BatchKind.ORDERS, 1, from_records(rows))
    with pytest.raises(_Different, match=f"position 0, column {name}: {value} is recorded"):
        _check_details(make_entry(7, wrong, own_request(1), bytes(32)), {})


def test_details_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(InputError, match="details are not the JSON"):
        _check_details(entry(), TEXTS | {DETAILS.digest: b"[]"})
