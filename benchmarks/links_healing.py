"""How soon links between two real services are decided after the network between them is back."""

import itertools
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.broken_network import BrokenNetwork
from benchmarks.measuring import Findings, stopwatch
from skontro.cli.federation.day import LINKS, agree_contracts, all_links, generate_day, instruct
from skontro.cli.federation.processes import free_ports, operator, running
from skontro.cli.federation.systems import DemoSystem, make_system, rate_table
from skontro.model import from_timestamp, to_timestamp
from skontro.service.client import trial_clients
from skontro.service.clock import system_clock
from skontro.system.links.phases import ENDED
from skontro.system.links.terms import LinkTerms

#: Legs that are instructed while the network breaks.
_LINKS: Final = 40
#: Seconds of an outage in which links are instructed: a peer is silent after five.
_INSTRUCTING_SECONDS: Final = 3.0
_END_SECONDS: Final = 120.0
_MICROSECONDS: Final = 1_000_000


def after_outages(outages: Sequence[float], repeats: int) -> Findings:
    """How soon links are decided in both systems after the network is back.

    Args:
        outages: how long nothing arrives, seconds.
        repeats: of each.
    """
    rows = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        systems = _systems(Path(name))
        network = BrokenNetwork()
        ports = {one.name: network.way_to(one.port) for one in systems}
        with running(systems, lambda _one, peer: f"http://127.0.0.1:{ports[peer.name]}"):
            digests = agree_contracts(systems, lambda _: None)
            seeds = itertools.count(1)
            for seconds in outages:
                found: list[float] = []
                for _ in range(repeats):
                    day = generate_day(
                        systems,
                        rate_table(len(systems)),
                        digests,
                        payments=0,
                        links=_LINKS,
                        seed=next(seeds),
                        now=system_clock(),
                    )
                    found += _after_outage(systems, network, day.links, seconds)
                rows.append(
                    (seconds, len(found), round(1000 * median(found)), round(1000 * max(found)))
                )
        network.close()
    return Findings(
        name="links-healing",
        title="Milliseconds from the end of an outage to the end of a link in both systems",
        columns=("outage, seconds", "links open at its end", "median", "worst"),
        rows=rows,
        notes=(
            f"two services, each with a PostgreSQL; {repeats} outages of each length while banks "
            "instruct links; connections of before or during an outage carry nothing afterwards",
        ),
    )


def _systems(folder: Path) -> list[DemoSystem]:
    now = from_timestamp(system_clock())
    return [make_system(place, folder, port, now, 2) for place, port in enumerate(free_ports(2))]


def _after_outage(
    systems: Sequence[DemoSystem],
    network: BrokenNetwork,
    links: Sequence[LinkTerms],
    seconds: float,
) -> list[float]:
    """Seconds from the end of an outage to the end of each link that was open then."""
    clients = {one.name: trial_clients(one.folder, one.url) for one in systems}
    legs = [(leg, terms) for terms in links for leg in terms.legs]
    begun, back = stopwatch(), 0
    late: set[str] = set()
    for number, (leg, terms) in enumerate(legs):
        if number == len(legs) // 2:
            network.broken, begun = True, stopwatch()
        if network.broken and stopwatch() > begun + min(seconds, _INSTRUCTING_SECONDS):
            time.sleep(max(0.0, begun + seconds - stopwatch()))
            network.broken, back = False, system_clock()
        if back:
            late.add(terms.link)
        shown = leg.to_document()
        order = {name: shown[name] for name in ("uetr", "payer", "payee", "currency", "amount")}
        body = {"order": order, "terms": terms.to_document()}
        instruct(clients[leg.system](leg.payer), LINKS, body)
    if not back:
        time.sleep(max(0.0, begun + seconds - stopwatch()))
        network.broken, back = False, system_clock()
    ends = [end for one in systems for end in _ends(one, {terms.link for terms in links} - late)]
    return [(end - back) / _MICROSECONDS for end in ends if end > back]


def _ends(one: DemoSystem, links: set[str]) -> list[int]:
    """Record times at which these links have ended in a system."""
    client, deadline = operator(one), stopwatch() + _END_SECONDS
    ended = {str(phase) for phase in ENDED}
    while True:
        mine = [link for link in all_links(client) if link["link"] in links]
        if len(mine) == len(links) and all(link["phase"] in ended for link in mine):
            break
        if stopwatch() > deadline:
            raise RuntimeError("links do not end")
        time.sleep(0.1)
    client.close()
    return [to_timestamp(datetime.fromisoformat(link["phases"][-1]["at"])) for link in mine]
