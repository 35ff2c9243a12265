"""A second process for the rest of the day without changes, while the first runs it with them."""

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from skontro.engine import Commands
from skontro.simulation.what_if.expected_inputs import Int64s, expected_from_orders
from skontro.simulation.what_if.fork import Fork, run_rest_of_day
from skontro.simulation.what_if.outcome import Outcome, outcome_of


def unchanged_rest(fork: Fork, orders: Commands, due: Int64s) -> tuple[int, Outcome]:
    """When the rest of the day begins, and its outcome without any change.

    Args:
        fork: where it begins.
        orders: expected to come.
        due: when each is.
    """
    rest = run_rest_of_day(fork, expected_from_orders(orders, due))
    return rest.began, outcome_of(rest)


class SecondProcess:
    """The other process, which has started already.

    with second_process() as second:
        ...
        second.begin(fork, orders, due)
        began, outcome = second.result()

    Args:
        connection: with it.
    """

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection

    def begin(self, fork: Fork, orders: Commands, due: Int64s) -> None:
        """Begin `unchanged_rest` there."""
        self._connection.send((fork, orders, due))

    def result(self) -> tuple[int, Outcome]:
        """Its result, once it has ended.

        Raises:
            Exception: the one that was raised there.
            EOFError: the process ended without a result.
        """
        found = self._connection.recv()
        if isinstance(found, Exception):
            raise found
        began, outcome = found
        return int(began), outcome


@contextlib.contextmanager
def second_process() -> Iterator[SecondProcess | None]:
    """A process of its own until the end of the block; None on a machine with one core.

    It loads the program while the record is read here.
    """
    if (os.cpu_count() or 1) < 2:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=[theirs], daemon=True)
    process.start()
    theirs.close()
    try:
        yield SecondProcess(ours)
    finally:
        process.kill()
        process.join()
        ours.close()


def _work(connection: "Connection[Any, Any]") -> None:
    with contextlib.suppress(EOFError, BrokenPipeError):  # nothing is asked, or no longer
        asked = connection.recv()
        try:
            found: Any = unchanged_rest(*asked)
        except Exception as error:
            found = error
        connection.send(found)
