"""What one order costs while the queue holds a thousand, or a million: it must not matter."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.measuring import Cell, Findings, Times, interleave, timed
from benchmarks.workload import BATCH, in_parts, open_engine
from skontro.engine import Commands, Engine, open_day, submit
from skontro.model import InvariantBroken

_PAYERS = 1_000
_RICH = _PAYERS
_SECOND_RICH = _PAYERS + 1
_PLENTY = 10**15


def _orders(payer: object, payee: object, number: int) -> Commands:
    """Orders of one minor unit each; payer and payee are numbers or columns."""
    return submit(
        time=np.zeros(number, np.int64),
        payer=np.broadcast_to(np.asarray(payer, np.int32), number),
        payee=np.broadcast_to(np.asarray(payee, np.int32), number),
        amount=np.ones(number, np.int64),
        payment_class=np.full(number, 2, np.int8),
    )


def _engine() -> Engine:
    engine = open_engine([0] * _PAYERS + [_PLENTY, _PLENTY])
    engine.apply(open_day(0))
    return engine


def _apply(engine: Engine, commands: Commands) -> float:
    return sum(timed(lambda part=part: engine.apply(part)) for part in in_parts(commands))  # type: ignore[misc]


def _ring(length: int) -> Commands:
    """Order k goes from account k to account k + 1 modulo the payers; none of them has money."""
    payer = np.arange(length, dtype=np.int32) % _PAYERS
    return _orders(payer, (payer + 1) % _PAYERS, length)


def _expect(engine: Engine, queued: int) -> None:
    if engine.queued != queued:
        evidence = f"{engine.queued} orders are queued, not {queued}"
        raise InvariantBroken("the benchmark measures what it says", evidence)


def join(length: int) -> float:
    """Seconds per order to join the queues, until they hold this many."""
    engine = _engine()
    seconds = _apply(engine, _ring(length))
    _expect(engine, length)
    return seconds / length


def pass_by(length: int, number: int) -> float:
    """Seconds per order that settles at once while this many wait elsewhere."""
    engine = _engine()
    _apply(engine, _ring(length))
    passing = _orders(_RICH, _SECOND_RICH, number)
    _apply(engine, passing)  # makes room that the next ones find
    seconds = _apply(engine, passing)
    _expect(engine, length)
    return seconds / number


def turn_over(length: int, number: int) -> float:
    """Seconds per pair: an order joins the end of one queue, and a credit releases its head."""
    engine = _engine()
    _apply(engine, _orders(0, _RICH, length))
    pairs = np.tile(np.array([[0, _RICH], [_RICH, 0]], np.int32), (number, 1))
    turning = _orders(pairs[:, 0], pairs[:, 1], 2 * number)
    _apply(engine, turning)  # makes room that the next ones find
    seconds = _apply(engine, turning)
    _expect(engine, length)
    return seconds / number


def cascade(length: int) -> float:
    """Seconds per order to settle all of a thousand queues, hop by hop, by one minor unit."""
    engine = _engine()
    _apply(engine, _ring(length))
    seconds = _apply(engine, _orders(_RICH, 0, 1))
    _expect(engine, 0)
    return seconds / length


def _one_call() -> float:
    engine = _engine()
    return timed(lambda: engine.apply(_orders(_RICH, _SECOND_RICH, 1)))


def by_queue_length(lengths: Sequence[int], number: int, repeats: int) -> Findings:
    """Nanoseconds per order against the number of orders that wait."""
    rows: list[tuple[Cell, ...]] = []
    fixed = interleave({"call": _one_call}, max(repeats, 7))["call"]
    for length in lengths:
        trials: dict[str, Callable[[], float]] = {
            "join": lambda n=length: join(n),  # type: ignore[misc]
            "pass by": lambda n=length: pass_by(n, number),  # type: ignore[misc]
            "turn over": lambda n=length: turn_over(n, number),  # type: ignore[misc]
            "cascade": lambda n=length: cascade(n),  # type: ignore[misc]
        }
        times = interleave(trials, repeats)
        rows.append((f"{length:,}", *(_nanoseconds(times[name]) for name in trials)))
    return Findings(
        name="queue-length",
        title="Nanoseconds per order by the number of orders that wait",
        columns=(
            "waiting",
            "joins the queue",
            "settles at once beside it",
            "one joins, one is released",
            "mass release by one payment",
        ),
        rows=rows,
        notes=(
            f"Medians of {repeats}, in brackets best and worst. One queue of all the orders in "
            f"the third column, {_PAYERS:,} queues in the others; batches of {BATCH:,}.",
            f"Each call of apply costs {fixed.median * 1e6:.0f} microseconds by itself: that is "
            "in every figure, and most of those for short queues.",
            "Room for waiting orders grows fourfold when it runs out, and is copied: that "
            "is in the first column, and is done before the clock starts in the second and third.",
            "A million waiting orders fill 16 MB, more than the nearer caches hold.",
        ),
    )


def _nanoseconds(times: Times) -> str:
    return f"{times.median * 1e9:.1f} ({times.best * 1e9:.1f}-{times.worst * 1e9:.1f})"
