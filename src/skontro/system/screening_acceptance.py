"""Acceptance by the rules on screening: orders held or rejected before the engine, and released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, Commands
from skontro.model import InputError, Phase, ReasonCode, ScreeningOutcome, content_digest
from skontro.system.acceptance import day_number
from skontro.system.batch import ACCEPTED, WAREHOUSED, are_held
from skontro.system.mirror.mirror_acceptance import refuse_at_mirrors
from skontro.system.screening_holds import MAX_HELD, MAX_HELD_OF_PARTICIPANT

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_Acceptance = npt.NDArray[np.int16]

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
    """The orders with `acceptance` as screening, the Travel Rule and policy rules decide it.

    Other grounds go first: an order that is rejected anyway is not held. An order that the engine
    must reject, because an account is unknown or the day is not open, is rejected for that.

    Args:
        system: whose rules apply; policy rules count provisionally.
        orders: with `acceptance` decided on all other grounds.

    Raises:
        InputError: a leg has the UETR of a held order.
    """
    _refuse_legs_in_use(system, orders)
    acceptance = _by_policy(system, orders, _by_screening(system, orders))
    if acceptance is None:
        return orders
    _limit(system, orders, acceptance, np.flatnonzero(are_held(acceptance)).tolist())
    return orders.evolve(acceptance=acceptance)


def _by_screening(system: SettlementSystem, orders: Commands) -> _Acceptance | None:
    """The column as screening and the Travel Rule change it; None where they change nothing."""
    if system.screening.is_off and not len(orders.screening):
        return None
    verdict = system.screening.judge(orders)
    if not verdict.any():
        return None
    acceptance: _Acceptance = orders.column("acceptance").copy()
    concerned = (acceptance == ACCEPTED) | (acceptance == WAREHOUSED)
    concerned &= _have_accounts(system, orders) & (verdict != 0)
    if system.clock.phase != Phase.OPEN:
        acceptance[concerned & (acceptance == ACCEPTED)] = int(ReasonCode.DAY_NOT_OPEN)
        concerned &= acceptance == WAREHOUSED
    acceptance[concerned] = verdict[concerned]
    return acceptance


def _by_policy(
    system: SettlementSystem, orders: Commands, acceptance: _Acceptance | None
) -> _Acceptance | None:
    """The column as policy rules change it: they judge what enters settlement now."""
    date = system.clock.date
    if not system.policy.is_active or system.clock.phase != Phase.OPEN or date is None:
        return acceptance
    before: _Acceptance = orders.column("acceptance") if acceptance is None else acceptance
    enters = np.flatnonzero((before == ACCEPTED) & _have_accounts(system, orders)).tolist()
    verdicts = system.policy.judge(orders, enters, system.directory, date)
    if not verdicts:
        return acceptance
    changed = before.copy()
    for index, verdict in verdicts:
        changed[index] = verdict
    return changed


def _have_accounts(system: SettlementSystem, orders: Commands) -> npt.NDArray[np.bool_]:
    """Which orders are between accounts of the system."""
    accounts, found = len(system.directory.accounts), np.ones(len(orders), np.bool_)
    for side in (orders.payer, orders.payee):
        found &= (side >= 0) & (side < accounts)
    return found


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
    order = refuse_at_mirrors(system, order, again=True)
    acceptance = None
    if not system.policy.release(order.column("uetr")[0].tobytes()):
        acceptance = _by_policy(system, order, None)
    if acceptance is not None:
        order = order.evolve(acceptance=acceptance)
        keep_held(system, order)
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
    acceptance: _Acceptance,
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
