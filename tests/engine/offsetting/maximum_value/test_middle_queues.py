"""The largest value of queues of 30 to 70 orders, as another solver found it.

`middle_queues.json` holds the queues and the values that CP-SAT 9.15 proved, from the rules as
they stand: see `benchmarks/middle_queues.py`, which draws and solves them.
"""

import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.records import UNLIMITED
from tests.engine.offsetting.small_queues import permitted

_QUEUES = json.loads((Path(__file__).parent / "middle_queues.json").read_text(encoding="utf-8"))


def snapshot_of(queues: dict[str, Any]) -> QueueSnapshot:
    """The snapshot of one case."""
    payer, payment_class, payee, amount = np.array(queues["orders"], np.int64).T
    limits = [UNLIMITED if limit is None else limit for limit in queues["net_sender_limit"]]
    return attrs.evolve(
        QueueSnapshot.of(
            payer.astype(np.int32),
            payee.astype(np.int32),
            amount.copy(),
            np.array(queues["cover"], np.int64),
        ),
        payment_class=payment_class.astype(np.int8),
        reserved=np.array(queues["reserved"], np.int64),
        net_left=np.array(limits, np.int64),
    )


def check(queues: dict[str, Any]) -> None:
    """Proven, permitted, and worth what the other solver says: at the least budget already."""
    snapshot = snapshot_of(queues)
    found = maximum_value(snapshot, 1)
    assert found.value == found.bound == queues["value"], queues["seed"]
    assert found.value == int(snapshot.amount[found.selected].sum())
    assert permitted(snapshot, found.selected[None, :])[0], queues["seed"]


@pytest.mark.long
def test_a_few_are_worth_what_another_solver_says() -> None:
    quick = [queues for queues in _QUEUES["queues"] if queues["seed"] < 12]
    better = 0
    for queues in quick:
        check(queues)
        better += greatest_fifo_set(snapshot_of(queues)).value < queues["value"]
    assert better >= 5, better


@pytest.mark.long
def test_all_sixty_are_worth_what_another_solver_says() -> None:
    assert len(_QUEUES["queues"]) == 60
    for queues in _QUEUES["queues"]:
        check(queues)
