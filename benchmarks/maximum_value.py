"""What the queues settle under each algorithm: all or nothing, greatest FIFO set, maximum value."""

from collections.abc import Sequence

from benchmarks.measuring import Cell, Findings, stopwatch
from benchmarks.offsetting import queued_payments
from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value

#: Orders of the problem that loads the solver and compiles the kernels before the clock runs.
_WARM_UP = 100


def value_by_algorithm(
    number: int, accounts: int, percents: Sequence[int], works: Sequence[int]
) -> Findings:
    """Value settled by cover, and for the maximum value by units of work, with bound and gap."""
    maximum_value(queued_payments(_WARM_UP, 10, 10), 1_000)
    rows: list[tuple[Cell, ...]] = []
    for percent in percents:
        snapshot = queued_payments(number, accounts, percent)
        queued = int(snapshot.amount.sum())
        whole, fifo = all_or_nothing(snapshot), greatest_fifo_set(snapshot)
        for work in works:
            start = stopwatch()
            found = maximum_value(snapshot, work)
            seconds = stopwatch() - start
            rows.append(
                (
                    percent,
                    100 * whole.value / queued,
                    100 * fifo.value / queued,
                    100 * found.value / queued,
                    100 * found.bound / queued,
                    100 * float(found.gap),
                    f"{found.work:,}",
                    seconds,
                )
            )
    return Findings(
        name=f"maximum-value-{number}",
        title=f"Value settled: {number:,} queued orders, {accounts:,} accounts",
        columns=(
            "cover / mean queue, %",
            "all or nothing %",
            "greatest FIFO set %",
            "maximum value %",
            "bound %",
            "gap to bound %",
            "work",
            "seconds",
        ),
        rows=rows,
        notes=("Per cent of the queued value; one run each, one thread; the bound is exact.",),
    )
