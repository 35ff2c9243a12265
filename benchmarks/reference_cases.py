"""The reference queues: which answers a plain retry of the queue reaches, and which ours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import Cell, Findings
from skontro.engine import QueueSnapshot
from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value

_CASES: Final = Path(__file__).parents[1] / "tests" / "offsetting" / "queue_cases.json"
_WORK: Final = 10_000

Selection = npt.NDArray[np.bool_]
_OURS: Final[dict[str, Callable[[QueueSnapshot], Selection]]] = {
    "all_or_nothing": lambda snapshot: all_or_nothing(snapshot).selected(snapshot),
    "fifo_max": lambda snapshot: greatest_fifo_set(snapshot).selected(snapshot),
    "max_value": lambda snapshot: maximum_value(snapshot, _WORK).selected,
}


def reference_cases() -> Findings:
    """How many of the reference answers each reaches, by kind of answer."""
    cases = json.loads(_CASES.read_text(encoding="utf-8"))["cases"]
    rows: list[tuple[Cell, ...]] = []
    for solution, ours in _OURS.items():
        of_kind = [case for case in cases if case["solution"] == solution]
        snapshots = [_snapshot(case) for case in of_kind]
        values = [case["value"] for case in of_kind]
        reached = [int(s.amount[ours(s)].sum()) for s in snapshots]
        retried = [int(s.amount[_plain_retry(s)].sum()) for s in snapshots]
        rows.append(
            (
                solution,
                len(of_kind),
                sum(a == b for a, b in zip(retried, values, strict=True)),
                sum(a == b for a, b in zip(reached, values, strict=True)),
                100 * sum(retried) / sum(values),
                100 * sum(reached) / sum(values),
            )
        )
    return Findings(
        name="reference-cases",
        title="Reference queues: answers reached",
        columns=(
            "answer asked for",
            "cases",
            "plain retry",
            "Skontro",
            "value of plain retry %",
            "value of Skontro %",
        ),
        rows=rows,
        notes=("Plain retry: settle the head of any queue that has cover, until none has.",),
    )


def _snapshot(case: dict[str, Any]) -> QueueSnapshot:
    names = [participant["id"] for participant in case["participants"]]
    cover = [p["balance"] - min(p["balance"], -p.get("credit", 0)) for p in case["participants"]]
    queue = sorted(
        case["queue"], key=lambda order: (names.index(order["from"]), -order["priority"])
    )
    return QueueSnapshot.of(
        np.array([names.index(order["from"]) for order in queue], np.int32),
        np.array([names.index(order["to"]) for order in queue], np.int32),
        np.array([order["amount"] for order in queue], np.int64),
        np.array(cover, np.int64),
    )


def _plain_retry(snapshot: QueueSnapshot) -> Selection:
    settled = np.zeros(len(snapshot), np.bool_)
    cover, head = snapshot.cover.copy(), snapshot.first[:-1].copy()
    moved = True
    while moved:
        moved = False
        for account in range(len(cover)):
            while (
                head[account] < snapshot.first[account + 1]
                and cover[account] >= snapshot.amount[head[account]]
            ):
                row = head[account]
                settled[row] = moved = True
                cover[account] -= snapshot.amount[row]
                cover[snapshot.payee[row]] += snapshot.amount[row]
                head[account] += 1
    return settled
