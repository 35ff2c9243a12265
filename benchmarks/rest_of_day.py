"""A whole what-if of the rest of a day of many thin batches, from the question to the answer."""

import datetime
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.live_system import bic, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.engine import Commands, commands_of
from skontro.ledger import database_url
from skontro.ledger.keys import public_text
from skontro.model import to_timestamp
from skontro.service.record_claim import signing_key
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.settings import Settings
from skontro.service.startup import Service, start

_MIDNIGHT: Final = to_timestamp(datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC))
_SECOND: Final = 10**6
_DAY: Final = 86_400 * _SECOND
_ACCOUNTS: Final = 200
#: So little that a part of the orders has to queue.
_BALANCE: Final = 300 * 500_000


class _Clock:
    """A clock that stands until it is set."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def rest_of_day(orders: int, batches: int, since_snapshot: int, repeats: int) -> Findings:
    """Seconds of a what-if just after the opening of a day that is expected to be as the last one.

    Args:
        orders: of the earlier day.
        batches: in which they came.
        since_snapshot: batches of one order since the last snapshot, which a fork replays.
        repeats: of the question.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_folder(folder, accounts=_ACCOUNTS, balance=_BALANCE)
        url = database_url(str(folder / "record"))
        _submit_days(folder, url, orders, batches, since_snapshot)
        question = {
            "url": url,
            "key": public_text(signing_key(folder)),
            "kind": "set_credit_line",
            "fields": {"participant": bic(0), "currency": "KZT", "amount": "1000.00"},
        }
        answers = [_ask(question) for _ in range(repeats + 1)][1:]
    (kzt,) = answers[0][1]["currencies"]
    seconds = sorted(one for one, _ in answers)
    settled = kzt["unchanged"]["settled_orders"]
    return Findings(
        name="rest-of-day",
        title="Seconds of a what-if of a whole day, from the question of a page to the answer",
        columns=(
            "orders of the day",
            "in batches",
            "batches to replay",
            "settled",
            "median",
            "longest",
        ),
        rows=[
            (orders, batches, since_snapshot, settled, float(np.median(seconds)), seconds[-1]),
        ],
        notes=(
            f"{repeats} questions, each in a process of its own: start, fork of the record, both "
            f"rests and their comparison; {_ACCOUNTS} accounts",
        ),
    )


def _submit_days(folder: Path, url: str, orders: int, batches: int, more: int) -> None:
    """A day of so many orders, and the first moments of the next one."""
    clock = _Clock(_MIDNIGHT)
    service = start(Settings(folder, database=url, signature_processes=0), clock=clock)
    draw = np.random.default_rng(7)
    size = orders // batches
    # The day is over a moment before midnight.
    step = (_DAY - 120 * _SECOND) // batches
    for number in range(batches):
        clock.at = _MIDNIGHT + _SECOND + number * step
        _submit(service, _orders(draw, size))
    clock.at = _MIDNIGHT + _DAY + _SECOND
    _wait_for(service, "2026-11-25")
    # The opening keeps a snapshot; what comes after it is replayed.
    for _ in range(more):
        clock.at += 1_000
        _submit(service, _orders(draw, 1))
    service.stop()


def _orders(draw: np.random.Generator, number: int) -> Commands:
    payer = draw.integers(0, _ACCOUNTS, number)
    return commands_of(
        number,
        payer=payer,
        payee=(payer + draw.integers(1, _ACCOUNTS, number)) % _ACCOUNTS,
        amount=draw.integers(1, 10**6, number),
        payment_class=2,
        uetr=np.frombuffer(draw.bytes(16 * number), "V16"),
    )


def _wait_for(service: Service, date: str) -> None:
    while service.sequencer.view.date != date or service.sequencer.view.phase.name != "OPEN":
        time.sleep(0.02)


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


def _ask(question: dict[str, object]) -> tuple[float, dict[str, list[dict[str, dict[str, int]]]]]:
    begin = stopwatch()
    done = subprocess.run(
        [sys.executable, "-m", "skontro.web.what_if_process"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
    )
    elapsed = stopwatch() - begin
    found = json.loads(done.stdout)
    if "error" in found:
        raise RuntimeError(found["error"])
    return elapsed, found
