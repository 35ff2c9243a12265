"""One joint cycle among linked systems: banks pay part of what they received back, netted."""

import random
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from skontro.cli.federation.day import agree, all_rows, answered
from skontro.cli.federation.payments import DemoPayment
from skontro.cli.federation.processes import operator
from skontro.cli.federation.systems import DemoSystem
from skontro.model import InputError, RateTable, format_amount
from skontro.service.client import trial_clients
from skontro.system.joint.agreement import CycleAgreement, CycleMember
from skontro.system.joint.joint_cycle import JointAccount
from skontro.system.joint.obligations import ObligationStage

NAME: Final = "DEMO"
OBLIGATIONS: Final = "/v1/links/obligations"
CYCLES: Final = "/v1/links/cycles"
#: Seconds until the first cut-off, and between two; one of them comes after all have agreed.
_FIRST, _BETWEEN, _TIMES = 4, 8, 12
#: US cents: smallest and largest obligation.
_SMALLEST, _LARGEST = 1_000, 5_000_000
_VALID_SECONDS: Final = 3_600
_END_SECONDS: Final = 180.0
_PAUSE_SECONDS: Final = 0.2


@attrs.frozen
class CycleOutcome:
    """A cycle that has ended.

    Attributes:
        obligations: number of obligations netted.
        payments: number of net payments between the systems.
    """

    obligations: int
    payments: int


def agreement_of(
    systems: Sequence[DemoSystem], version: int, times: Sequence[str]
) -> CycleAgreement:
    """The agreement of all systems, each with accounts for all others in its currency."""
    members = []
    for one in systems:
        code = one.currency.code
        accounts = [JointAccount(code, one.name, one.clearing)]
        accounts += [
            JointAccount(code, other.name, other.member) for other in systems if other is not one
        ]
        members.append(CycleMember(one.name, one.clearing, accounts))
    return CycleAgreement(NAME, version, members, times, collect_within=30)


def generate_obligations(
    systems: Sequence[DemoSystem],
    rates: RateTable,
    there: Sequence[DemoPayment],
    *,
    seed: int,
    now: int,
) -> list[tuple[DemoSystem, dict[str, Any]]]:
    """Draw what banks owe each other: in their own currency, and in one that they received.

    Args:
        systems: two or more.
        rates: of their currencies.
        there: one-way payments; of each second one the payee owes a third back.
        seed: of the draws.
        now: timestamp.
    """
    draw = random.Random(f"cycle {seed}")
    until = datetime.fromtimestamp(now // 1_000_000 + _VALID_SECONDS, UTC).isoformat()
    by_name, found = {one.name: one for one in systems}, list[tuple[DemoSystem, dict[str, Any]]]()

    def owe(
        debtor: DemoSystem, payer: str, creditor: DemoSystem, home: DemoSystem, amount: int
    ) -> None:
        body = {
            "uetr": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "agreement": NAME,
            "payer": payer,
            "creditor_system": creditor.name,
            "creditor": draw.choice(creditor.banks),
            "currency": home.currency.code,
            "amount": format_amount(amount, home.currency),
            "valid_until": until,
        }
        found.append((debtor, body))

    for place, one in enumerate(systems):
        for step in range(1, len(systems)):
            other = systems[(place + step) % len(systems)]
            amount = rates.amount(draw.randrange(_SMALLEST, _LARGEST), one.currency)
            owe(one, draw.choice(one.banks), other, one, amount)
    for payment in there[::2]:
        home, debtor = payment.origin, by_name[payment.body["destination"]]
        amount = rates.amount(draw.randrange(_SMALLEST, 2 * _SMALLEST), home.currency) // 3
        owe(debtor, payment.body["payee"], home, home, max(1, amount))
    return found


def run_cycle(
    systems: Sequence[DemoSystem], obligations: Sequence[tuple[DemoSystem, dict[str, Any]]]
) -> CycleOutcome:
    """Agree on a cycle, instruct its obligations, and wait until all creditors are paid.

    Raises:
        InputError: a service refuses, or the cycle is not paid in time.
    """
    far = datetime.now(UTC) + timedelta(hours=12)
    _agree(systems, agreement_of(systems, 1, [f"{far:%H:%M:%S}"]))
    clients = {one.name: trial_clients(one.folder, one.url) for one in systems}
    for one, body in obligations:
        key = str(uuid.uuid4())
        answered(clients[one.name](body["payer"]).send("POST", OBLIGATIONS, body, key))
    _wait_for(systems, ObligationStage.FUNDED, ObligationStage.NETTED)
    soon = datetime.now(UTC) + timedelta(seconds=_FIRST)
    times = [soon + timedelta(seconds=_BETWEEN * number) for number in range(_TIMES)]
    _agree(systems, agreement_of(systems, 2, [f"{one:%H:%M:%S}" for one in times]))
    _wait_for(systems, ObligationStage.NETTED)
    paid = [one for one in _cycles(systems[0]) if one["payments"]]
    _wait_for_creditors(systems)
    return CycleOutcome(len(obligations), sum(len(one["payments"]) for one in paid))


def _agree(systems: Sequence[DemoSystem], agreement: CycleAgreement) -> None:
    document = agreement.to_document()
    for one in systems:
        agree(one, {"kind": "set_cycle_agreement", "cycle_agreement": document}, document)


def _wait_for(systems: Sequence[DemoSystem], *stages: ObligationStage) -> None:
    """Wait until all obligations have come so far."""
    deadline, wanted = time.monotonic() + _END_SECONDS, {str(one) for one in stages}
    for one in systems:
        with closing(operator(one)) as client:
            while True:
                found = {row["status"] for row in all_rows(client.get, OBLIGATIONS, "obligations")}
                if found <= wanted:
                    break
                _refuse_late(one, deadline, found)


def _wait_for_creditors(systems: Sequence[DemoSystem]) -> None:
    deadline = time.monotonic() + _END_SECONDS
    for one in systems:
        while True:
            orders = [order for cycle in _cycles(one) for order in cycle["orders"]]
            failed = [order for order in orders if order["reason"] is not None]
            if failed:
                raise InputError(f"{one.name}: an order of the cycle ended: {failed[0]}")
            if all(order["settled"] for order in orders):
                break
            _refuse_late(one, deadline, {"creditors wait"})


def _cycles(one: DemoSystem) -> list[dict[str, Any]]:
    with closing(operator(one)) as client:
        return all_rows(client.get, CYCLES, "cycles")


def _refuse_late(one: DemoSystem, deadline: float, found: set[str]) -> None:
    if time.monotonic() > deadline:
        raise InputError(f"{one.name}: the joint cycle has not ended in time: {sorted(found)}")
    time.sleep(_PAUSE_SECONDS)
