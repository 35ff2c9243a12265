"""Time and memory for up to a hundred million payments, each size in a fresh process."""

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np

from benchmarks.kernel import opening_balance
from benchmarks.measuring import Cell, Findings, stopwatch
from benchmarks.workload import BATCH, draw_payments, liquidity, open_engine, same_scarcity
from skontro.engine import EventKind, open_day
from skontro.model import InvariantBroken

_ROOT = Path(__file__).parent.parent
_KIBIBYTE = 1024


@attrs.frozen
class ScaleRun:
    """What one size took.

    Attributes:
        engine_seconds: inside `Engine.apply`.
        wall_seconds: the same with the cutting of batches and the counting of events.
        settled, queued: events counted.
        left: orders in the queues at the end.
        payments_bytes: peak memory of the process once the payments are drawn.
        peak_bytes: peak memory of the process at the end.
    """

    engine_seconds: float
    wall_seconds: float
    settled: int
    queued: int
    left: int
    payments_bytes: int
    peak_bytes: int


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE


def measure_here(number: int, accounts: int, degree: float) -> ScaleRun:
    """Draw the payments, settle them batch by batch, count the events and drop them."""
    payments = draw_payments(number, accounts)
    engine = open_engine([opening_balance(payments, degree)] * accounts)
    commands = payments.commands()
    payments_bytes = _peak_bytes()
    engine.apply(open_day(0))
    counts = np.zeros(max(EventKind) + 1, np.int64)
    engine_seconds = 0.0
    begin = stopwatch()
    for start in range(0, number, BATCH):
        part = commands.part(start, start + BATCH)
        before = stopwatch()
        events = engine.apply(part)
        engine_seconds += stopwatch() - before
        counts += np.bincount(events["kind"], minlength=len(counts))
    wall_seconds = stopwatch() - begin
    settled = int(counts[EventKind.SETTLED])
    if settled + engine.queued != number:
        evidence = f"{settled} settled, {engine.queued} queued of {number}"
        raise InvariantBroken("every payment is settled or queued", evidence)
    queued = int(counts[EventKind.QUEUED])
    return ScaleRun(
        engine_seconds,
        wall_seconds,
        settled,
        queued,
        engine.queued,
        payments_bytes,
        _peak_bytes(),
    )


def _measure_in_fresh_process(number: int, accounts: int, degree: float) -> ScaleRun:
    arguments = [str(number), str(accounts), str(degree)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return ScaleRun(**json.loads(done.stdout))


def at_scale(
    sizes: Sequence[int], accounts: int, degrees: Sequence[float], repeats: int
) -> Findings:
    """Every size and degree in processes of their own, in turns; the median by engine time.

    A degree is that of the smallest size; larger ones are as scarce (see `same_scarcity`).
    """
    cases = [
        (same_scarcity(degree, size, min(sizes)), size) for degree in degrees for size in sizes
    ]
    runs: dict[tuple[float, int], list[ScaleRun]] = {case: [] for case in cases}
    for _ in range(repeats):
        for degree, size in cases:
            runs[degree, size].append(_measure_in_fresh_process(size, accounts, degree))
    return Findings(
        name=f"scale-{'-'.join(liquidity(degree) for degree in degrees)}",
        title=f"Time and memory at scale: {accounts:,} accounts, each size in a fresh process",
        columns=(
            "opening balance / mean payment",
            "payments",
            "queued %",
            "left in queues %",
            "engine, s",
            "worst, s",
            "with counting, s",
            "million/s",
            "payments alone, GiB",
            "peak, GiB",
            "bytes per payment",
        ),
        rows=[_row(degree, size, runs[degree, size]) for degree, size in cases],
        notes=(
            f"Medians of {repeats} runs; batches of {BATCH:,}; events counted and dropped.",
            "Payments are held in memory as columns of 26 bytes. Peak memory is that of the whole "
            "process: interpreter and libraries, payments, engine, events of one batch.",
        ),
    )


def _row(degree: float, size: int, runs: Sequence[ScaleRun]) -> tuple[Cell, ...]:
    ordered = sorted(runs, key=lambda run: run.engine_seconds)
    run = ordered[len(ordered) // 2]
    return (
        liquidity(round(degree)),
        size,
        100 * run.queued / size,
        100 * run.left / size,
        run.engine_seconds,
        ordered[-1].engine_seconds,
        run.wall_seconds,
        size / run.engine_seconds / 1e6,
        run.payments_bytes / 2**30,
        run.peak_bytes / 2**30,
        run.peak_bytes / size,
    )


if __name__ == "__main__":
    _number, _accounts, _degree = sys.argv[1:]
    _run = measure_here(int(_number), int(_accounts), float(_degree))
    print(json.dumps(attrs.asdict(_run)))
