"""Run the benchmarks: `python -m benchmarks --help`."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from tests.screening.altered_names import generated_list

from benchmarks.against_pssimpy import against_peer
from benchmarks.batch_size import by_batch_size
from benchmarks.cycles import year_in_cycles
from benchmarks.flood import flooded_service
from benchmarks.kernel import DEGREES, against_floor, growing
from benchmarks.links import beside_a_silent_peer, over_a_distance
from benchmarks.links_healing import after_outages
from benchmarks.links_of_processes import links_a_second, under_load
from benchmarks.live import live_service
from benchmarks.live_messages import live_messages
from benchmarks.live_screening import live_screening
from benchmarks.maximum_value import value_by_algorithm
from benchmarks.measuring import Findings, environment, show, write
from benchmarks.mechanisms import by_mechanism
from benchmarks.messages import memory_of_bulk_files, messages_a_second
from benchmarks.offsetting import by_queued_orders
from benchmarks.outage import offers_after_outage
from benchmarks.pages import pages_by_length_of_day
from benchmarks.peer import PeerMissing
from benchmarks.queue_length import by_queue_length
from benchmarks.reads import reads_by_length_of_day
from benchmarks.reference_cases import reference_cases
from benchmarks.rest_of_day import rest_of_day
from benchmarks.scale import at_scale
from benchmarks.screening import caught_and_held, screening_times
from benchmarks.single_orders import single_orders
from benchmarks.tables import tables_over_http
from benchmarks.workload import AMPLE

Suite: TypeAlias = Mapping[str, tuple[Callable[[], Findings], ...]]

_MODERATE = 300.0
_SCARCE = 10.0


def _full(peer_seconds: float) -> Suite:
    million = 10**6
    return {
        "kernel": (
            lambda: against_floor(10 * million, 1_000, DEGREES, 7),
            lambda: against_floor(10 * million, 50, DEGREES, 7),
            lambda: against_floor(10 * million, 10_000, DEGREES, 7),
            lambda: growing(
                [million, 2 * million, 5 * million, 10 * million],
                1_000,
                (AMPLE, _MODERATE, _SCARCE),
                7,
            ),
            lambda: by_queue_length([10**3, 10**4, 10**5, 10**6], 10**5, 7),
            lambda: by_batch_size(
                10 * million,
                1_000,
                [2**power for power in (10, 12, 14, 16, 17, 18, 20)] + [10 * million],
                (AMPLE, _MODERATE),
                7,
            ),
        ),
        "offsetting": (
            lambda: by_queued_orders([10**4, 10**5, million], 1_000, (2, 10, 30), 7),
            lambda: value_by_algorithm(500, 40, (10,), (4_000, 20_000)),
            lambda: value_by_algorithm(2_000, 100, (10,), (4_000, 20_000)),
            lambda: value_by_algorithm(20_000, 1_000, (2, 10, 30), (20_000, 180_000)),
        ),
        "mechanisms": (
            lambda: by_mechanism(million, 1_000, 100, 3),
            lambda: by_mechanism(million, 50, 45, 3),
            reference_cases,
        ),
        "cycles": (lambda: year_in_cycles(10 * million),),
        "live": (
            lambda: live_service(2 * million, 20),
            lambda: tables_over_http(500_000, 5),
            lambda: flooded_service(million, 20),
        ),
        "single": (lambda: single_orders([500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500], 10),),
        "reads": (lambda: reads_by_length_of_day([10**4, 10**5, million]),),
        "pages": (lambda: pages_by_length_of_day([10**4, million]),),
        "rest": (lambda: rest_of_day(million, 10_000, 4_000, 5),),
        "outage": (lambda: offers_after_outage([100_000, million], 200, 3),),
        "messages": (
            lambda: messages_a_second(10_000, 7),
            lambda: live_messages(20),
            lambda: memory_of_bulk_files([10_000, 100_000]),
        ),
        "links": (
            lambda: links_a_second(20_000, 5),
            lambda: over_a_distance([0, 50, 200], 30),
            lambda: under_load([0, 50, 200], 500, 20),
            lambda: beside_a_silent_peer(1_000, 500_000, 5),
            lambda: after_outages([1.0, 3.0, 15.0], 10),
        ),
        "screening": (
            lambda: live_screening(400_000, 40_000),
            lambda: screening_times([5_000, 20_000, 60_000], 5_000),
            lambda: caught_and_held([generated_list(20_000)], 100_000, 2_000),
        ),
        "peer": (
            lambda: against_peer(
                [1_000, 3_000, 10_000, 30_000, 100_000], (AMPLE,), peer_seconds, 7
            ),
            lambda: against_peer([1_000, 3_000, 10_000], (100.0,), peer_seconds, 7),
        ),
        "scale": (
            lambda: at_scale(
                [million, 10 * million, 100 * million], 1_000, (AMPLE, 1000.0, _MODERATE), 3
            ),
            # Most orders wait to the end here: room for them grows all the time.
            lambda: at_scale([million, 10 * million], 1_000, (_SCARCE,), 3),
        ),
    }


def _quick(peer_seconds: float) -> Suite:
    million = 10**6
    return {
        "kernel": (
            lambda: against_floor(million, 1_000, (AMPLE, _MODERATE, _SCARCE), 3),
            lambda: growing([million // 4, million], 1_000, (_MODERATE,), 3),
            lambda: by_queue_length([10**3, 10**5], 10**5, 3),
            lambda: by_batch_size(million, 1_000, [2**14, 2**18], (AMPLE,), 3),
        ),
        "offsetting": (
            lambda: by_queued_orders([10**4, 10**5], 1_000, (10,), 3),
            lambda: value_by_algorithm(2_000, 100, (10, 30), (20_000,)),
        ),
        "mechanisms": (lambda: by_mechanism(10**5, 50, 15, 1), reference_cases),
        "cycles": (lambda: year_in_cycles(10**5),),
        "live": (
            lambda: live_service(200_000, 5),
            lambda: tables_over_http(100_000, 2),
            lambda: flooded_service(100_000, 5),
        ),
        "single": (lambda: single_orders([1_000, 2_000, 3_000], 4),),
        "reads": (lambda: reads_by_length_of_day([10**4, 10**5]),),
        "pages": (lambda: pages_by_length_of_day([10**4]),),
        "rest": (lambda: rest_of_day(20_000, 1_000, 200, 2),),
        "outage": (lambda: offers_after_outage([20_000], 200, 1),),
        "messages": (
            lambda: messages_a_second(1_000, 3),
            lambda: live_messages(5),
            lambda: memory_of_bulk_files([10_000]),
        ),
        "links": (
            lambda: links_a_second(10_000, 3),
            lambda: over_a_distance([0, 50, 200], 10),
            lambda: under_load([0, 50, 200], 500, 5),
            lambda: beside_a_silent_peer(1_000, 200_000, 5),
            lambda: after_outages([1.0, 3.0, 15.0], 3),
        ),
        "screening": (
            lambda: live_screening(40_000, 4_000),
            lambda: screening_times([20_000], 1_000),
            lambda: caught_and_held([generated_list(5_000)], 2_000, 200),
        ),
        "peer": (lambda: against_peer([1_000, 3_000], (AMPLE,), peer_seconds, 3),),
        "scale": (lambda: at_scale([million], 1_000, (AMPLE, _MODERATE), 1),),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the engine beside a floor, beside PSSimPy, and at growing sizes.",
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="kernel, offsetting, mechanisms, cycles, live, single, reads, pages, rest, outage, "
        "messages, links, screening, peer, scale (default all)",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: a look, not a measure")
    parser.add_argument("--output", type=Path, help="folder to write one JSON file per table to")
    parser.add_argument(
        "--peer-seconds",
        type=float,
        default=900.0,
        help="time that PSSimPy may take per table (default 900); larger sizes are left out",
    )
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in _full(0.0)]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}: choose from {', '.join(_full(0.0))}")
    return arguments


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = _arguments()
    console = Console(width=150)
    console.print(environment(), highlight=False)
    suite = (_quick if arguments.quick else _full)(arguments.peer_seconds)
    for part, measures in suite.items():
        if arguments.parts and part not in arguments.parts:
            continue
        try:
            for measure in measures:
                findings = measure()
                show(findings, console)
                if arguments.output is not None:
                    write(findings, arguments.output)
        except PeerMissing as missing:
            console.print(f"{part}: left out. {missing}")


if __name__ == "__main__":
    main()
