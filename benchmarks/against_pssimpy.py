"""The same payments settled by PSSimPy and by Skontro, one after the other in the same process."""

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from benchmarks.kernel import apply_all, opening_balance
from benchmarks.measuring import Cell, Findings, interleave, stopwatch, timed
from benchmarks.peer import PeerRun, run_peer
from benchmarks.workload import CURRENCY, Payments, draw_payments, in_parts, liquidity
from skontro.files import PAYMENTS, TIMESTAMP, Results, Scenario
from skontro.model import (
    BusinessDay,
    InvariantBroken,
    Participant,
    ParticipantDirectory,
    RateTable,
    SettlementAccount,
    find_country,
)
from skontro.simulation.generator.draws import draw_references
from skontro.simulation.settling import settle

_BANKS = 50
_SEED = 1
_DAY = BusinessDay.at(
    datetime.date(2026, 1, 5), datetime.time(8), datetime.time(17), ZoneInfo("UTC")
)


def _bic(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"BK{letters[number // 26]}{letters[number % 26]}KZKA"


def _directory(balance: int) -> ParticipantDirectory:
    country = find_country("KAZ")
    bics = [_bic(i) for i in range(_BANKS)]
    return ParticipantDirectory(
        [Participant(bic, f"Bank {bic}", country) for bic in bics],
        [SettlementAccount(bic, CURRENCY, balance) for bic in bics],
    )


def make_scenario(payments: Payments, balance: int) -> Scenario:
    """The payments as the tables in memory from which `settle` starts."""
    bics = np.array([_bic(i) for i in range(_BANKS)])
    number = len(payments)
    table = pl.DataFrame(
        {
            "uetr": draw_references(number, _SEED),
            "payer": bics[payments.payer],
            "payee": bics[payments.payee],
            "currency": [CURRENCY.code] * number,
            "amount_minor": payments.amount,
            "payment_class": ["normal"] * number,
            "submitted_at": pl.Series(payments.time + _DAY.opens_at).cast(TIMESTAMP),
            "earliest_at": None,
            "latest_at": None,
            "instructed_currency": None,
            "instructed_amount_minor": None,
        },
        schema=PAYMENTS,
    )
    return Scenario(
        name="Benchmark",
        business_days=(_DAY,),
        time_zone="UTC",
        directory=_directory(balance),
        payments=table,
        rates=RateTable(CURRENCY, []),
    )


def _compare(payments: Payments, balance: int, peer: PeerRun, results: Results) -> str:
    """How far the results agree, in words; with ample liquidity they must agree to the unit."""
    ours = tuple(results.accounts["closing_balance_minor"].to_list())
    settled = results.orders.filter(pl.col("status") == "settled").height
    if settled == len(payments) and (
        peer.settled != settled or peer.closing_balances != ours or sum(ours) != balance * _BANKS
    ):
        raise InvariantBroken("ample liquidity gives equal results", f"{peer.settled}, {settled}")
    if peer.settled == settled and peer.closing_balances == ours:
        return "equal balances"
    return "peer overdraws" if peer.lowest_balance < 0 else "different order"


def _row(payments: Payments, degree: float, repeats: int) -> tuple[tuple[Cell, ...], float]:
    balance = opening_balance(payments, degree)
    scenario = make_scenario(payments, balance)
    parts = in_parts(payments.commands())
    ours = interleave(
        {
            "engine": lambda: apply_all(parts, [balance] * _BANKS),
            "whole": lambda: timed(lambda: settle(scenario)),
        },
        repeats,
    )
    start = stopwatch()
    peer = run_peer(payments, [balance] * _BANKS)
    elapsed = stopwatch() - start
    results = settle(scenario)
    row = (
        f"{len(payments):,}",
        liquidity(degree),
        peer.run_seconds,
        peer.build_seconds,
        ours["engine"].median * 1e3,
        ours["whole"].median * 1e3,
        peer.run_seconds / ours["engine"].median,
        peer.run_seconds / ours["whole"].median,
        peer.settled,
        results.orders.filter(pl.col("status") == "settled").height,
        _compare(payments, balance, peer, results),
    )
    return row, elapsed


def against_peer(
    sizes: Sequence[int], degrees: Sequence[float], budget: float, repeats: int
) -> Findings:
    """Growing sizes, as long as the next one fits the budget of seconds.

    The next run is expected to take the last one's time times the growth squared, since parts of
    the peer are quadratic in the payments of a window; a size that does not fit is left out and
    named, never extrapolated.
    """
    payments = draw_payments(max(sizes), _BANKS)
    rows: list[tuple[Cell, ...]] = []
    left_out: list[str] = []
    for degree in degrees:
        last_size, last_seconds = 0, 0.0
        for size in sizes:
            if last_size and last_seconds * (size / last_size) ** 2 > budget:
                left_out.append(f"{size:,}")
                continue
            row, last_seconds = _row(payments.first(size), degree, repeats)
            last_size = size
            budget -= last_seconds
            rows.append(row)
    notes = _NOTES + ((f"Left out for lack of time: {', '.join(left_out)}.",) if left_out else ())
    return Findings(
        name=f"against-pssimpy-{'-'.join(liquidity(degree) for degree in degrees)}",
        title=f"Beside PSSimPy 0.1.5: {_BANKS} banks, one day",
        columns=(
            "payments",
            "opening balance / mean",
            "PSSimPy run(), s",
            "its objects, s",
            "engine, ms",
            "whole settlement, ms",
            "run() / engine",
            "run() / whole",
            "PSSimPy settled",
            "Skontro settled",
            "results",
        ),
        rows=rows,
        notes=notes,
    )


_NOTES = (
    "run(): 36 windows of 15 minutes, queue, settlement, five CSV logs; one run. Making its "
    "objects from lists comes before and is not counted.",
    "Engine: time inside apply. Whole settlement: from payments in memory to tables of outcomes, "
    "balances and statements, checked; the medians of several runs. Neither writes files.",
    "With scarce liquidity the rules differ: PSSimPy tests the payments of a window against the "
    "balances before it, so that together they may overdraw, and in no fixed order.",
)
