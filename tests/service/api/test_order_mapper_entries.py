"""First outcomes of many orders as JSON: the same bytes as of each by itself."""

import numpy as np
import pytest
from pydantic_core import to_json

from skontro.engine import uetr_text
from skontro.ledger.order_records import ORDER, STATUSES
from skontro.model import ReasonCode
from skontro.service.api.order_mapper import OrderMapper, uetr_texts


def mapper() -> OrderMapper:
    return object.__new__(OrderMapper)


def orders(count: int, draw: np.random.Generator) -> np.ndarray:
    made = np.zeros(count, ORDER)
    made["uetr"] = np.frombuffer(draw.bytes(16 * count), "V16")
    made["entry_status"] = draw.integers(0, len(STATUSES), count)
    made["entry_reason"] = draw.choice([0, int(ReasonCode.INSUFFICIENT_LIQUIDITY), 32_000], count)
    made["entry_time"] = draw.choice([1_795_514_400_000_000, 1_795_514_400_000_001], count)
    made["batch"] = draw.choice([7, 2**40], count)
    return made


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_entries_together_are_as_each_by_itself(count: int) -> None:
    records = orders(count, np.random.default_rng(count))
    each = [mapper().entry_out(one) for one in records]
    assert mapper().entries_out(records) == to_json({"orders": each})


def test_texts_of_uetrs() -> None:
    records = orders(3, np.random.default_rng(1))["uetr"]
    records[0] = np.void(bytes(range(16)))
    records[1] = np.void(bytes(16))
    assert uetr_texts(records) == [uetr_text(one.tobytes()).encode() for one in records]
    assert uetr_texts(records[:0]) == []
