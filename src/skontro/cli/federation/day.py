"""A generated day among linked systems: payments in each, and links of two and three of them."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, cycle
from typing import Any, Final

import attrs

from skontro.cli.federation.processes import operator
from skontro.cli.federation.systems import DemoSystem, contract_of
from skontro.cli.shown import shown_hash
from skontro.model import InputError, RateTable, format_amount
from skontro.service.client import Client, trial_clients
from skontro.system.links.phases import ENDED
from skontro.system.links.terms import LinkLeg, LinkTerms

#: US cents: smallest and largest payment.
_SMALLEST, _LARGEST = 1_000, 5_000_000
#: Orders sent together.
_TOGETHER: Final = 250
_VALID_MICROSECONDS: Final = 3_600_000_000
_END_SECONDS: Final = 120.0
_PAGE: Final = 100
LINKS: Final = "/v1/links"
_UNAVAILABLE: Final = 503
_PAUSE_SECONDS: Final = 0.2

#: Called with how many things are done.
Progress = Callable[[int], None]


def agree_contracts(systems: Sequence[DemoSystem], progress: Progress) -> dict[Any, str]:
    """Let two people on both sides of each contract put it in force.

    Returns:
        The digest of the contract by the identifiers of both systems, in either order.

    Raises:
        InputError: a service refuses.
    """
    digests: dict[Any, str] = {}
    for number, (one, other) in enumerate(combinations(systems, 2), 1):
        contract = contract_of(one, other)
        for here, there in ((one, other), (other, one)):
            document = contract.to_document()
            action = {"kind": "set_link_contract", "peer": there.name, "link_contract": document}
            agree(here, action, document)
            digests[here.name, there.name] = contract.digest.hex()
        progress(number)
    return digests


def agree(one: DemoSystem, action: dict[str, Any], document: dict[str, Any]) -> None:
    """Let two people of a system put a document in force.

    Args:
        one: the system.
        action: that they agree on.
        document: as the second person expects it.

    Raises:
        InputError: the service refuses, or shows another document.
    """
    first, second = operator(one, 0), operator(one, 1)
    number = answered(first.propose(action))["proposal"]
    shown = answered(second.get(f"/v1/proposals/{number}"))["shown"]
    if shown["to"] != document:
        raise InputError(f"{one.name}: another document was proposed")
    answered(second.approve(number, shown_hash(shown)))
    first.close()
    second.close()


def answered(answer: Any) -> Any:  # noqa: ANN401  JSON of a service
    """The JSON of a successful answer.

    Raises:
        InputError: the service refused.
    """
    if not answer.is_success:
        raise InputError(f"the service refused ({answer.status_code}): {answer.text[:500]}")
    return answer.json()


@attrs.frozen
class Day:
    """Payments and links of a generated day.

    Attributes:
        payments: bodies of orders, by name of the system and payer.
        links: terms.
    """

    payments: dict[tuple[str, str], list[dict[str, Any]]]
    links: tuple[LinkTerms, ...]


def generate_day(
    systems: Sequence[DemoSystem],
    rates: RateTable,
    digests: dict[Any, str],
    *,
    payments: int,
    links: int,
    seed: int,
    now: int,
) -> Day:
    """Draw a day; the same seed and time give the same day.

    Args:
        systems: two or more.
        rates: of their currencies.
        digests: of contracts, as `agree_contracts` gives them.
        payments: in each system.
        links: over two systems each; every third over three, if there are three.
        seed: of the draws.
        now: timestamp, until an hour after which links are valid.
    """
    draw = random.Random(seed)
    by_payer: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in systems:
        for _ in range(payments):
            payer, payee = draw.sample(one.banks, 2)
            amount = rates.amount(draw.randrange(_SMALLEST, _LARGEST), one.currency)
            order = {"uetr": _uuid(draw), "payer": payer, "payee": payee}
            order |= {"currency": one.currency.code, "amount": format_amount(amount, one.currency)}
            by_payer.setdefault((one.name, payer), []).append(order)
    turns = cycle((2, 2, 3) if len(systems) > 2 else (2,))
    drawn = [
        _terms(draw.sample(list(systems), next(turns)), rates, digests, draw, now)
        for _ in range(links)
    ]
    return Day(by_payer, tuple(drawn))


def _uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _terms(
    chosen: Sequence[DemoSystem],
    rates: RateTable,
    digests: dict[Any, str],
    draw: random.Random,
    now: int,
) -> LinkTerms:
    """Terms by which a bank of each system pays another one the same value."""
    value, decider = draw.randrange(_SMALLEST, _LARGEST), chosen[0].name
    legs = []
    for one in chosen:
        payer, payee = draw.sample(one.banks, 2)
        amount = rates.amount(value, one.currency)
        contract = "" if one.name == decider else digests[decider, one.name]
        code = one.currency.code
        legs.append(LinkLeg(one.name, _uuid(draw), payer, payee, code, amount, contract))
    return LinkTerms(_uuid(draw), decider, tuple(legs), now + _VALID_MICROSECONDS)


def run_day(systems: Sequence[DemoSystem], day: Day, progress: Progress) -> None:
    """Submit the payments and links of a day, all systems at once, and wait for the links' ends.

    Raises:
        InputError: a service refuses, or a link does not end in time.
    """
    by_name = {one.name: one for one in systems}
    done: list[int] = []

    def count(number: int) -> None:
        done.append(number)
        progress(sum(done))

    with ThreadPoolExecutor(2 * len(systems)) as pool:
        waiting = [pool.submit(_run_system, by_name[name], day, count) for name in by_name]
        for one in waiting:
            one.result()
    for one_system in systems:
        _wait_for_ends(one_system)


def _run_system(one: DemoSystem, day: Day, count: Progress) -> None:
    """Submit what the banks of one system send: payments, with links in between."""
    clients = trial_clients(one.folder, one.url)
    links = [terms for terms in day.links if one.name in terms.systems]
    batches = [
        (payer, orders[at : at + _TOGETHER])
        for (name, payer), orders in day.payments.items()
        if name == one.name
        for at in range(0, len(orders), _TOGETHER)
    ]
    each = -(-len(links) // max(1, len(batches)))
    for payer, orders in batches or [("", [])]:
        if orders:
            answered(clients(payer).submit_batch(orders, str(uuid.uuid4())))
        count(len(orders))
        taken, links = links[:each], links[each:]
        _instruct(clients, one.name, taken, count)
    _instruct(clients, one.name, links, count)


def _instruct(
    clients: Callable[[str], Client], system: str, links: Sequence[LinkTerms], count: Progress
) -> None:
    for terms in links:
        leg = terms.leg_of(system).to_document()
        order = {name: leg[name] for name in ("uetr", "payer", "payee", "currency", "amount")}
        body = {"order": order, "terms": terms.to_document()}
        instruct(clients(leg["payer"]), LINKS, body)
        count(1)


def instruct(client: Client, path: str, body: dict[str, Any]) -> None:
    """Instruct a link or a payment; try again while a peer is silent, as under load.

    Raises:
        InputError: the service refuses, or the peer is silent for too long.
    """
    key, deadline = str(uuid.uuid4()), time.monotonic() + _END_SECONDS
    while True:
        answer = client.send("POST", path, body, key)
        if answer.status_code != _UNAVAILABLE or time.monotonic() > deadline:
            answered(answer)
            return
        time.sleep(_PAUSE_SECONDS)


def _wait_for_ends(one: DemoSystem) -> None:
    client, deadline = operator(one), time.monotonic() + _END_SECONDS
    ended = {str(phase) for phase in ENDED}
    while True:
        phases = [link["phase"] for link in all_links(client)]
        if ended.issuperset(phases):
            client.close()
            return
        if time.monotonic() > deadline:
            raise InputError(f"{one.name}: links have not ended in time: {sorted({*phases})}")
        time.sleep(_PAUSE_SECONDS)


def all_links(client: Client) -> list[dict[str, Any]]:
    """All links of a system."""
    return all_rows(client.get, LINKS, "links")


def all_rows(get: Callable[..., Any], path: str, name: str) -> list[dict[str, Any]]:
    """All rows of a list of a service, page by page.

    Args:
        get: asks the service, as `Client.get`.
        path: of the list.
        name: of the rows in a page.
    """
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = answered(get(path, after=after, limit=_PAGE))
        found += page[name]
        after = page["next"]
    return found
