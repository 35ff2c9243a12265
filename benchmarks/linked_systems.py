"""Two live systems in this process that are linked by a carrier with a delay, for measuring."""

import heapq
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from benchmarks.linked_system import (
    SYSTEMS,
    LinkedSystem,
    a_caller,
    contract_between,
    draw_terms,
    new_settings,
    raise_refusal,
    submit_all,
)
from benchmarks.measuring import stopwatch
from skontro.ledger.link_proof import LinkProof
from skontro.service.clock import system_clock
from skontro.service.garbage import ShortPauses
from skontro.service.sequencer.requests import LinkRequest
from skontro.service.startup import start
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.terms import LinkTerms

_HOUR: Final = 3_600_000_000

#: Whether the carrier takes a proof to the system with this identifier.
Takes = Callable[[str, LinkProof], bool]


class Carrier:
    """Carries proofs of statements to their addressees, each after a delay, in order.

    Args:
        deliver: gives a system the proofs that are due, as JSON values.

    Attributes:
        delay: seconds of one way.
        takes: what it carries; the rest is lost.
    """

    def __init__(self, deliver: Callable[[str, list[dict[str, Any]]], None]) -> None:
        self.delay = 0.0
        self.takes: Takes = carries_all
        self._deliver = deliver
        self._queue: list[tuple[float, int, str, LinkProof]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._thread.start()

    def post(self, addressee: str, proof: LinkProof) -> None:
        """Take a proof; used as the outbox of both systems."""
        if not self.takes(addressee, proof):
            return
        with self._changed:
            due = stopwatch() + self.delay
            heapq.heappush(self._queue, (due, next(self._numbers), addressee, proof))
            self._changed.notify()

    def close(self) -> None:
        """Carry nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            for addressee, proofs in due.items():
                text = json.dumps([one.to_document() for one in proofs], ensure_ascii=False)
                self._deliver(addressee, json.loads(text))

    def _next(self) -> dict[str, list[LinkProof]] | None:
        """The proofs that are due, by addressee; None at the end."""
        with self._changed:
            while not self._closed:
                wait = self._queue[0][0] - stopwatch() if self._queue else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                due: dict[str, list[LinkProof]] = {}
                while self._queue and self._queue[0][0] <= stopwatch():
                    _, _, addressee, proof = heapq.heappop(self._queue)
                    due.setdefault(addressee, []).append(proof)
                return due
        return None


def carries_all(_addressee: str, _proof: LinkProof) -> bool:
    """Nothing is lost."""
    return True


class LinkedSystems:
    """Both systems, with a contract in force.

    Attributes:
        systems: the decider's and the follower's.
        carrier: between them.
        contract: between them.
    """

    def __init__(self, folder: Path) -> None:
        self.carrier = Carrier(self._deliver)
        self.systems = [
            LinkedSystem(start(new_settings(folder, place), outbox=self.carrier.post), place)
            for place in range(2)
        ]
        self._pauses = ShortPauses()
        self._pauses.begin()  # as the process of a service does
        self.contract = contract_between([one.service.context.public_key for one in self.systems])
        for one in self.systems:
            one.wait_until_open()
            one.agree(self.contract)

    def stop(self) -> None:
        """Stop both."""
        self._pauses.end()
        self.carrier.close()
        for one in self.systems:
            one.service.stop()

    def _deliver(self, addressee: str, proofs: list[dict[str, Any]]) -> None:
        inputs = LinkInputs(proofs=tuple(proofs))
        sequencer = self.systems[SYSTEMS.index(addressee)].service.sequencer
        sequencer.submit(LinkRequest(a_caller(), inputs, raise_refusal))

    def draw_terms(self, number: int, seed: int) -> list[LinkTerms]:
        """Terms of links between random banks, each of one unit of each currency."""
        return draw_terms(self.contract, number, seed, system_clock() + _HOUR)

    def instruct(self, terms: Sequence[LinkTerms], rows: int, places: Sequence[int]) -> None:
        """Submit orders and terms of links in these systems, `rows` a request."""
        work: list[tuple[LinkedSystem, type, tuple[Any, ...]]] = []
        for at in range(0, len(terms), rows):
            part = terms[at : at + rows]
            for place in places:
                one = self.systems[place]
                work += [(one, *each) for each in one.instructions(part, rows)]
        submit_all(work)

    def wait_until_final(self, terms: Sequence[LinkTerms]) -> None:
        """Wait until these links have settled in both systems."""
        for one in self.systems:
            one.wait_until_final(terms)


@contextmanager
def linked_systems(folder: Path) -> Iterator[LinkedSystems]:
    """Two running systems with a contract."""
    systems = LinkedSystems(folder)
    try:
        yield systems
    finally:
        systems.stop()
