"""Pages of orders and statements, receipts and cancellations on days of growing length."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.live_system import (
    BANKS,
    draw_orders,
    write_folder,
)
from benchmarks.measuring import Findings, stopwatch, timed
from skontro.engine import Commands
from skontro.ledger import database_url
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.settings import Settings
from skontro.service.startup import Service, start
from skontro.system.warehouse import Warehouse

_REQUEST_ROWS: Final = 10_000
_PAGE: Final = 100
_TIMES: Final = 101


def reads_by_length_of_day(sizes: Sequence[int]) -> Findings:
    """Medians of reads at random places of a day with so many orders, one after the other.

    Args:
        sizes: of the day, growing.
    """
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_folder(folder)
        service = start(Settings(folder, database=database_url(str(folder / "record"))))
        while service.sequencer.view.phase.name != "OPEN":
            time.sleep(0.05)
        sent = 0
        for size in sizes:
            for first in range(sent, size, _REQUEST_ROWS):
                _submit(service, draw_orders(min(_REQUEST_ROWS, size - first), first + 1))
            sent = size
            for measure, seconds in _reads(service, size).items():
                found.setdefault(measure, []).append(1000 * seconds)
        service.stop()
    for size in sizes:
        seconds = _cancellation(size)
        found.setdefault("cancelling one of so many warehoused orders", []).append(1000 * seconds)
    return Findings(
        name="reads",
        title=f"milliseconds a read, orders of the day between {BANKS:,} accounts",
        columns=("read", *(f"{size:,}" for size in sizes), "last / first"),
        rows=[
            (measure, *(round(one, 3) for one in times), round(times[-1] / times[0], 1))
            for measure, times in found.items()
        ],
        notes=(
            f"medians of {_TIMES}, in one thread; pages of {_PAGE}, without writing them out as "
            "JSON; receipts of one batch of at most 10,000 orders",
        ),
    )


def _submit(service: Service, orders: Commands) -> None:
    done = threading.Event()
    wrong: list[object] = []

    def note(result: object) -> None:
        wrong.extend([result] if isinstance(result, Exception) else [])
        done.set()

    service.sequencer.submit(Orders(Caller(0, bytes(32), NO_KEY, bytes(32)), orders, note))
    done.wait()
    if wrong:
        raise RuntimeError(f"orders were not taken: {wrong[0]}")


def _reads(service: Service, size: int) -> dict[str, float]:
    """Seconds of each kind of read."""
    context = service.context
    order_index, history = context.mapper.order_index, context.history
    date = context.sequencer.view.date or ""
    draw = random.Random(size)
    last = service.sequencer.view.batch

    def list_of(accounts: list[int] | None, statuses: list[str]) -> object:
        page = order_index.page(accounts, statuses, draw.randrange(size), _PAGE)
        return [context.mapper.order_out(one) for one in page.orders]

    def statement() -> object:
        account, batch = draw.randrange(BANKS), draw.randrange(last + 1)
        return order_index.statements.page(account, date, (batch, 0), _PAGE)

    def receipt() -> object:
        proof = history.proof(last) or history.read_proof(last)
        return proof.receipt(proof.request_of(7) or 0, "key")

    first_receipt = timed(receipt)
    return {
        "list of a participant": _median(lambda: list_of([draw.randrange(BANKS)], [])),
        "list of a participant, one status": _median(
            lambda: list_of([draw.randrange(BANKS)], ["queued"])
        ),
        "list of the operator": _median(lambda: list_of(None, [])),
        "list of the operator, a status that none has": _median(lambda: list_of(None, ["queued"])),
        "statement": _median(statement),
        "first receipt of a batch": first_receipt,
        "further receipt": _median(receipt),
    }


def _cancellation(size: int) -> float:
    orders = draw_orders(size, 1).evolve(value_date=10**6)
    warehouse = Warehouse()
    warehouse.add(orders)
    uetrs = iter(np.random.default_rng(1).permutation(orders.uetr)[:_TIMES].tolist())
    return _median(lambda: warehouse.cancel(next(uetrs)))


def _median(read: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TIMES):
        begin = stopwatch()
        read()
        seconds.append(stopwatch() - begin)
    return float(np.median(seconds))
