"""The greatest FIFO set of long queues, beside one look at every queued order."""

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from benchmarks.measuring import Cell, Findings, interleave, timed
from benchmarks.workload import draw_payments
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot

# Numba's published types do not fit what it accepts.
_numba: Any = numba


@_numba.njit  # type: ignore[untyped-decorator]
def _look_at_each(
    positions: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    payees: npt.NDArray[np.int32],
    amounts: npt.NDArray[np.int64],
) -> None:
    for payer in range(len(positions)):
        for i in range(first[payer], first[payer + 1]):
            positions[payer] -= amounts[i]
            positions[payees[i]] += amounts[i]


def queued_payments(number: int, accounts: int, percent: int) -> QueueSnapshot:
    """Drawn payments as queues; each account's cover is so many per cent of the mean queue."""
    payments = draw_payments(number, accounts)
    order = np.argsort(payments.payer, kind="stable")
    cover = int(payments.amount.sum()) * percent // (100 * accounts)
    return QueueSnapshot.of(
        payments.payer[order],
        payments.payee[order],
        payments.amount[order],
        np.full(accounts, cover, np.int64),
    )


def by_queued_orders(
    sizes: Sequence[int], accounts: int, percents: Sequence[int], repeats: int
) -> Findings:
    """Milliseconds for the greatest FIFO set by number of orders and by cover."""
    rows: list[tuple[Cell, ...]] = []
    for size in sizes:
        for percent in percents:
            snapshot = queued_payments(size, accounts, percent)
            found = greatest_fifo_set(snapshot)
            times = interleave(
                {
                    "look": lambda s=snapshot: timed(  # type: ignore[misc]
                        lambda: _look_at_each(s.cover.copy(), s.first, s.payee, s.amount)
                    ),
                    "set": lambda s=snapshot: timed(  # type: ignore[misc]
                        lambda: greatest_fifo_set(s)
                    ),
                },
                repeats,
            )
            rows.append(
                (
                    f"{size:,}",
                    percent,
                    100 * int(found.settled.sum()) / size,
                    100 * found.value / int(snapshot.amount.sum()),
                    times["look"].median * 1e3,
                    times["set"].median * 1e3,
                    times["set"].median / times["look"].median,
                )
            )
    return Findings(
        name="greatest-fifo-set",
        title=f"Greatest FIFO set: {accounts:,} accounts",
        columns=(
            "queued orders",
            "cover / mean queue, %",
            "orders settled %",
            "value settled %",
            "one look at each, ms",
            "greatest FIFO set, ms",
            "set / look",
        ),
        rows=rows,
        notes=(f"{repeats} turns, medians; from a snapshot of the queues in memory.",),
    )
