"""Payments per second of the engine beside a floor: a loop that only changes the balances."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numba
import numpy as np
import numpy.typing as npt

from benchmarks.measuring import Cell, Findings, Times, interleave, stopwatch, timed
from benchmarks.workload import (
    AMPLE,
    BATCH,
    Payments,
    draw_payments,
    in_parts,
    liquidity,
    open_engine,
    same_scarcity,
)
from skontro.engine import Commands, EventKind, open_day
from skontro.engine.capacity import ensure_capacity
from skontro.engine.command_loop import apply_columns

# Numba's published types do not fit what it accepts.
_numba: Any = numba

#: Opening balance of every account as a multiple of the mean payment, from ample to almost nothing.
DEGREES = (AMPLE, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.1)

_INSIDE = (
    "Kernel: the compiled loop over the commands alone.",
    "Engine time is the time inside Engine.apply: checks of the batch, room for what it can need, "
    "the kernel, the invariants checked in production, and the events as an array.",
    "Outside it: reading files, drawing payments, cutting columns into batches (no copy), "
    "and whatever is done with the events afterwards.",
)


@_numba.njit  # type: ignore[untyped-decorator]
def _change_balances(
    balances: npt.NDArray[np.int64],
    payers: npt.NDArray[np.int32],
    payees: npt.NDArray[np.int32],
    amounts: npt.NDArray[np.int64],
) -> None:
    for i in range(len(payers)):
        balances[payers[i]] -= amounts[i]
        balances[payees[i]] += amounts[i]


def _floor(payments: Payments, accounts: int) -> float:
    balances = np.full(accounts, 10**17, np.int64)
    return timed(
        lambda: _change_balances(balances, payments.payer, payments.payee, payments.amount)
    )


def opening_balance(payments: Payments, degree: float) -> int:
    """Minor units for each account; the degree is a float, the balance is rounded to an integer."""
    return int(payments.mean * degree)


def apply_all(
    parts: Sequence[Commands], balances: Sequence[int], look: Callable[[Any], None] | None = None
) -> float:
    """Seconds inside `Engine.apply` for all the parts, from a fresh engine on an opened day.

    Args:
        parts: the batches, in turn.
        balances: opening balances in minor units.
        look: given the events of each batch, outside the time that counts.
    """
    engine = open_engine(balances)
    engine.apply(open_day(0))
    seconds = 0.0
    for part in parts:
        start = stopwatch()
        events = engine.apply(part)
        seconds += stopwatch() - start
        if look is not None:
            look(events)
    return seconds


def kernel_alone(parts: Sequence[Commands], balances: Sequence[int]) -> float:
    """Seconds inside the compiled kernel for all the parts, from a fresh engine."""
    engine = open_engine(balances)
    engine.apply(open_day(0))
    seconds = 0.0
    for part in parts:
        columns = part.columns
        state = engine._state = ensure_capacity(engine._state, part.kind)
        state.counters[0]["events"] = 0
        start = stopwatch()
        apply_columns(columns, state, 0)
        seconds += stopwatch() - start
    return seconds


@attrs.define
class QueueWatch:
    """Follows the queue through the events, order by order.

    Attributes:
        waiting: by order number, whether it ever queued.
        queued: how many orders ever queued.
        length: of all queues together, now.
        peak: the longest they ever were together.
        left: how many orders never settled, at the end of the events so far.
    """

    waiting: npt.NDArray[np.bool_]
    queued: int = 0
    length: int = 0
    peak: int = 0

    def look(self, events: npt.NDArray[Any]) -> None:
        """Take the events of one batch into account."""
        joins = events["kind"] == EventKind.QUEUED
        self.waiting[events["order"][joins]] = True
        leaves = (events["kind"] == EventKind.SETTLED) & self.waiting[events["order"]]
        lengths = self.length + np.cumsum(joins.astype(np.int64) - leaves)
        self.queued += int(joins.sum())
        if len(lengths):
            self.length, self.peak = int(lengths[-1]), max(self.peak, int(lengths.max()))


def _queues(parts: Sequence[Commands], balances: Sequence[int], number: int) -> QueueWatch:
    watch = QueueWatch(np.zeros(number, np.bool_))
    apply_all(parts, balances, watch.look)
    return watch


def against_floor(number: int, accounts: int, degrees: Sequence[float], repeats: int) -> Findings:
    """The engine at several degrees of liquidity, each in turns with the floor."""
    payments = draw_payments(number, accounts)
    parts = in_parts(payments.commands())
    rows: list[tuple[Cell, ...]] = []
    for degree in degrees:
        balances = [opening_balance(payments, degree)] * accounts
        watch = _queues(parts, balances, number)
        times = interleave(
            {
                "floor": lambda: _floor(payments, accounts),
                "kernel": lambda given=balances: kernel_alone(parts, given),  # type: ignore[misc]
                "engine": lambda given=balances: apply_all(parts, given),  # type: ignore[misc]
            },
            repeats,
        )
        rows.append(_row(degree, number, watch, times))
    return Findings(
        name=f"kernel-{accounts}-accounts",
        title=f"Engine beside the floor: {number:,} payments, {accounts:,} accounts",
        columns=(
            "opening balance / mean payment",
            "queued %",
            "peak queue",
            "unsettled %",
            "floor, million/s",
            "kernel, million/s",
            "engine, million/s",
            "engine, best",
            "engine, worst",
            "kernel / floor time",
            "engine / floor time",
        ),
        rows=rows,
        notes=(f"{repeats} turns, medians; batches of {BATCH:,}.", *_INSIDE),
    )


def _row(
    degree: float, number: int, watch: QueueWatch, times: Mapping[str, Times]
) -> tuple[Cell, ...]:
    millions = number / 1e6
    floor, kernel, engine = times["floor"], times["kernel"], times["engine"]
    return (
        liquidity(degree),
        100 * watch.queued / number,
        watch.peak,
        100 * watch.length / number,
        millions / floor.median,
        millions / kernel.median,
        millions / engine.median,
        millions / engine.best,
        millions / engine.worst,
        kernel.median / floor.median,
        engine.median / floor.median,
    )


def growing(
    sizes: Sequence[int], accounts: int, degrees: Sequence[float], repeats: int
) -> Findings:
    """Nanoseconds per payment as payments grow, as scarce throughout as the smallest size is."""
    payments = draw_payments(max(sizes), accounts)
    rows: list[tuple[Cell, ...]] = []
    for degree in degrees:
        for size in sizes:
            scaled = same_scarcity(degree, size, min(sizes))
            balances = [opening_balance(payments, scaled)] * accounts
            parts = in_parts(payments.first(size).commands())
            watch = _queues(parts, balances, size)
            times = interleave(
                {"engine": lambda p=parts, b=balances: apply_all(p, b)},  # type: ignore[misc]
                repeats,
            )["engine"]
            nanoseconds = 1e9 / size
            rows.append(
                (
                    liquidity(round(scaled)),
                    size,
                    100 * watch.queued / size,
                    watch.peak,
                    times.median * nanoseconds,
                    times.best * nanoseconds,
                    times.worst * nanoseconds,
                )
            )
    return Findings(
        name="kernel-growing",
        title=f"Engine time per payment as payments grow: {accounts:,} accounts",
        columns=(
            "opening balance / mean payment",
            "payments",
            "queued %",
            "peak queue",
            "ns per payment",
            "best",
            "worst",
        ),
        rows=rows,
        notes=(f"{repeats} turns, medians; batches of {BATCH:,}.",),
    )
