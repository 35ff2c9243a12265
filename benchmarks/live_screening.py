"""Durable batches with screening on beside off: with customers' details, and without."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, cycle
from pathlib import Path
from typing import Final

from tests.screening.altered_names import generated_list
from tests.screening.common_names import innocents

from benchmarks.live_system import SENDERS, draw_orders, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.engine import Commands
from skontro.ledger import database_url
from skontro.ledger.order_records import STATUSES
from skontro.model import OrderStatus, Party, PaymentDetails, PaymentType
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.startup import Service, Settings, start
from skontro.system import NO_SCREENING, ScreeningPolicy

#: Orders of a request, and requests under way at one time.
_REQUEST_ROWS: Final = 5_000
_WINDOW: Final = 8
#: Customers that pay more than once.
_CUSTOMERS: Final = 2_000
_ENTRIES: Final = 20_000
_READY_SECONDS: Final = 120

_LEAST_SETTLED: Final = 0.95
#: A new UETR for each order: seeds that no request had.
_seeds: Final = count()

#: An order's details and the orders; the digests of the details are columns of the orders.
Request = tuple[Commands, Sequence[PaymentDetails]]


def live_screening(orders: int, new_parties: int) -> Findings:
    """Durable orders a second, screened and not, otherwise alike.

    Args:
        orders: of each measurement with parties that were screened before.
        new_parties: parties that are screened for the first time, two to an order.
    """
    ways: dict[str, tuple[int, Callable[[int], Iterator[Request]]]] = {
        "payer and payee only": (orders, _without_details),
        "two customers, each seen before": (orders, _of_known_customers),
        "two customers, each new": (new_parties // 2, _of_new_customers),
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        off = asyncio.run(_measure(Path(name) / "off", ways, screened=False))
        on = asyncio.run(_measure(Path(name) / "on", ways, screened=True))
    return Findings(
        name="live-screening",
        title=f"Durable orders a second in batches of {_REQUEST_ROWS:,}, screened and not",
        columns=(
            "parties of an order",
            "orders",
            "off",
            "on",
            "on / off",
            "µs an order, off",
            "µs, on",
        ),
        rows=[
            (
                way,
                number,
                round(off[way][0]),
                round(on[way][0]),
                round(on[way][0] / off[way][0], 2),
                round(off[way][1], 1),
                round(on[way][1], 1),
            )
            for way, (number, _) in ways.items()
        ],
        notes=(
            f"{_ENTRIES:,} listed entities of two names; details of some 600 bytes are stored with "
            "each order either way; payer and payee are screened, too",
            "A customer who is new costs the processor time of one search; one seen before, a "
            "look-up. One screening process, PostgreSQL and the service share the cores.",
            "µs: processor time of the service's process, which another load does not change",
        ),
    )


async def _measure(
    folder: Path,
    ways: dict[str, tuple[int, Callable[[int], Iterator[Request]]]],
    *,
    screened: bool,
) -> dict[str, tuple[float, float]]:
    """Orders a second of each way, and microseconds of processor time, in a system of its own."""
    folder.mkdir()
    write_folder(folder, ScreeningPolicy() if screened else NO_SCREENING)
    lists = _write_lists(folder) if screened else None
    service = start(
        Settings(folder, database=database_url(str(folder / "record")), screening_lists=lists)
    )
    try:
        if service.screening is not None:
            await service.screening.start()
            await service.screening.wait_ready(_READY_SECONDS)
        while service.sequencer.view.phase.name != "OPEN":
            await asyncio.sleep(0.05)
        found = {}
        for way, (number, draw) in ways.items():
            if draw is not _of_new_customers:
                await _submit(service, list(draw(2 * _REQUEST_ROWS)))
            requests = list(draw(number))
            begin, busy = stopwatch(), time.process_time()
            indices = await _submit(service, requests)
            busy = time.process_time() - busy
            found[way] = number / (stopwatch() - begin), 1e6 * busy / number
            if _settled(service, indices) < _LEAST_SETTLED:
                raise RuntimeError(f"{way}: fewer than {_LEAST_SETTLED:.0%} of the orders settled")
        return found
    finally:
        if service.screening is not None:
            await service.screening.stop()
        service.stop()


async def _submit(service: Service, requests: Sequence[Request]) -> list[int]:
    """Screen requests as the service does and give them to the sequencer, until all are durable.

    Returns:
        The indices of the orders.

    Raises:
        RuntimeError: a request was refused.
    """
    screening = service.context.screening
    window = asyncio.Semaphore(_WINDOW)
    loop = asyncio.get_running_loop()

    async def one(number: int, request: Request) -> Sequence[int]:
        async with window:
            orders, texts = await screening.screened(*request)
            future: asyncio.Future[object] = loop.create_future()

            def done(result: object) -> None:
                loop.call_soon_threadsafe(future.set_result, result)

            caller = Caller(number % SENDERS, bytes(32), NO_KEY, bytes(32))
            service.sequencer.submit(Orders(caller, orders, done, texts))
            result = await future
        if not isinstance(result, range | list):
            raise RuntimeError(f"a request failed: {result}")
        return result

    answers = await asyncio.gather(*(one(*pair) for pair in enumerate(requests)))
    return [index for indices in answers for index in indices]


def _settled(service: Service, indices: Sequence[int]) -> float:
    """The share of these orders that settled; few are held, whose customers have listed names."""
    register, status = service.context.mapper.order_index, STATUSES.index(OrderStatus.SETTLED)
    settled = sum(int(register.order(index)["status"]) == status for index in indices)
    return settled / len(indices)


def _without_details(orders: int) -> Iterator[Request]:
    for first in range(0, orders, _REQUEST_ROWS):
        drawn = draw_orders(min(_REQUEST_ROWS, orders - first), next(_seeds))
        yield drawn.evolve(payment_type=int(PaymentType.INTERBANK)), ()


def _of_known_customers(orders: int) -> Iterator[Request]:
    return _with_details(orders, cycle(_customers(0, _CUSTOMERS)))


def _of_new_customers(orders: int) -> Iterator[Request]:
    return _with_details(orders, _customers(_CUSTOMERS, _CUSTOMERS + 2 * orders))


def _customers(first: int, last: int) -> Iterator[Party]:
    for number, (name, country) in enumerate(innocents(last)):
        if number >= first:
            lines = (f"{number} Abay Avenue", "050000 Almaty")
            yield Party(name, country, lines, f"KZ{number:018}")


def _with_details(orders: int, customers: Iterator[Party]) -> Iterator[Request]:
    for first in range(0, orders, _REQUEST_ROWS):
        rows = min(_REQUEST_ROWS, orders - first)
        details = [
            PaymentDetails(
                instruction_id=f"I-{first + number}",
                end_to_end_id=f"E-{first + number}",
                purpose="GDDS",
                charge_bearer="SHAR",
                remittance=(f"Invoice {first + number} of 2026-11-20",),
                parties=(("debtor", next(customers)), ("creditor", next(customers))),
            )
            for number in range(rows)
        ]
        drawn = draw_orders(rows, next(_seeds)).evolve(
            payment_type=int(PaymentType.CUSTOMER), details=[one.digest for one in details]
        )
        yield drawn, details


def _write_lists(folder: Path) -> Path:
    """A list of generated names, of today."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    entries = generated_list(_ENTRIES).entries
    with (folder / "list.json").open("w", encoding="utf-8") as file:
        for entry in entries:
            names = [name.text for name in entry.names]
            entity = {"id": entry.entry_id, "schema": "Person", "properties": {"name": names}}
            file.write(json.dumps(entity) + "\n")
    path = folder / "screening-lists.yaml"
    path.write_text(
        "format: skontro screening lists\nlists:\n  - name: Generated\n    file: list.json\n"
        f"    published: {today}\n    canaries: [{json.dumps(entries[0].names[0].text)}]\n"
    )
    return path
