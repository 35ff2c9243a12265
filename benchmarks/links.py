"""Links between two live systems: a second, beside domestic settlement, and over a distance."""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.linked_systems import LinkedSystems, linked_systems
from benchmarks.live_system import draw_orders
from benchmarks.measuring import Findings, stopwatch
from skontro.engine import Commands
from skontro.ledger.link_proof import LinkProof
from skontro.service.sequencer.requests import Orders
from skontro.system import SettlementSystem
from skontro.system.links.phases import Phase
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkTerms

#: Orders or terms of a request.
_ROWS: Final = 500
_DOMESTIC_ROWS: Final = 10_000
_DECIDER, _FOLLOWER = 0, 1


def links_a_second(links: int, repeats: int) -> Findings:
    """Links that settle in both systems, beside two domestic settlements in the same ones.

    Args:
        links: of each repetition.
        repeats: in turns with domestic settlement; the first round does not count.
    """
    times: dict[str, list[tuple[float, float]]] = {"links": [], "domestic": []}
    with _systems() as systems:
        for turn in range(repeats + 1):
            terms = systems.draw_terms(links, 3 * turn)
            orders = [_in_requests(links, _ROWS, 3 * turn + 1 + place) for place in range(2)]
            domestic = [(place, Orders, (one,)) for place in range(2) for one in orders[place]]
            ways = {
                "links": partial(_settle, systems, terms),
                "domestic": partial(systems.submit, domestic),
            }
            for what, work in ways.items():
                spent = _spent(work)
                if turn:
                    times[what].append(spent)
    seconds = {what: median(one[0] for one in found) for what, found in times.items()}
    processor = {what: median(one[1] for one in found) for what, found in times.items()}
    ratio = seconds["domestic"] / seconds["links"]
    return Findings(
        name="links",
        title=f"{links:,} links, final in two systems of one process, each step durable",
        columns=("measure", "a second", "links / domestic", "µs of processor time each"),
        rows=[
            (
                "two domestic settlements, one in each system",
                round(links / seconds["domestic"]),
                1.0,
                round(1e6 * processor["domestic"] / links, 1),
            ),
            (
                "links of two legs",
                round(links / seconds["links"]),
                round(ratio, 4),
                round(1e6 * processor["links"] / links, 1),
            ),
        ],
        notes=(
            f"{_ROWS} orders or terms a request; medians of {repeats} in turns; both systems, "
            "their PostgreSQL servers and the carrier share the cores",
            "Each statement travels with the proof of its signed batch, which is checked.",
        ),
    )


@contextmanager
def _systems() -> Iterator[LinkedSystems]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        linked_systems(Path(name)) as systems,
    ):
        yield systems


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that work takes, and seconds of processor time of this process."""
    begin, processor = stopwatch(), time.process_time()
    work()
    return stopwatch() - begin, time.process_time() - processor


def _settle(systems: LinkedSystems, terms: Sequence[LinkTerms]) -> None:
    systems.instruct(terms, _ROWS, (_DECIDER, _FOLLOWER))
    _wait_until_final(systems, terms)


def _in_requests(number: int, rows: int, seed: int) -> list[Commands]:
    drawn = draw_orders(number, seed)
    return [drawn.take(np.arange(at, min(at + rows, number))) for at in range(0, number, rows)]


def _wait_until_final(systems: LinkedSystems, terms: Sequence[LinkTerms]) -> None:
    for place, phase in ((_DECIDER, Phase.COMMITTED), (_FOLLOWER, Phase.COMPLETED)):
        systems.wait(place, partial(_all_are, terms, phase))


def _all_are(terms: Sequence[LinkTerms], phase: Phase, system: SettlementSystem) -> bool:
    """Whether all these links are in a phase; the last first, because it comes last."""
    states = (system.links.get(one.link) for one in reversed(terms))
    return all(state is not None and state.phase == phase for state in states)


def over_a_distance(round_trips: Sequence[int], links: int) -> Findings:
    """How long a follower's money is locked, and how long a link takes, one link at a time.

    Args:
        round_trips: between the systems, milliseconds.
        links: at each of them.
    """
    rows: list[tuple[int, ...]] = []
    with _systems() as systems:
        for place, milliseconds in enumerate(round_trips):
            systems.carrier.delay = milliseconds / 2000
            first = 1_000 * (place + 1)
            found = [_one_link(systems, first + number) for number in range(links + 1)][1:]
            locked, committed, final = (sorted(each) for each in zip(*found, strict=True))
            medians = (round(median(each)) for each in (locked, committed, final))
            rows.append((milliseconds, *medians, round(locked[-1]), round(final[-1])))
    return Findings(
        name="links-distance",
        title="Milliseconds of a link by the distance of two systems, one link at a time",
        columns=(
            "round trip",
            "money locked",
            "committed",
            "final in both",
            "locked, worst",
            "final, worst",
        ),
        rows=rows,
        notes=(
            f"medians of {links}; from the instruction of both banks at once; by record times of "
            "both systems, whose clocks are one here",
            "Money is locked from the follower's earmark to its completion: a round trip, and the "
            "commits of two groups. A link takes two to two and a half round trips.",
        ),
    )


def under_load(round_trips: Sequence[int], rate: int, seconds: int) -> Findings:
    """How long money is locked, and how long a link takes, at so many links a second.

    Args:
        round_trips: between the systems, milliseconds.
        rate: links a second.
        seconds: at each distance; as many links more come before, and do not count.
    """
    rows: list[tuple[int, ...]] = []
    with _systems() as systems:
        for place, milliseconds in enumerate(round_trips):
            systems.carrier.delay = milliseconds / 2000
            terms = systems.draw_terms(2 * rate * seconds, 10_000 + place)
            systems.instruct_at_rate(terms, rate, max(1, rate // 50))
            _wait_until_final(systems, terms)
            times = [_times(systems, one.link) for one in terms[len(terms) // 2 :]]
            locked, final = (sorted(each) for each in zip(*times, strict=True))
            found = (locked[len(locked) // 2], _p99(locked), final[len(final) // 2], _p99(final))
            rows.append((milliseconds, *(round(one) for one in found)))
    return Findings(
        name="links-load",
        title=f"Milliseconds of a link by the distance of two systems, {rate} links a second",
        columns=("round trip", "money locked", "99 % of them", "final in both", "99 % of them"),
        rows=rows,
        notes=(
            f"medians and 99th percentiles of {rate * seconds:,} links; both systems and their "
            "PostgreSQL servers share the cores",
        ),
    )


def _p99(ordered: Sequence[float]) -> float:
    return ordered[-1 - len(ordered) // 100]


def _times(systems: LinkedSystems, link: str) -> tuple[float, float]:
    """Milliseconds: money locked, and from the first instruction to the last end."""
    books = [service.sequencer.system.links for service in systems.services]
    decider, follower = ({e.phase: e.time for e in book.history(link)} for book in books)
    begin = min(decider[Phase.INSTRUCTED], follower[Phase.INSTRUCTED])
    completed = follower[Phase.COMPLETED]
    return (completed - follower[Phase.PREPARED]) / 1000, (completed - begin) / 1000


def _one_link(systems: LinkedSystems, seed: int) -> tuple[float, float, float]:
    """Milliseconds: money locked, and from the instruction to the commit and to the last end."""
    facts: dict[Step, int] = {}

    def note(_addressee: str, proof: LinkProof) -> bool:
        for one in proof.statements:
            statement = Statement.from_text(one.content)
            facts.setdefault(statement.step, statement.time)
        return True

    systems.carrier.takes = note
    terms = systems.draw_terms(1, seed)
    systems.instruct(terms, 1, (_DECIDER, _FOLLOWER))
    _wait_until_final(systems, terms)
    uetrs = [uuid.UUID(leg.uetr).bytes for leg in terms[0].legs]
    begin = min(_status(systems, place, uetrs[place], "time") for place in range(2))
    completed = _status(systems, _FOLLOWER, uetrs[_FOLLOWER], "status_time")
    locked = completed - facts[Step.PREPARED]
    return locked / 1000, (facts[Step.COMMITTED] - begin) / 1000, (completed - begin) / 1000


def _status(systems: LinkedSystems, place: int, uetr: bytes, field: str) -> int:
    index = systems.services[place].sequencer.order_index
    found = index.index_of(uetr)
    return int(index.order(found)[field])


def beside_a_silent_peer(open_links: int, orders: int, repeats: int) -> Findings:
    """Domestic settlement of a system whose peer has fallen silent, beside that without links.

    Args:
        open_links: half of them in doubt, and half without an answer.
        orders: of each measurement, durable, in batches.
        repeats: of each measurement.
    """
    with _systems() as systems:
        _domestic(systems, orders, 1)
        before = [_domestic(systems, orders, 10 + turn) for turn in range(repeats)]
        _open(systems, open_links)
        after = [_domestic(systems, orders, 100 + turn) for turn in range(repeats)]
        states = systems.query(_FOLLOWER, lambda system: [one.phase for one in system.links])
    doubt, asked = states.count(Phase.PREPARED), states.count(Phase.INSTRUCTED)
    if doubt + asked != open_links:
        raise RuntimeError(f"{doubt} links are in doubt and {asked} without an answer")
    rates, spent = (
        [median(one[part] for one in each) for each in (before, after)] for part in range(2)
    )
    return Findings(
        name="links-silent",
        title=f"Domestic orders in batches of {_DOMESTIC_ROWS:,}, each durable, and a silent peer",
        columns=(
            "open links",
            "orders a second",
            "ratio",
            "µs of processor time an order",
            "ratio",
        ),
        rows=[
            (0, round(rates[0]), 1.0, round(spent[0], 2), 1.0),
            (
                open_links,
                round(rates[1]),
                round(rates[1] / rates[0], 2),
                round(spent[1], 2),
                round(spent[0] / spent[1], 2),
            ),
        ],
        notes=(
            f"{doubt} links are prepared, in doubt; {asked} are instructed and have no answer; "
            f"medians of {repeats} times {orders:,} orders",
        ),
    )


def _open(systems: LinkedSystems, links: int) -> None:
    """Leave links open in the follower: half in doubt, and half without an answer."""
    decisions = (Step.COMMITTED, Step.NOT_COMMITTED)

    def without_decisions(_addressee: str, proof: LinkProof) -> bool:
        return all(
            Statement.from_text(one.content).step not in decisions for one in proof.statements
        )

    systems.carrier.takes = without_decisions
    doubtful = systems.draw_terms(links // 2, 7)
    systems.instruct(doubtful, _ROWS, (_DECIDER, _FOLLOWER))
    systems.wait(_FOLLOWER, partial(_all_are, doubtful, Phase.PREPARED))
    systems.carrier.takes = lambda _addressee, _proof: False
    systems.instruct(systems.draw_terms(links - links // 2, 8), _ROWS, (_FOLLOWER,))


def _domestic(systems: LinkedSystems, orders: int, seed: int) -> tuple[float, float]:
    """Orders a second in the follower, and microseconds of processor time of each."""
    requests = _in_requests(orders, _DOMESTIC_ROWS, seed)
    work = [(_FOLLOWER, Orders, (one,)) for one in requests]
    seconds, processor = _spent(lambda: systems.submit(work))
    return orders / seconds, 1e6 * processor / orders
