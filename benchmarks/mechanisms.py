"""Each liquidity-saving mechanism on the same scarce day, beside a plain retry of the queue.

The plain retry is gross settlement: when an account is credited, the head of its queue is tried
again. It is what simulators without offsetting do, and the floor for all others here.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from benchmarks.measuring import Cell, Findings, interleave, stopwatch
from benchmarks.workload import BATCH, Payments, draw_payments, liquidity, open_engine
from skontro.engine import Commands, Engine, EventKind, join, offset, open_day
from skontro.model import Algorithm, Bypass, Rulebook, WhenQueued

#: Runs at set times divide the day into so many parts.
RUNS_OF_DAY: Final = 36


@attrs.frozen
class Design:
    """A rulebook, and the algorithm that runs at set times beside it, if any."""

    rulebook: Rulebook = attrs.field(factory=Rulebook)
    scheduled: Algorithm | None = None


DESIGNS: Final[Mapping[str, Design]] = {
    "plain retry of the queue": Design(),
    "offsetting on entry": Design(Rulebook(offset_on_entry=True)),
    "bypass": Design(Rulebook(bypass=Bypass())),
    "all or nothing, 36 times": Design(scheduled=Algorithm.ALL_OR_NOTHING),
    "greatest FIFO set, 36 times": Design(scheduled=Algorithm.GREATEST_FIFO_SET),
    "greatest FIFO set, per 10,000 queued": Design(Rulebook(when_queued=WhenQueued(10_000))),
    "bilateral pass, 36 times": Design(scheduled=Algorithm.BILATERAL_PASS),
    "on entry, bypass, greatest FIFO set": Design(
        Rulebook(offset_on_entry=True, bypass=Bypass()), Algorithm.GREATEST_FIFO_SET
    ),
}


@attrs.frozen
class _Settled:
    """What one day settled."""

    seconds: float
    orders: int
    value: int


def _day(payments: Payments, design: Design) -> list[Commands]:
    """The day in batches, with the scheduled runs where they fall."""
    commands, parts = payments.commands(), []
    step = -(-len(payments) // RUNS_OF_DAY)
    for start in range(0, len(payments), step):
        stop = min(start + step, len(payments))
        cuts = [*range(start, stop, BATCH), stop]
        parts += [commands.part(first, end) for first, end in itertools.pairwise(cuts)]
        if design.scheduled is not None:
            run = offset(int(payments.time[stop - 1]), design.scheduled)
            parts[-1] = join([parts[-1], run])
    return parts


def _settle(payments: Payments, parts: Sequence[Commands], engine: Engine) -> _Settled:
    engine.apply(open_day(0))
    seconds, orders, value = 0.0, 0, 0
    for part in parts:
        start = stopwatch()
        events = engine.apply(part)
        seconds += stopwatch() - start
        settled = events["order"][events["kind"] == EventKind.SETTLED]
        orders += len(settled)
        # A batch settles fewer than 2**20 orders of less than 10**12 on average.
        value += int(payments.amount[settled].sum())
    return _Settled(seconds, orders, value)


def by_mechanism(number: int, accounts: int, degree: float, repeats: int) -> Findings:
    """Value settled and speed of each design on the same day."""
    payments = draw_payments(number, accounts)
    balance = int(payments.mean * degree)
    days = {name: _day(payments, design) for name, design in DESIGNS.items()}
    found: dict[str, _Settled] = {}

    def trial(name: str) -> float:
        engine = open_engine([balance] * accounts, DESIGNS[name].rulebook)
        found[name] = _settle(payments, days[name], engine)
        return found[name].seconds

    times = interleave({n: lambda n=n: trial(n) for n in DESIGNS}, repeats)  # type: ignore[misc]
    total = sum(int(payments.amount[i : i + BATCH].sum()) for i in range(0, number, BATCH))
    plain = times["plain retry of the queue"].median
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            100 * settled.orders / number,
            100 * settled.value / total,
            number / times[name].median / 1e6,
            times[name].median / plain,
        )
        for name, settled in found.items()
    ]
    return Findings(
        name=f"mechanisms-{accounts}",
        title=f"Mechanisms: {number:,} payments, {accounts:,} accounts, opening balance "
        f"{liquidity(degree)} times the mean payment",
        columns=(
            "mechanism",
            "orders settled %",
            "value settled %",
            "million payments a second",
            "time / plain retry",
        ),
        rows=rows,
        notes=(f"{repeats} turns, medians; time inside Engine.apply, runs included.",),
    )
