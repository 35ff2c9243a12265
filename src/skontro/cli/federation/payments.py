"""Generated one-way payments among linked systems: there in the payer's currency, and half back."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle, permutations
from typing import Any, Final

import attrs

from skontro.cli.federation.day import all_rows, instruct
from skontro.cli.federation.processes import operator
from skontro.cli.federation.systems import DemoSystem
from skontro.model import InputError, RateTable, format_amount
from skontro.service.client import trial_clients
from skontro.system.mirror.payment_table import PAYMENT_ENDED

#: US cents: smallest and largest payment.
_SMALLEST, _LARGEST = 1_000, 5_000_000
PATH: Final = "/v1/links/payments"
VALID_SECONDS: Final = 3_600
_END_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.2
_ENDED: Final = {str(stage) for stage in PAYMENT_ENDED}


@attrs.frozen
class DemoPayment:
    """A payment from a bank of one system to a bank of another.

    Attributes:
        origin: system of the payer.
        body: of the request.
    """

    origin: DemoSystem
    body: dict[str, Any]


def generate_payments(
    systems: Sequence[DemoSystem], rates: RateTable, *, count: int, seed: int, now: int
) -> tuple[list[DemoPayment], list[DemoPayment]]:
    """Draw payments there, and for each second one half of the money back in the same currency.

    Args:
        systems: two or more; all ordered pairs take turns.
        rates: of their currencies.
        count: payments there.
        seed: of the draws.
        now: timestamp, until an hour after which payments are valid.
    """
    draw = random.Random(f"payments {seed}")
    until = datetime.fromtimestamp(now // 1_000_000 + VALID_SECONDS, UTC).isoformat()
    there, back = [], []
    for place, (one, other) in zip(range(count), cycle(permutations(systems, 2))):
        amount = rates.amount(draw.randrange(_SMALLEST, _LARGEST), one.currency)
        payer, payee = draw.choice(one.banks), draw.choice(other.banks)
        there.append(demo_payment(draw, one, other, (payer, payee), one, amount, until))
        if place % 2:
            parties = payee, payer
            back.append(demo_payment(draw, other, one, parties, one, amount // 2, until))
    return there, back


def demo_payment(
    draw: random.Random,
    origin: DemoSystem,
    destination: DemoSystem,
    parties: tuple[str, str],
    home: DemoSystem,
    amount: int,
    until: str,
) -> DemoPayment:
    """A payment from a bank of one system to a bank of another.

    Args:
        draw: gives its UETR.
        origin, destination: the two systems.
        parties: BICs of payer and payee.
        home: system of the currency.
        amount: minor units.
        until: latest time of settlement, ISO 8601.
    """
    return DemoPayment(
        origin,
        {
            "uetr": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "destination": destination.name,
            "payer": parties[0],
            "payee": parties[1],
            "currency": home.currency.code,
            "amount": format_amount(amount, home.currency),
            "payment_type": "interbank",
            "valid_until": until,
        },
    )


def run_payments(systems: Sequence[DemoSystem], payments: Sequence[DemoPayment]) -> None:
    """Submit payments, and wait until all have ended in their origins.

    Raises:
        InputError: a service refuses, a payment does not end in time, or it was not paid.
    """
    clients = {one.name: trial_clients(one.folder, one.url) for one in systems}
    for payment in payments:
        instruct(clients[payment.origin.name](payment.body["payer"]), PATH, payment.body)
    for one in systems:
        _wait_for_ends(one)


def _wait_for_ends(one: DemoSystem) -> None:
    client, deadline = operator(one), time.monotonic() + _END_SECONDS
    while True:
        stages = {payment["status"] for payment in all_payments(client.get)}
        if stages <= _ENDED:
            break
        if time.monotonic() > deadline:
            raise InputError(f"{one.name}: payments have not ended in time: {sorted(stages)}")
        time.sleep(_PAUSE_SECONDS)
    client.close()
    if stages - {"paid"}:
        raise InputError(f"{one.name}: payments were not paid: {sorted(stages)}")


def all_payments(get: Callable[..., Any]) -> list[dict[str, Any]]:
    """All payments of a system.

    Args:
        get: asks the service, as `Client.get`.
    """
    return all_rows(get, PATH, "payments")
