"""A generated day of real trade among linked systems, paid in national currencies only.

In the payer's currency a payment goes one way over mirror accounts. In the payee's it is converted
on the way: two legs with a market maker, final together. Payments that trade makes in a third
currency have no system here; they are counted and not sent.
"""

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from skontro.cli.federation.day import Day, Progress, answered, run_day
from skontro.cli.federation.payments import VALID_SECONDS, DemoPayment, demo_payment, run_payments
from skontro.cli.federation.processes import operator
from skontro.cli.federation.systems import DemoSystem
from skontro.model import RateTable, find_currency
from skontro.simulation.generator import GeneratorSettings, generate
from skontro.system.links.terms import LinkLeg, LinkTerms

_SECOND: Final = 1_000_000
_SETTLED: Final = "settled"


@attrs.frozen
class TradeDay:
    """The payments of a generated day of trade.

    Attributes:
        payments: in the payer's currency.
        links: terms of those in the payee's currency, the payer's system first.
        third: number of those in other currencies, by currency.
    """

    payments: tuple[DemoPayment, ...]
    links: tuple[LinkTerms, ...]
    third: dict[str, int]


@attrs.frozen
class TradeOutcome:
    """The orders of a day of trade in all systems.

    Attributes:
        orders: number of orders that the payments have led to.
        settled: number of those that are final.
        third: number of those in a currency of neither of the two countries.
    """

    orders: int
    settled: int
    third: int


def generate_trade(
    systems: Sequence[DemoSystem],
    rates: RateTable,
    digests: dict[Any, str],
    *,
    count: int,
    seed: int,
    now: int,
) -> TradeDay:
    """Generate a day of trade; the totals of country pairs and currencies are those of real trade.

    Args:
        systems: two or more.
        rates: of their currencies; conversions are at these rates.
        digests: of contracts, as `agree_contracts` gives them.
        count: payments, with those in third currencies; 0 for none.
        seed: of the draws.
        now: timestamp, until an hour after which payments are valid.

    Raises:
        InputError: there is no trade among these countries.
    """
    if not count:
        return TradeDay((), (), {})
    by_country = {one.country.alpha3: one for one in systems}
    generated = generate(
        GeneratorSettings(countries=tuple(by_country), payments_per_day=count, seed=seed)
    )
    participants = generated.directory.participants
    homes = {one.bic: by_country[one.country.alpha3] for one in participants}
    banks = {bic: _bank(one, place) for place, (bic, one) in enumerate(homes.items())}
    draw = random.Random(f"trade {seed}")
    until = datetime.fromtimestamp(now // _SECOND + VALID_SECONDS, UTC).isoformat()
    payments: list[DemoPayment] = []
    links: list[LinkTerms] = []
    third = Counter[str]()
    for row in generated.payments.iter_rows(named=True):
        origin, destination = homes[row["payer"]], homes[row["payee"]]
        parties, amount = (banks[row["payer"]], banks[row["payee"]]), row["amount_minor"]
        if row["currency"] == origin.currency.code:
            made = demo_payment(draw, origin, destination, parties, origin, amount, until)
            payments.append(made)
        elif row["currency"] == destination.currency.code:
            contract = digests[origin.name, destination.name]
            links.append(
                _conversion(draw, (origin, destination), parties, amount, rates, contract, now)
            )
        else:
            third[row["currency"]] += 1
    return TradeDay(tuple(payments), tuple(links), dict(sorted(third.items())))


def _bank(one: DemoSystem, place: int) -> str:
    """The bank of the demonstration in the place of a generated one; the last is market maker."""
    return one.banks[place % (len(one.banks) - 1)]


def _conversion(
    draw: random.Random,
    systems: tuple[DemoSystem, DemoSystem],
    parties: tuple[str, str],
    amount: int,
    rates: RateTable,
    contract: str,
    now: int,
) -> LinkTerms:
    """The payer pays the market maker at home, and the market maker pays the payee."""
    origin, destination = systems
    value = rates.value(amount, destination.currency)
    price = max(1, rates.amount(value, origin.currency))
    legs = (
        (origin, parties[0], origin.banks[-1], price, ""),
        (destination, destination.banks[-1], parties[1], amount, contract),
    )
    made = tuple(
        LinkLeg(one.name, _uuid(draw), payer, payee, one.currency.code, minor, digest)
        for one, payer, payee, minor, digest in legs
    )
    return LinkTerms(_uuid(draw), origin.name, made, now + VALID_SECONDS * _SECOND)


def _uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def run_trade(systems: Sequence[DemoSystem], trade: TradeDay, progress: Progress) -> None:
    """Submit a day of trade, and wait until all of it has ended.

    Raises:
        InputError: a service refuses, or something does not end in time or was not paid.
    """
    run_day(systems, Day({}, trade.links), progress)
    run_payments(systems, trade.payments)


def trade_outcome(systems: Sequence[DemoSystem], trade: TradeDay) -> TradeOutcome:
    """The orders of a day of trade as the systems show them.

    Raises:
        InputError: a system does not have one of them.
    """
    by_name = {one.name: one for one in systems}
    orders: list[tuple[str, str, frozenset[str]]] = []
    for payment in trade.payments:
        both = (payment.origin.name, payment.body["destination"])
        own = frozenset(by_name[name].currency.code for name in both)
        orders += [(name, payment.body["uetr"], own) for name in both]
    for terms in trade.links:
        own = frozenset(by_name[name].currency.code for name in terms.systems)
        orders += [(leg.system, leg.uetr, own) for leg in terms.legs]
    settled = third = 0
    clients = {name: operator(one) for name, one in by_name.items()}
    for name, uetr, own in orders:
        shown = answered(clients[name].get(f"/v1/orders/{uetr}"))
        settled += shown["status"] == _SETTLED
        third += find_currency(shown["currency"]).code not in own
    for client in clients.values():
        client.close()
    return TradeOutcome(len(orders), settled, third)
