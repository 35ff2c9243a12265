"""Which batch size is best, and how many fresh pages of memory each run touches."""

import resource
from collections.abc import Sequence

from benchmarks.kernel import apply_all, opening_balance
from benchmarks.measuring import Cell, Findings, interleave
from benchmarks.workload import draw_payments, in_parts, liquidity


def _page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def by_batch_size(
    number: int, accounts: int, sizes: Sequence[int], degrees: Sequence[float], repeats: int
) -> Findings:
    """Payments per second by batch size, all sizes in turns."""
    payments = draw_payments(number, accounts)
    parts = {size: in_parts(payments.commands(), size) for size in sizes}
    rows: list[tuple[Cell, ...]] = []
    for degree in degrees:
        balances = [opening_balance(payments, degree)] * accounts
        times = interleave(
            {
                str(size): lambda cut=cut, given=balances: apply_all(cut, given)  # type: ignore[misc]
                for size, cut in parts.items()
            },
            repeats,
        )
        for size, cut in parts.items():
            before = _page_faults()
            apply_all(cut, balances)
            faults = _page_faults() - before
            seen = times[str(size)]
            rates = (number / 1e6 / seconds for seconds in (seen.median, seen.best, seen.worst))
            rows.append((liquidity(degree), size, *rates, faults))
    return Findings(
        name="batch-size",
        title=f"Batch sizes: {number:,} payments, {accounts:,} accounts",
        columns=(
            "opening balance / mean payment",
            "batch",
            "million/s",
            "best",
            "worst",
            "page faults",
        ),
        rows=rows,
        notes=(f"{repeats} turns, medians. Page faults are those of one whole run.",),
    )
