"""Links between two services over HTTP: a second, beside unlinked payments, and their delays."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.linked_processes import LinkedProcesses, linked_processes
from benchmarks.measuring import Findings
from skontro.service.clock import system_clock

_SECOND: Final = 1_000_000
_HOUR: Final = 3_600 * _SECOND
#: Seconds until links at a rate begin.
_SOON: Final = 0.3


def links_a_second(links: int, repeats: int) -> Findings:
    """Links that settle in both systems, in turns with two unlinked payments in the same ones.

    Args:
        links: of each repetition.
        repeats: the first round does not count.
    """
    spent: dict[str, list[tuple[float, ...]]] = {"domestic": [], "links": []}
    with _systems() as systems:
        for turn in range(repeats + 1):
            systems.ask("draw", links, turn, system_clock() + _HOUR)
            for what, given in (("links", (turn,)), ("domestic", (links, turn))):
                found = systems.spent(what, *given)
                if turn:
                    spent[what].append(found)
    medians = {
        what: [median(each) for each in zip(*found, strict=True)] for what, found in spent.items()
    }
    names = {"domestic": "two unlinked payments, one in each system", "links": "links of two legs"}
    rows = [
        (
            names[what],
            round(links / seconds),
            round(medians["domestic"][0] / seconds, 4),
            round(1e6 * services / links, 1),
            round(1e6 * databases / links, 1),
        )
        for what, (seconds, services, databases) in medians.items()
    ]
    return Findings(
        name="links",
        title=f"{links:,} links, final in two services with processes of their own, over HTTP",
        columns=("measure", "a second", "beside payments", "µs of both services", "of PostgreSQL"),
        rows=rows,
        notes=(
            f"medians of {repeats} in turns; each step durable; instructed in the process, "
            "statements with their proofs over HTTP; microseconds of processor time each",
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
        for seed, milliseconds in enumerate(round_trips):
            found = at_rate(systems, milliseconds, seed, rate, seconds)
            rows.append((milliseconds, *found))
    return Findings(
        name="links-load",
        title=f"Milliseconds of a link by the distance of two services, {rate} links a second",
        columns=("round trip", "money locked", "99 % of them", "final in both", "99 % of them"),
        rows=rows,
        notes=(
            f"medians and 99th percentiles of {rate * seconds:,} links; both services and their "
            "PostgreSQL servers share the cores",
        ),
    )


def at_rate(
    systems: LinkedProcesses, milliseconds: int, seed: int, rate: int, seconds: int
) -> tuple[int, int, int, int]:
    """Milliseconds of links at a rate: money locked, 99 % of them; final in both, 99 % of them.

    Args:
        systems: both.
        milliseconds: of a round trip.
        seed: of the draw.
        rate: links a second.
        seconds: that count.
    """
    systems.ask("distance", milliseconds / 2000)
    systems.ask("draw", 2 * rate * seconds, seed, system_clock() + _HOUR)
    systems.ask("at_rate", seed, rate, system_clock() / _SECOND + _SOON)
    decider, follower = systems.ask("times", seed)
    locked, final = [], []
    for one, other in list(zip(decider, follower, strict=True))[rate * seconds :]:
        completed = other["completed"]
        locked.append(completed - other["prepared"])
        final.append(completed - min(one["instructed"], other["instructed"]))
    return (*_middle_and_p99(locked), *_middle_and_p99(final))


def _middle_and_p99(times: list[int]) -> tuple[int, int]:
    """Of microseconds, in milliseconds."""
    times.sort()
    middle, late = times[len(times) // 2], times[-1 - len(times) // 100]
    return round(middle / 1000), round(late / 1000)


@contextmanager
def _systems() -> Iterator[LinkedProcesses]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        linked_processes(Path(name)) as systems,
    ):
        yield systems
