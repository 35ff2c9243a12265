"""The payment of each order, found by its UETR."""

import polars as pl
import pytest

from skontro.engine import Commands, submit
from skontro.model import InvariantBroken
from skontro.simulation.order_numbers import NO_PAYMENT, rows_of_orders, uetr_column

_FIRST = "11111111-1111-4111-8111-111111111111"
#: Its first half is that of the first.
_LIKE_FIRST = "11111111-1111-4111-8111-222222222222"
_OTHER = "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def _orders(*uetrs: str) -> Commands:
    count = [0] * len(uetrs)
    return submit(count, count, count, count, count, uetr=uetr_column(pl.Series(uetrs)))


def _payments(*uetrs: str) -> pl.DataFrame:
    return pl.DataFrame({"uetr": uetrs})


def test_a_uetr_is_sixteen_bytes() -> None:
    column = uetr_column(pl.Series([_OTHER, None, _FIRST]))
    assert [one.tobytes().hex() for one in column] == [
        _OTHER.replace("-", "").lower(),
        "0" * 32,
        _FIRST.replace("-", ""),
    ]
    assert not len(uetr_column(pl.Series([], dtype=pl.String)))


@pytest.mark.parametrize(
    ("submitted", "rows"),
    [
        ((_FIRST, _LIKE_FIRST, _OTHER), [0, 1, 2]),
        ((_OTHER, _LIKE_FIRST, _FIRST), [2, 1, 0]),
        ((_FIRST, "00000000-0000-4000-8000-000000000000", _OTHER, _LIKE_FIRST), [0, -1, 2, 1]),
    ],
)
def test_each_order_has_the_row_of_its_payment(submitted: tuple[str, ...], rows: list[int]) -> None:
    assert NO_PAYMENT == -1
    payments = _payments(_FIRST, _LIKE_FIRST, _OTHER)
    assert rows_of_orders(payments, _orders(*submitted)).tolist() == rows


def test_payments_in_the_order_of_submission_are_numbered_at_once() -> None:
    assert rows_of_orders(_payments(_FIRST, _OTHER), _orders(_FIRST, _OTHER)).tolist() == [0, 1]


@pytest.mark.parametrize("repeated", [(_FIRST, _FIRST), (_FIRST, _OTHER, _FIRST)])
def test_a_uetr_names_one_order(repeated: tuple[str, ...]) -> None:
    with pytest.raises(InvariantBroken, match="a UETR names one order"):
        rows_of_orders(_payments(*repeated), _orders(*repeated))


def test_every_payment_is_submitted() -> None:
    with pytest.raises(InvariantBroken, match="1 payments have no order"):
        rows_of_orders(_payments(_FIRST, _OTHER), _orders(_FIRST))
