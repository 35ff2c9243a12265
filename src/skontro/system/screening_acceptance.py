"""Acceptance by the rules on screening: orders held or rejected before the engine, and released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from skontro.engine import CommandKind, Commands
from skontro.model import InputError, Phase, ReasonCode, ScreeningOutcome, content_digest
from skontro.system.acceptance import day_number
from skontro.system.batch import ACCEPTED, WAREHOUSED, are_held
from skontro.system.screening_holds import MAX_HELD, MAX_HELD_OF_PARTICIPANT

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_LEG: Final = int(CommandKind.SUBMIT_LEG)


def check_screened(orders: Commands) -> None:
    """Check the outcomes of screening of orders that come from participants.

    Raises:
        InputError: a screener cannot give one of them.
    """
    outcome = orders.screening
    if ((outcome < 0) | (outcome > int(ScreeningOutcome.REJECTED))).any():
        raise InputError("orders: an outcome of screening is not one that a screener gives")


def hold_or_reject(system: SettlementSystem, orders: Commands) -> Commands:
    """The orders with `acceptance` as screening and the Travel Rule decide it.

    Other grounds go first: an order that is rejected anyway is not held. An order that the engine
    must reject, because an account is unknown or the day is not open, is rejected for that.

    Args:
        system: whose rules apply; it is not changed.
        orders: with `acceptance` decided on all other grounds.

    Raises:
        InputError: a leg has the UETR of a held order.
    """
    _refuse_legs_in_use(system, orders)
    if system.screening.is_off and not len(orders.screening):
        return orders
    verdict = system.screening.judge(orders)
    if not verdict.any():
        return orders
    acceptance = orders.column("acceptance").copy()
    accounts = len(system.directory.accounts)
    concerned = (acceptance == ACCEPTED) | (acceptance == WAREHOUSED)
    for side in (orders.payer, orders.payee):
        concerned &= (side >= 0) & (side < accounts)
    concerned &= verdict != 0
    if system.clock.phase != Phase.OPEN:
        acceptance[concerned & (acceptance == ACCEPTED)] = int(ReasonCode.DAY_NOT_OPEN)
        concerned &= acceptance == WAREHOUSED
    acceptance[concerned] = verdict[concerned]
    _limit(system, orders, acceptance, np.flatnonzero(concerned & (verdict < 0)).tolist())
    return orders.evolve(acceptance=acceptance)


def keep_held(system: SettlementSystem, orders: Commands, evidence: str = "") -> None:
    """Keep those of these orders that are held outside the engine."""
    held = are_held(orders.column("acceptance"))
    if not held.any():
        return
    orders = orders.take(held)
    dates = orders.column("value_date")
    today = 0 if system.clock.date is None else day_number(system.clock.date)
    orders = orders.evolve(value_date=np.where(dates == 0, today, dates))
    accounts = system.directory.accounts
    payers = [accounts[number].bic for number in orders.payer.tolist()]
    system.screening_holds.add(orders, payers, evidence)


def hold_warehoused(system: SettlementSystem, time: int, uetr: bytes, evidence: str) -> Commands:
    """Hold a warehoused order until two people release it; gives it as it is held."""
    order = system.warehouse.take(uetr).evolve(
        time=time,
        acceptance=-int(ReasonCode.SCREENING_HOLD),
        screening=int(ScreeningOutcome.HELD),
        evidence=content_digest(evidence.encode()),
    )
    keep_held(system, order, evidence)
    return order


def enter_released(system: SettlementSystem, time: int, order: Commands) -> Commands:
    """A held order that two people have released, as if it came now; commands for the engine.

    Args:
        time: time of the batch.
        order: taken from the held ones.
    """
    order = order.evolve(time=time, screening=int(ScreeningOutcome.RELEASED))
    order = order.evolve(acceptance=system.acceptance.decide(order, system.clock))
    number = system.engine.orders
    order, firsts = system.counterlegs.link(
        order, system.clock, system.acceptance.currency_of, number
    )
    if firsts:
        system.counterlegs.keep(order, firsts, number)
    if int(order.column("acceptance")[0]) == WAREHOUSED:
        system.warehouse.add(order)
    return order


def _limit(
    system: SettlementSystem,
    orders: Commands,
    acceptance: np.ndarray[tuple[int, ...], np.dtype[np.int16]],
    indices: list[int],
) -> None:
    """Reject orders that would be held beyond the limits, or twice."""
    holds, accounts = system.screening_holds, system.directory.accounts
    uetrs, seen, of_payer = orders.column("uetr"), set[bytes](), dict[str, int]()
    free = MAX_HELD - len(holds)
    for index in indices:
        uetr, payer = uetrs[index].tobytes(), accounts[int(orders.payer[index])].bic
        count = of_payer.get(payer, 0)
        if uetr in holds or uetr in seen:
            acceptance[index] = int(ReasonCode.DUPLICATE_ORDER)
        elif len(seen) >= free or holds.count_of(payer) + count >= MAX_HELD_OF_PARTICIPANT:
            acceptance[index] = int(ReasonCode.TOO_MANY_HELD)
        else:
            seen.add(uetr)
            of_payer[payer] = count + 1


def _refuse_legs_in_use(system: SettlementSystem, orders: Commands) -> None:
    """Refuse a leg whose UETR a held order has: released, that one could not be linked."""
    if not len(system.screening_holds):
        return
    uetrs = orders.column("uetr")
    for index in np.flatnonzero(orders.kind == _LEG).tolist():
        if (uetr := uetrs[index].tobytes()) in system.screening_holds:
            raise InputError(f"orders: a held order has the UETR {uetr.hex()}")
