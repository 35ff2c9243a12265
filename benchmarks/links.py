"""Links between two live systems of one process: one at a time, and beside a silent peer."""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.linked_system import DECIDER, FOLLOWER, Work, all_are, orders_in_requests
from benchmarks.linked_systems import LinkedSystems, linked_systems
from benchmarks.measuring import Findings, stopwatch
from skontro.ledger.link_proof import LinkProof
from skontro.service.sequencer.requests import Orders
from skontro.system.links.phases import Phase
from skontro.system.links.statements import Statement, Step

#: Orders or terms of a request.
_ROWS: Final = 500
_DOMESTIC_ROWS: Final = 10_000


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
    systems.instruct(terms, 1, (DECIDER, FOLLOWER))
    systems.wait_until_final(terms)
    uetrs = [uuid.UUID(leg.uetr).bytes for leg in terms[0].legs]
    begin = min(_status(systems, place, uetrs[place], "time") for place in range(2))
    completed = _status(systems, FOLLOWER, uetrs[FOLLOWER], "status_time")
    locked = completed - facts[Step.PREPARED]
    return locked / 1000, (facts[Step.COMMITTED] - begin) / 1000, (completed - begin) / 1000


def _status(systems: LinkedSystems, place: int, uetr: bytes, field: str) -> int:
    index = systems.systems[place].service.sequencer.order_index
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
        states = systems.systems[FOLLOWER].query(lambda system: [one.phase for one in system.links])
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
    systems.instruct(doubtful, _ROWS, (DECIDER, FOLLOWER))
    systems.systems[FOLLOWER].wait(partial(all_are, doubtful, Phase.PREPARED))
    systems.carrier.takes = lambda _addressee, _proof: False
    systems.instruct(systems.draw_terms(links - links // 2, 8), _ROWS, (FOLLOWER,))


def _domestic(systems: LinkedSystems, orders: int, seed: int) -> tuple[float, float]:
    """Orders a second in the follower, and microseconds of processor time of each."""
    requests = orders_in_requests(orders, _DOMESTIC_ROWS, seed)
    work: list[Work] = [(Orders, (one,)) for one in requests]
    seconds, processor = _spent(lambda: systems.systems[FOLLOWER].submit(work))
    return orders / seconds, 1e6 * processor / orders
