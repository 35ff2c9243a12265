"""The peer: PSSimPy, an open simulator of payment systems, given our payments."""

import csv
import importlib
import tempfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from benchmarks.measuring import timed
from benchmarks.workload import Payments

_OPENS = 8 * 60
_MICROSECONDS_PER_MINUTE = 60 * 10**6


class PeerMissing(Exception):  # noqa: N818  the fact is the name
    """PSSimPy is not installed; the message says how to install it."""


@attrs.frozen
class PeerRun:
    """What one run of the peer gave.

    Attributes:
        build_seconds: its objects made from the lists; not part of `run_seconds`.
        run_seconds: its `run()`.
        settled: number of payments.
        closing_balances: minor units, by account number.
        lowest_balance: the lowest at the end of any processing window.
    """

    build_seconds: float
    run_seconds: float
    settled: int
    closing_balances: tuple[int, ...]
    lowest_balance: int


def load_peer() -> Any:  # noqa: ANN401  the peer has no types
    """The PSSimPy package.

    Raises:
        PeerMissing: it is not installed.
    """
    try:
        return importlib.import_module("PSSimPy")
    except ImportError:
        raise PeerMissing(
            "PSSimPy is not installed here: run `make bench`, or "
            "`python -m pip install --requirement benchmarks/requirements.txt`"
        ) from None


def _without_credit(peer: Any) -> Any:  # noqa: ANN401
    """A credit facility that lends nothing; the peer's own ones lend without limit."""

    class NoCredit(peer.AbstractCreditFacility):  # type: ignore[misc]
        """Lends nothing, so that what lacks cover waits."""

        def calculate_fee(self, _amount: int = 0) -> int:
            return 0

        def lend_credit(self, account: object, amount: int) -> None:
            pass

        def collect_repayment(self, account: object) -> None:
            pass

    return NoCredit()


def _minutes(payments: Payments) -> list[str]:
    """Times as the peer wants them, from 08:00; our payments count from the opening of the day."""
    minutes = (payments.time // _MICROSECONDS_PER_MINUTE + _OPENS).tolist()
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]


def _build(peer: Any, payments: Payments, balances: list[int], folder: Path) -> Any:  # noqa: ANN401
    names = [f"bank{i}" for i in range(len(balances))]
    return peer.BasicSim(
        name=str(folder / "run"),
        banks={"name": names},
        accounts={"id": names, "owner": names, "balance": list(balances)},
        transactions={
            "sender_account": [names[i] for i in payments.payer.tolist()],
            "recipient_account": [names[i] for i in payments.payee.tolist()],
            "amount": payments.amount.tolist(),
            "day": [1] * len(payments),
            "time": _minutes(payments),
        },
        open_time="08:00",
        close_time="17:00",
        queue=peer.FIFOQueue(),
        credit_facility=_without_credit(peer),
    )


def run_peer(payments: Payments, balances: list[int]) -> PeerRun:
    """Settle the payments with the peer: one day, gross, FIFO queue, no credit.

    It works in windows of 15 minutes, its default; shorter ones would take it longer. It writes its
    five logs to a temporary folder, which cannot be turned off.
    """
    peer = load_peer()
    peer.Transaction.clear_instances()
    made: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        build = timed(lambda: made.append(_build(peer, payments, balances, Path(folder))))
        simulation = made[0]
        run = timed(simulation.run)
        lowest = _lowest(Path(folder) / "run-account_balance.csv")
    outcomes = np.array([entry[0].status_code for entry in simulation.transactions])
    return PeerRun(
        build_seconds=build,
        run_seconds=run,
        settled=int((outcomes == peer.TRANSACTION_STATUS_CODES["Success"]).sum()),
        closing_balances=tuple(account.balance for account in simulation.accounts.values()),
        lowest_balance=lowest,
    )


def _lowest(file: Path) -> int:
    with file.open(newline="", encoding="utf-8") as rows:
        return min(int(row["balance"]) for row in csv.DictReader(rows))
